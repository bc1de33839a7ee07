import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holdSpools } from './copy-spool.ts';
import { Spool } from './spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-copy-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The least bound has segments of half a megabyte. */
const LINE = `${'x'.repeat(60_000)}\n`;

async function append(spool: Spool, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += await spool.append(bytes.subarray(at));
}

const segments = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.spool'))
    .sort();

test('a spool is copied from what was there before the positions were copied to what has come after, in whole lines', async () => {
  const dir = join(folder, 'spool', 'in');
  const spool = await Spool.open(dir, 0, () => undefined);
  for (let i = 0; i < 40; i += 1) await append(spool, LINE);
  const before = spool.end;
  expect(segments(dir).length).toBeGreaterThan(3);
  const held = await holdSpools(join(folder, 'spool'));
  // Meanwhile both readers go on, and what they have passed is removed.
  for (let i = 0; i < 20; i += 1) await append(spool, LINE);
  spool.free('alert', before);
  spool.free('archive', before);
  await vi.waitFor(() => expect(segments(dir).length).toBeLessThan(4));
  await append(spool, 'the last whole line\nhalf a li');
  const paths = await held.copyTo(join(folder, 'copy'));
  await held.close();
  await spool.close();

  const texts = paths.map((path) => readFileSync(join(folder, 'copy', path), 'utf8'));
  expect(texts.join('')).toBe(`${LINE.repeat(60)}the last whole line\n`);
  const copy = await Spool.open(join(folder, 'copy', 'in'), 0, () => undefined);
  expect(copy.end).toBe(61_000 * 60 - 999 * 60 + 'the last whole line\n'.length);
  expect(copy.segmentAt(0)?.start).toBe(0);
  await copy.close();
});

test('where there is no spool nothing is copied', async () => {
  const held = await holdSpools(join(folder, 'spool'));
  expect(await held.copyTo(join(folder, 'copy'))).toEqual([]);
  await held.close();
});
