/** What is packed comes out as it went in, in pieces; what is damaged says so after the text before the damage; bombs cost no memory. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKED_ENDINGS, packed, type PackedEnding } from '../../../test/support/packed.ts';
import { packingNamed } from '../compression.ts';
import { bunzip2 } from './bunzip2.ts';
import { Damage } from './damage.ts';
import { unpack } from './unpack.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-unpack-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Unpacked {
  readonly bytes: number;
  readonly hash: string;
  readonly pieceMaxBytes: number;
  readonly error: unknown;
}

const hashOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

async function unpacked(ending: PackedEnding, compressed: Buffer): Promise<Unpacked> {
  const path = join(folder, `file${ending}`);
  writeFileSync(path, compressed);
  const file = await open(path);
  const work = unpack(packingNamed(path)!, file);
  const hash = createHash('sha256');
  let [bytes, pieceMaxBytes] = [0, 0];
  let error: unknown;
  try {
    for (let piece = await work.next(); piece !== undefined; piece = await work.next()) {
      hash.update(piece);
      bytes += piece.length;
      pieceMaxBytes = Math.max(pieceMaxBytes, piece.length);
    }
  } catch (thrown) {
    error = thrown;
  }
  await work.close();
  await file.close();
  return { bytes, hash: hash.digest('hex'), pieceMaxBytes, error };
}

/** Bytes of every value that no compression makes shorter, the same at each run. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

const TEXTS: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('a')],
  ['lines', Buffer.from(Array.from({ length: 50_000 }, (_, i) => `${i} order ${i % 97} paid\n`).join(''))],
  [
    'equal bytes in runs of any length',
    Buffer.concat(Array.from({ length: 600 }, (_, i) => Buffer.alloc(i, i % 7))),
  ],
  ['noise in several blocks', noise(2_000_000)],
];

test.each(PACKED_ENDINGS.flatMap((ending) => TEXTS.map(([name, text]) => [ending, name, text] as const)))(
  '%s: %s',
  async (ending, _name, text) => {
    const { bytes, hash, pieceMaxBytes, error } = await unpacked(ending, packed(ending, text));
    expect(error).toBeUndefined();
    expect([bytes, hash]).toEqual([text.length, hashOf(text)]);
    expect(pieceMaxBytes).toBeLessThanOrEqual(256 * 1024);
  },
);

test.each(PACKED_ENDINGS)('%s: what was appended to a file is unpacked too', async (ending) => {
  const both = Buffer.concat([packed(ending, 'one\n'), packed(ending, ''), packed(ending, 'two\n')]);
  expect(await unpacked(ending, both)).toMatchObject({ hash: hashOf('one\ntwo\n'), error: undefined });
});

test.each(PACKED_ENDINGS)(
  '%s: bytes behind the end that are nothing are told of, not passed over',
  async (ending) => {
    const garbage = Buffer.concat([packed(ending, 'one\n'), Buffer.from('garbage that is long enough')]);
    const { error } = await unpacked(ending, garbage);
    expect(error).toBeInstanceOf(Damage);
  },
);

test.each(PACKED_ENDINGS)('%s: a file that ends too early, after the text before it', async (ending) => {
  const whole = packed(ending, noise(3_000_000));
  const { bytes, error } = await unpacked(ending, whole.subarray(0, whole.length - 20_000));
  expect(error).toBeInstanceOf(Damage);
  expect((error as Damage).message).toContain('too early');
  expect(bytes).toBeGreaterThan(1_500_000);
});

test.each(PACKED_ENDINGS)('%s: a byte that is wrong is never passed over', async (ending) => {
  const whole = packed(ending, noise(20_000));
  for (const place of [Math.floor(whole.length / 2), whole.length - 6]) {
    const damaged = Buffer.from(whole);
    damaged[place]! ^= 0x55;
    const { error, hash } = await unpacked(ending, damaged);
    // zstd writes no checksum unless it is told to.
    if (ending === '.zst') expect(error !== undefined || hash !== hashOf(noise(20_000))).toBe(true);
    else expect(error).toBeInstanceOf(Damage);
  }
});

test.each(PACKED_ENDINGS)(
  '%s: a few bytes that unpack to 100 MB cost no memory',
  async (ending) => {
    const bomb = packed(ending, Buffer.alloc(100_000_000));
    const beforeBytes = process.memoryUsage().rss;
    expect(await unpacked(ending, bomb)).toMatchObject({ bytes: 100_000_000, error: undefined });
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(90_000_000);
  },
  60_000,
);

test('a thread that is closed in the middle leaves nothing behind, and the file can be closed', async () => {
  for (const ending of PACKED_ENDINGS) {
    const path = join(folder, `closed${ending}`);
    writeFileSync(path, packed(ending, noise(3_000_000)));
    const file = await open(path);
    const work = unpack(packingNamed(path)!, file);
    expect((await work.next())?.length).toBeGreaterThan(0);
    await work.close();
    await file.close();
  }
});

test('bytes that are no bzip2 at all are damage, never an endless loop or another error', () => {
  const whole = packed('.bz2', noise(2_000));
  for (let i = 0; i < 2_000; i++) {
    const damaged = Buffer.from(whole);
    damaged[4 + ((i * 7_919) % (whole.length - 4))]! ^= 1 << (i % 8);
    const left = [damaged];
    expect(() => [...bunzip2(() => left.pop())]).toThrow(Damage);
  }
});
