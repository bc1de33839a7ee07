/** A hole of gigabytes before the first line costs no reading, and text before another hole is never passed over. */
import {
  closeSync,
  ftruncateSync,
  openSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linesOf, textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';
import { LineCursor } from './line-cursor.ts';
import type { ReadableFile } from './line-cursor.ts';
import { readHead } from './hole.ts';

let logs: LogFolder;

beforeEach(() => {
  logs = makeLogFolder();
});

afterEach(async () => {
  await logs.remove();
});

/** Writes these texts at these places of a file. Everything else of it is a hole. */
function sparse(path: string, texts: Readonly<Record<number, string>>): void {
  const file = openSync(path, 'w');
  for (const [place, text] of Object.entries(texts)) writeSync(file, text, Number(place));
  closeSync(file);
}

const GIB = 1 << 30;

test.each([0, 1, 4_095, 4_096, 5_000])(
  'a hole of 8 GiB and %i bytes, also after a restart and a rotation',
  async (more) => {
    const place = 8 * GIB + more;
    const positions = new Map<number, Position>();
    sparse(logs.path(), { [place]: 'one\ntwo\n' });
    const beganMs = performance.now();
    const run = await logs.run({ positions });
    expect(await run.lines(2)).toEqual([
      { partition: 0, offset: place, text: 'one' },
      { partition: 0, offset: place + 4, text: 'two' },
    ]);
    await run.stop();
    sparse(logs.path('next'), { [place + 8]: 'three\n' });
    renameSync(logs.path(), logs.path('app.log.1'));
    renameSync(logs.path('next'), logs.path());
    const again = await logs.run({ positions });
    expect(textsOf(await again.lines(1))).toEqual(['three']);
    expect(again.report.counts.get('lines_lost')).toBeUndefined();
    // Reading 16 GiB takes longer.
    expect(performance.now() - beganMs).toBeLessThan(20_000);
  },
  60_000,
);

test('text between two holes is read, wherever a search for the edge looks', async () => {
  const place = 200 << 20;
  const texts: Record<number, string> = { [place]: 'last\n' };
  for (const at of [1 << 20, 30 << 20, (100 << 20) + 1, 150 << 20]) texts[at] = `at ${at}\n`;
  sparse(logs.path(), texts);
  const run = await logs.run();
  const lines = await run.lines(5);
  expect(lines.map(({ offset, text }) => [offset, text])).toEqual(
    Object.entries(texts).map(([at, text]) => [Number(at), text.trim()]),
  );
});

test('how a file begins is found with a few small reads', async () => {
  const path = logs.path();
  sparse(path, { [64 * GIB]: 'one\n' });
  const { dev, ino, size, blocks, blksize } = statSync(path);
  const descriptor = openSync(path, 'r');
  let read = 0;
  const { readSync } = await import('node:fs');
  const file: ReadableFile = {
    read(buffer, offset, length, position) {
      const bytesRead = readSync(descriptor, buffer, offset, length, position);
      read += bytesRead;
      return Promise.resolve({ bytesRead });
    },
  };
  expect(String(await readHead(file, { dev, ino, size, blocks, blksize }))).toBe('one\n');
  expect(read).toBeLessThan(1 << 20);
  closeSync(descriptor);
});

test('a hole is passed over in pieces, so that others have their turn', async () => {
  const size = 300 << 20;
  const file: ReadableFile = {
    read(buffer, offset, length, position) {
      buffer.fill(0, offset, offset + length);
      if (position + length === size) buffer.write('one\n', offset + length - 4);
      return Promise.resolve({ bytesRead: length });
    },
  };
  const cursor = new LineCursor(file, 0, 0, { keepBlank: false });
  await cursor.seek(0, undefined);
  const answers: unknown[] = [];
  for (;;) {
    const answer = await cursor.next(size);
    answers.push(typeof answer === 'string' ? answer : [...answer.offsets]);
    if (answer !== 'more') break;
  }
  expect(answers.length).toBeGreaterThan(3);
  expect(answers.at(-1)).toEqual([size - 4]);
});

test('a file that had a hole and has none any more is read from its beginning', async () => {
  sparse(logs.path(), { [40 << 20]: 'one\n' });
  const run = await logs.run();
  await run.lines(1);
  truncateSync(logs.path());
  await run.drain(50);
  const file = openSync(logs.path(), 'r+');
  writeSync(file, 'two\nthree\n', 0);
  ftruncateSync(file, 10);
  closeSync(file);
  expect(textsOf(await run.lines(2))).toEqual(['two', 'three']);
});

test('a file that is made in its full length first is read as it is written', async () => {
  writeFileSync(logs.path(), '');
  truncateSync(logs.path(), 100 << 20);
  const run = await logs.run();
  expect(await run.drain(200)).toEqual([]);
  const file = openSync(logs.path(), 'r+');
  writeSync(file, 'one\ntwo\n', 0);
  closeSync(file);
  expect(linesOf((await run.reader.next(5_000))!).map(({ offset, text }) => [offset, text])).toEqual([
    [0, 'one'],
    [4, 'two'],
  ]);
});
