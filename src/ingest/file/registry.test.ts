/** A files.db that cannot be used is named, with the fix that helps. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';

let logs: LogFolder;
let file: string;

beforeEach(async () => {
  logs = makeLogFolder();
  file = join(logs.dataDir, 'files.db');
  writeFileSync(logs.path(), 'one\n');
  const run = await logs.run();
  await run.lines(1);
  await run.stop();
});

afterEach(async () => {
  await logs.remove();
});

const damaged = {
  place: 'source',
  message: expect.stringContaining('files.db is damaged') as string,
  fix: expect.stringContaining('move files.db away and give the file sources other names') as string,
};

test('what is no database', async () => {
  writeFileSync(file, 'not a database, but long enough to be looked at. '.repeat(100));
  await expect(logs.run()).rejects.toMatchObject(damaged);
});

test('what is damaged in the middle', async () => {
  const bytes = readFileSync(file);
  for (let page = 1; page * 4_096 < bytes.length; page++)
    bytes.fill(0xaa, page * 4_096 + 8, page * 4_096 + 200);
  writeFileSync(file, bytes);
  await expect(logs.run()).rejects.toMatchObject(damaged);
});

test('what is a folder', async () => {
  const elsewhere = makeLogFolder();
  mkdirSync(join(elsewhere.dataDir, 'files.db'), { recursive: true });
  try {
    await expect(elsewhere.run()).rejects.toMatchObject({
      place: 'source',
      message: expect.not.stringContaining('damaged') as string,
    });
  } finally {
    await elsewhere.remove();
  }
});
