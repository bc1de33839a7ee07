/** What the file source does while the registry cannot be written: it waits, loses no line, gives none twice, and goes on. */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import { Registry } from './registry.ts';

let logs: LogFolder;
beforeEach(() => void (logs = makeLogFolder()));
afterEach(async () => {
  vi.restoreAllMocks();
  await logs.remove();
});

const full = (): never => {
  throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 });
};

test.each(['addLog', 'addGeneration', 'grow', 'setMoved', 'finish'] as const)(
  'a disk that is full at `%s` costs no line, and gives none twice',
  async (write) => {
    writeFileSync(logs.path(), 'one\n');
    const run = await logs.run();
    await run.lines(1);
    const spy = vi.spyOn(Registry.prototype, write).mockImplementationOnce(full).mockImplementationOnce(full);
    appendFileSync(logs.path(), 'two\n');
    const texts = textsOf(await run.lines(1));
    // Rotated.
    renameSync(logs.path(), logs.path('app.log.1'));
    writeFileSync(logs.path(), 'three\n');
    texts.push(...textsOf(await run.lines(1)));
    // A new log, which then gets another name that the glob finds too.
    writeFileSync(logs.path('b.log'), 'four\n');
    texts.push(...textsOf(await run.lines(1)));
    renameSync(logs.path('b.log'), logs.path('c.log'));
    texts.push(...textsOf(await run.drain(1_500)));
    expect(texts).toEqual(['two', 'three', 'four']);
    expect(spy.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(run.report.counts.get('lines_lost')).toBeUndefined();
    expect(run.reader.partitions().filter(({ halted }) => halted !== undefined)).toEqual([]);
  },
);

test('a registry on a full disk is named as that, once, and not as trouble of the log', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  const grow = vi.spyOn(Registry.prototype, 'grow').mockImplementation(full);
  appendFileSync(logs.path(), 'two\n');
  await vi.waitFor(
    async () => {
      await run.reader.next(10);
      expect(grow.mock.calls.length).toBeGreaterThan(0);
      expect(run.reader.partitions()[0]?.halted).toContain('files.db cannot be written: the disk is full');
    },
    { timeout: 5_000 },
  );
  // It is tried again meanwhile.
  await run.drain(2_500);
  const said = run.report.messages.filter((message) => message.includes('is not read on'));
  expect(said).toHaveLength(1);
  grow.mockRestore();
  expect(textsOf(await run.lines(1))).toEqual(['two']);
});

test('what is durable may be said while the disk is full', async () => {
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  const first = await run.reader.next(5_000);
  renameSync(logs.path(), logs.path('app.log.1'));
  writeFileSync(logs.path(), 'two\n');
  // It has left the first file before that is durable.
  const second = await run.reader.next(5_000);
  const finish = vi.spyOn(Registry.prototype, 'finish').mockImplementationOnce(full);
  run.reader.durable(0, first!.next);
  expect(finish).toHaveBeenCalledTimes(1);
  run.reader.durable(0, second!.next);
  expect(finish).toHaveBeenLastCalledWith(0, 'archive', 0);
});
