/** A log that is rotated faster than it is looked at: every line once, in order, and nothing is said to be lost. */
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Line } from '../../../test/support/batches.ts';
import { textsOf } from '../../../test/support/batches.ts';
import type { LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';

const LINES_A_FILE = 30;

let logs: LogFolder;

beforeEach(() => {
  logs = makeLogFolder();
});

afterEach(async () => {
  await logs.remove();
});

/** Rotates `rotations` times and writes in between; gives all lines. Between any two steps the readers may look. */
async function burst(rotations: number, pauseMs: number): Promise<string[]> {
  const lines: string[] = [];
  for (let round = 0; round < rotations; round++) {
    for (let i = 0; i < LINES_A_FILE; i++) {
      lines.push(`${round}:${i}`);
      appendFileSync(logs.path(), `${round}:${i}\n`);
      if (i % 10 === 0) await turn();
    }
    let last = 1;
    while (existsSync(logs.path(`app.log.${last}`))) last++;
    for (let n = last; n > 1; n--) {
      renameSync(logs.path(`app.log.${n - 1}`), logs.path(`app.log.${n}`));
      if (n % 7 === 0) await turn();
    }
    renameSync(logs.path(), logs.path('app.log.1'));
    await turn();
    writeFileSync(logs.path(), '');
    await sleep(pauseMs);
  }
  lines.push('last');
  appendFileSync(logs.path(), 'last\n');
  return lines;
}

test.each([
  ['there before', 0],
  ['there before', 15],
  ['new', 15],
])(
  'a log that was %s, %i ms between rotations',
  async (was, pauseMs) => {
    if (was === 'there before') writeFileSync(logs.path(), '');
    const run = await logs.run({ graceMs: 100 });
    const read: Line[] = [];
    const over = new AbortController();
    const reading = (async () => {
      while (!over.signal.aborted) read.push(...(await run.drain(100)));
    })();
    try {
      const lines = await burst(70, pauseMs);
      for (let i = 0; i < 200 && read.length < lines.length; i++) await sleep(100);
      over.abort();
      await reading;
      read.push(...(await run.drain(300)));
      expect(run.report.messages.filter((text) => /lost|gone|put back/.test(text))).toEqual([]);
      expect(textsOf(read)).toEqual(lines);
      expect(run.report.counts.get('lines_lost')).toBeUndefined();
    } finally {
      over.abort();
    }
  },
  120_000,
);
