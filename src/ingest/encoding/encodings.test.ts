/** Text of any encoding, read from files that grow, at once, and from standard input, is the text that was written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ENCODINGS,
  encoded,
  tableOf,
  TWO_BYTES,
  UTF_16S,
  type Encoding,
} from '../../../test/support/encoded.ts';
import { LineCursor } from '../file/line-cursor.ts';
import { LINE_MAX_BYTES, type Lines } from '../lines.ts';
import { WholeDecoder } from './decoding.ts';
import { encodingAt, encodingOf } from './encoding.ts';
import { likelyEncoding } from './likely.ts';
import { Utf8Stream } from './stream.ts';
import { GarbledCount, inUtf8 } from './transcode.ts';

/** Characters whose bytes look like line ends or NULs, where they are torn or read as another encoding. */
const TRAPS = [
  '\u0a0a',
  '\u0a00',
  '\u000b',
  '\u0d0a',
  '\u4e00',
  '\u0a4e',
  '订',
  '単',
  '한',
  'é',
  '😀',
  'a',
  ' ',
];

function characters(encoding: Encoding): fc.Arbitrary<string> {
  const isAny = encoding.startsWith('utf-');
  const all = isAny ? TRAPS : [...tableOf(encoding).keys()].filter((each) => !/[\0\n\r]/u.test(each));
  const any = isAny
    ? fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 1 })
    : fc.constantFrom(...all);
  return fc
    .oneof(any, fc.constantFrom(...all), fc.constantFrom('a', '{', '"', ' '))
    .filter((each) => !/[\0\n\r\ufeff\ufffd]/u.test(each) && each.isWellFormed());
}

const written = fc.constantFrom(...ENCODINGS).chain((encoding) =>
  fc.record({
    encoding: fc.constant(encoding),
    lines: fc.array(
      fc.record({
        text: fc.array(characters(encoding), { maxLength: 40 }).map((parts) => parts.join('')),
        end: fc.constantFrom('\n', '\n', '\r\n'),
      }),
      { minLength: 1, maxLength: 60 },
    ),
    hasMark: fc.boolean(),
    /** How far the file has grown at each look, and whether the process begins anew before it. */
    steps: fc.array(fc.record({ bytes: fc.oneof(fc.nat(9), fc.nat(400)), restarts: fc.boolean() }), {
      maxLength: 60,
    }),
  }),
);

interface Written {
  readonly encoding: Encoding;
  readonly lines: readonly { readonly text: string; readonly end: string }[];
  readonly hasMark: boolean;
}

function bytesOf({ encoding, lines, hasMark }: Written): Buffer {
  const text = lines.map(({ text, end }) => text + end).join('');
  return encoded((hasMark && encoding.startsWith('utf-') ? '\ufeff' : '') + text, encoding);
}

/** The configured name: files with a mark are read whatever it is. */
const configured = ({ encoding, hasMark }: Written): string | undefined =>
  hasMark && encoding.startsWith('utf-') ? undefined : encoding;

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

function textsOf({ bytes, starts, ends }: Lines): string[] {
  return Array.from(starts, (start, i) =>
    withoutMark(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8', start, ends[i])),
  );
}

function fileOf(bytes: () => Buffer) {
  return {
    read(buffer: Buffer, offset: number, length: number, position: number) {
      return Promise.resolve({ bytesRead: bytes().copy(buffer, offset, position, position + length) });
    },
  };
}

test('a file that grows by any bytes, read over restarts, has the lines that were written', async () => {
  await fc.assert(
    fc.asyncProperty(written, async ({ steps, ...text }) => {
      const all = bytesOf(text);
      let size = 0;
      const file = fileOf(() => all.subarray(0, size));
      const reading = { keepBlank: false, encoding: configured(text) };
      let cursor = new LineCursor(file, 0, 0, reading);
      const seen: string[] = [];
      const offsets: number[] = [];
      for (const { bytes, restarts } of [...steps, { bytes: all.length, restarts: false }]) {
        size = Math.min(all.length, size + bytes);
        if (restarts) {
          const { at, provenBy } = cursor;
          cursor = new LineCursor(file, 0, at, reading);
          expect(await cursor.seek(at, provenBy)).toBe(true);
        }
        for (let lines = await cursor.next(size); lines !== 'none'; lines = await cursor.next(size)) {
          if (typeof lines === 'string') throw new Error(lines);
          expect(lines.garbled).toBeUndefined();
          seen.push(...textsOf(lines));
          offsets.push(...lines.offsets);
        }
      }
      expect(seen.filter((line) => line !== '')).toEqual(
        text.lines.map((line) => line.text).filter((line) => line !== ''),
      );
      expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b));
      expect(cursor.at).toBe(all.length);
    }),
    { numRuns: 300 },
  );
});

test('standard input in chunks of any size becomes the UTF-8 that the whole text is', () => {
  fc.assert(
    fc.property(written, ({ steps, ...text }) => {
      const all = bytesOf(text);
      const stream = new Utf8Stream(configured(text));
      const parts: Buffer[] = [];
      let at = 0;
      for (const { bytes } of [...steps, { bytes: all.length }]) {
        parts.push(stream.push(all.subarray(at, at + bytes)));
        at = Math.min(all.length, at + bytes);
      }
      parts.push(stream.end());
      const expected = text.lines.map((line) => line.text + line.end).join('');
      expect(withoutMark(Buffer.concat(parts).toString())).toBe(expected);
      expect(stream.garbled.take()).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('bytes of every kind harm their own line only, and are counted by line', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ENCODINGS),
      fc.array(fc.uint8Array({ maxLength: 30 }), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(25), { maxLength: 20 }),
      (encoding, raw, sizes) => {
        const lf = encoded('\n', encoding);
        const lines = raw
          .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a)))
          .map((bytes) => (encoding.startsWith('utf-16') ? bytes.subarray(0, bytes.length & ~1) : bytes))
          .filter((bytes) => bytes.indexOf(lf) < 0);
        const decoder = new WholeDecoder(encodingOf(encoding));
        const alone = lines.map((bytes) => decoder.decode(Buffer.concat([bytes, lf])));
        const stream = new Utf8Stream(encoding);
        // The text begins with a line of ASCII, so that no line is taken for a mark.
        const all = Buffer.concat([encoded('a\n', encoding), ...lines.flatMap((bytes) => [bytes, lf])]);
        const parts: Buffer[] = [];
        let at = 0;
        for (const size of [...sizes, all.length]) {
          parts.push(stream.push(all.subarray(at, at + size)));
          at = Math.min(all.length, at + size);
        }
        parts.push(stream.end());
        if (encoding === 'utf-8') expect(Buffer.concat(parts)).toEqual(all);
        else {
          expect(Buffer.concat(parts).toString()).toBe(`a\n${alone.map(({ text }) => text).join('')}`);
          const count = alone.filter(({ isGarbled }) => isGarbled).length;
          expect(stream.garbled.take()?.lines ?? 0).toBe(count);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each(TWO_BYTES)('no character of %s holds the byte of a line end', (encoding) => {
  for (const [character, bytes] of tableOf(encoding))
    if (character !== '\n') expect([character, bytes.includes(0x0a)]).toEqual([character, false]);
  expect(tableOf(encoding).size).toBeGreaterThan(2_000);
  // A line end behind the first half of a character stays one.
  for (let lead = 0x81; lead < 0xff; lead += 1)
    expect(new WholeDecoder(encodingOf(encoding)).decode(Buffer.of(0x61, lead, 0x0a, 0x62)).text).toMatch(
      /^a.*\nb$/u,
    );
});

describe('long lines', () => {
  const cursorOf = (all: Buffer, encoding: string): LineCursor =>
    new LineCursor(
      fileOf(() => all),
      0,
      0,
      { keepBlank: false, encoding },
    );

  test.each([...UTF_16S, 'gbk'] as const)(
    'of %s are cut within the limit, and the next is whole',
    async (encoding) => {
      const all = encoded(`${'订单'.repeat(900_000)}\n好\n`, encoding);
      const cursor = cursorOf(all, encoding);
      const seen: Lines[] = [];
      for (let lines = await cursor.next(all.length); lines !== 'none'; lines = await cursor.next(all.length))
        if (typeof lines !== 'string') seen.push(lines);
      expect(seen.map(({ cutLines }) => cutLines)).toEqual([1, 0]);
      const [long, next] = seen.flatMap(textsOf);
      expect(Buffer.byteLength(long!)).toBeLessThanOrEqual(LINE_MAX_BYTES);
      expect(Buffer.byteLength(long!)).toBeGreaterThan(LINE_MAX_BYTES - 8);
      expect(long).toMatch(/^(?:订单)+订?$/u);
      expect(next).toBe('好');
      expect(seen.flatMap(({ garbled }) => garbled ?? [])).toEqual([]);
    },
  );

  test('that grow beyond the limit in UTF-8 are cut and counted', () => {
    const line = encoded('é'.repeat(LINE_MAX_BYTES - 100), 'windows-1252');
    const lines = { bytes: line, starts: Uint32Array.of(0), ends: Uint32Array.of(line.length) };
    const cut = inUtf8(
      { ...lines, offsets: Float64Array.of(0), next: line.length, cutLines: 0 },
      encodingOf('latin1'),
    );
    expect([cut.cutLines, cut.ends[0], cut.garbled]).toEqual([1, LINE_MAX_BYTES, undefined]);
  });

  test.each(UTF_16S)('a file of %s that begins with NULs is read from its text on', async (encoding) => {
    const hole = 5 << 20;
    const all = Buffer.concat([Buffer.alloc(hole), encoded('一\nöü\n', encoding)]);
    const cursor = cursorOf(all, encoding);
    const seen: string[] = [];
    for (let lines = await cursor.next(all.length); lines !== 'none'; lines = await cursor.next(all.length))
      if (typeof lines !== 'string') seen.push(...textsOf(lines));
    expect(seen).toEqual(['一', 'öü']);
    expect(cursor.at).toBe(all.length);
  });
});

test('half a unit that was taken as the end of a file spoils one character', async () => {
  const all = encoded('one\ntwo three\nfour\n', 'utf-16le');
  let size = 15;
  const cursor = new LineCursor(
    fileOf(() => all.subarray(0, size)),
    0,
    0,
    { keepBlank: false, encoding: 'utf-16le' },
  );
  const taken = async (last: boolean): Promise<Lines> => {
    const lines = await cursor.next(size, last);
    if (typeof lines === 'string') throw new Error(lines);
    return lines;
  };
  expect(textsOf(await taken(false))).toEqual(['one']);
  const torn = await taken(true);
  expect([textsOf(torn), torn.garbled?.lines]).toEqual([['two\ufffd'], 1]);
  size = all.length;
  const rest = await taken(false);
  expect([textsOf(rest), rest.garbled, cursor.tore]).toEqual([['three', 'four'], undefined, true]);
});

test('a mark says the encoding, whatever the configuration says; a part of one is waited for', () => {
  expect(encodingAt(Buffer.of(0xff, 0xfe, 0x61), 'gbk')?.name).toBe('utf-16le');
  expect(encodingAt(Buffer.of(0xfe, 0xff), undefined)?.name).toBe('utf-16be');
  expect(encodingAt(Buffer.of(0xef, 0xbb, 0xbf), 'utf-16')?.name).toBe('utf-8');
  expect(encodingAt(Buffer.of(0xef, 0xbb), 'gbk')).toBeUndefined();
  expect(encodingAt(Buffer.of(0xef, 0xbb), 'gbk', true)?.name).toBe('gbk');
  expect(encodingAt(Buffer.of(), 'gbk')).toBeUndefined();
  expect(encodingAt(Buffer.from('{"a'), 'utf-16')?.name).toBe('utf-16le');
});

test.each([
  ['gb18030', encoded('订单支付失败：库存不足，请重试', 'gbk')],
  ['gb18030', encoded('{"message":"超时未响应"}', 'gbk')],
  ['gb18030', encoded('订单'.repeat(30), 'gbk')],
  ['big5', encoded('訂單支付失敗，庫存不足請重試', 'big5')],
  ['shift_jis', encoded('注文の支払いに失敗しました', 'shift_jis')],
  ['shift_jis', encoded('注文決済失敗', 'shift_jis')],
  ['euc-jp', encoded('注文の支払いに失敗しました', 'euc-jp')],
  ['euc-kr', encoded('주문 결제에 실패했습니다', 'euc-kr')],
  ['windows-1252', encoded('La commande a été refusée à 10 h', 'windows-1252')],
  ['windows-1252', encoded('Überweisung für Müller fehlgeschlagen', 'windows-1252')],
  ['windows-1252', encoded('The client’s order can’t be synced, don’t retry', 'windows-1252')],
  ['utf-16le', encoded('{"message":"order"}', 'utf-16le')],
  ['utf-16be', encoded('{"message":"order"}', 'utf-16be')],
  ['utf-8', Buffer.from('订单支付失败')],
  [undefined, Buffer.from('order \ud800'.slice(0, 6))],
  [undefined, Buffer.of(0xff)],
])('bytes look like %s', (name, bytes) => {
  expect(likelyEncoding(bytes)).toBe(name);
});

test.each([
  ['gb18030', 'gbk', '订单支付失败'],
  ['big5', 'big5', '訂單支付失敗'],
  ['shift_jis', 'shift_jis', '注文の支払いに失敗'],
  ['utf-16le', 'utf-16le', '订单支付失败'],
  ['utf-16be', 'utf-16be', '订单支付失败'],
] as const)(
  'lines of any length that end in a character of two bytes look like %s',
  (name, encoding, text) => {
    const garbled = new GarbledCount();
    const lines = ['', 1, 22, 3, 44].map((order) => `ERROR order ${order} ${text}\n`);
    const bytes = encoded(lines.join(''), encoding);
    let at = 0;
    for (const [lf] of [...bytes.entries()].filter(([, byte]) => byte === 10)) {
      garbled.add(bytes.subarray(at, lf));
      at = lf + 1;
    }
    expect(garbled.take()?.looksLike).toBe(name);
  },
);

test('a line of standard input that is too long is kept beyond the limit, and the next is whole', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('gbk' as const, ...UTF_16S),
      fc.integer({ min: 40_000, max: 400_000 }),
      (encoding, size) => {
        const all = encoded(`一\n${'订单'.repeat(1_200_000)}\n好\n`, encoding);
        const stream = new Utf8Stream(encoding);
        const parts: Buffer[] = [];
        for (let at = 0; at < all.length; at += size) parts.push(stream.push(all.subarray(at, at + size)));
        const lines = Buffer.concat([...parts, stream.end()])
          .toString()
          .split('\n');
        expect([lines.length, lines[0], lines[2], lines[3]]).toEqual([4, '一', '好', '']);
        expect(Buffer.byteLength(lines[1]!)).toBeGreaterThan(LINE_MAX_BYTES + 2);
        expect(lines[1]).toMatch(/^[订单]+$/u);
        expect(stream.garbled.take()).toBeUndefined();
      },
    ),
    { numRuns: 6 },
  );
});
