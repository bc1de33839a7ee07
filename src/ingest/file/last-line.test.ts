/** The last line of a file that its writer does not end. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';

let logs: LogFolder;

beforeEach(() => {
  logs = makeLogFolder();
});

afterEach(async () => {
  await logs.remove();
});

test('it is taken when the file has not grown for a while, and not before', async () => {
  writeFileSync(logs.path(), 'one\ntwo');
  const patient = await logs.run({ lastLineMs: 60_000 });
  expect(textsOf(await patient.drain(300))).toEqual(['one']);
  const run = await logs.run({ purpose: 'alert', lastLineMs: 200 });
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 0, text: 'one' },
    { partition: 0, offset: 4, text: 'two' },
  ]);
  expect(run.reader.partitions()[0]).toMatchObject({ atEnd: true, lag: 0 });
});

test.each(['\n', '\r\n'])('the line end %j that comes later is no line', async (end) => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), 'one\ntwo');
  const run = await logs.run({ positions, lastLineMs: 100 });
  await run.lines(2);
  appendFileSync(logs.path(), end);
  expect(await run.drain(300)).toEqual([]);
  appendFileSync(logs.path(), 'three\n');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  expect(run.report.counts.get('lines_torn')).toBeUndefined();
});

test.each(['running', 'restarted'])('more of it is a line of its own, counted and told: %s', async (how) => {
  const positions = new Map<number, Position>();
  writeFileSync(logs.path(), 'one\nbegin');
  const before = await logs.run({ positions, lastLineMs: 100 });
  expect(textsOf(await before.lines(2))).toEqual(['one', 'begin']);
  if (how === 'restarted') await before.stop();
  appendFileSync(logs.path(), ' and end\nthree\n');
  const run = how === 'restarted' ? await logs.run({ positions, lastLineMs: 100 }) : before;
  expect(await run.lines(2)).toEqual([
    { partition: 0, offset: 9, text: ' and end' },
    { partition: 0, offset: 18, text: 'three' },
  ]);
  expect(run.report.labels.get('lines_torn')).toEqual([{ source: 'orders', reader: 'archive' }]);
  expect(run.report.messages.join('\n')).toContain('line of its own');
});

test('one that is longer than the limit is cut, not lost', async () => {
  writeFileSync(logs.path(), `one\n${'x'.repeat(3 << 20)}`);
  const run = await logs.run({ lastLineMs: 100 });
  expect(textsOf(await run.lines(2)).map((text) => text.length)).toEqual([3, 1 << 20]);
  expect(run.cutLines).toBe(1);
});

test('a hole at the end is no line', async () => {
  writeFileSync(logs.path(), Buffer.concat([Buffer.from('one\n'), Buffer.alloc(100)]));
  const run = await logs.run({ lastLineMs: 50 });
  expect(textsOf(await run.drain(300))).toEqual(['one']);
});

test('the file is rotated after it was taken', async () => {
  writeFileSync(logs.path(), 'one\ntwo');
  const run = await logs.run({ lastLineMs: 100 });
  await run.lines(2);
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'three\n');
  expect(textsOf(await run.lines(1))).toEqual(['three']);
  expect(await run.drain()).toEqual([]);
});
