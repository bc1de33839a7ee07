/** Random histories of a log: what is written, rotated and restarted, at any moment of the reading, is read exactly once and in order. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileRun, LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import type { Position } from '../../event/batch.ts';
import type { ReaderPurpose } from '../source.ts';

type Step =
  | { readonly do: 'write'; readonly bytes: number; readonly unfinished: boolean }
  | { readonly do: 'rename' | 'copytruncate' | 'compress' | 'restart' | 'stop' | 'read' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      bytes: fc.oneof(fc.nat(40), fc.nat(3_000)),
      unfinished: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'rename' as const,
        'copytruncate' as const,
        'restart' as const,
        'stop' as const,
        'read' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'compress' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(30) }) },
);

/** The log as its writer sees it: all lines in order, a rotation ending the one that is unfinished. */
class Writer {
  readonly lines: string[] = [];
  private readonly logs: LogFolder;
  private unfinished = false;
  private count = 0;

  constructor(logs: LogFolder) {
    this.logs = logs;
    writeFileSync(logs.path(), '');
  }

  write(bytes: number, unfinished: boolean): void {
    const text = `${this.count++}:${'x'.repeat(bytes)}`;
    if (this.unfinished) this.lines.push(`${this.lines.pop() ?? ''}${text}`);
    else this.lines.push(text);
    this.unfinished = unfinished;
    appendFileSync(this.logs.path(), unfinished ? text : `${text}\n`);
  }

  rename(): void {
    this.shift();
    renameSync(this.logs.path(), this.logs.path('app.log.1'));
    writeFileSync(this.logs.path(), '');
  }

  copytruncate(): void {
    this.shift();
    copyFileSync(this.logs.path(), this.logs.path('app.log.1'));
    truncateSync(this.logs.path());
  }

  /** As logrotate does from the second rotation on. */
  compress(): void {
    for (let n = 2; existsSync(this.logs.path(`app.log.${n}`)); n++) {
      const path = this.logs.path(`app.log.${n}`);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      unlinkSync(path);
    }
  }

  private shift(): void {
    this.unfinished = false;
    let n = 1;
    const at = (i: number): string | undefined =>
      ['', '.gz'].map((end) => this.logs.path(`app.log.${i}${end}`)).find((path) => existsSync(path));
    while (at(n) !== undefined) n++;
    for (let i = n - 1; i > 0; i--) {
      const path = at(i)!;
      renameSync(path, this.logs.path(`app.log.${i + 1}${path.endsWith('.gz') ? '.gz' : ''}`));
    }
  }
}

/** One reader over all its restarts: each line by its offset. */
class Reading {
  readonly read = new Map<number, string>();
  private readonly logs: LogFolder;
  private readonly purpose: ReaderPurpose;
  private readonly positions = new Map<number, Position>();
  private run: FileRun | undefined;

  constructor(logs: LogFolder, purpose: ReaderPurpose) {
    this.logs = logs;
    this.purpose = purpose;
  }

  async start(): Promise<void> {
    this.run ??= await this.logs.run({ purpose: this.purpose, positions: this.positions, graceMs: 20 });
  }

  /** `killed`: what was read last is not durable, and comes again. */
  async stop(killed: boolean): Promise<void> {
    const before = new Map(this.positions);
    if (this.run !== undefined && killed) {
      this.keep(await this.run.drain(5));
      this.positions.clear();
      before.forEach((position, partition) => this.positions.set(partition, position));
    }
    await this.run?.stop();
    this.run = undefined;
  }

  async drain(ms: number): Promise<void> {
    if (this.run !== undefined) this.keep(await this.run.drain(ms));
  }

  get lines(): string[] {
    return [...this.read].sort(([a], [b]) => a - b).map(([, text]) => text);
  }

  get complaints(): readonly string[] {
    return this.run?.report.messages ?? [];
  }

  private keep(lines: readonly { readonly offset: number; readonly text: string }[]): void {
    for (const { offset, text } of lines) {
      const before = this.read.get(offset);
      if (before !== undefined && before !== text) throw new Error(`${offset} was ${before} and is ${text}`);
      this.read.set(offset, text);
    }
  }
}

async function play(steps: readonly Step[]): Promise<void> {
  const logs = makeLogFolder();
  try {
    const writer = new Writer(logs);
    const reading = new Reading(logs, 'archive');
    await reading.start();
    for (const it of steps) {
      if (it.do === 'write') writer.write(it.bytes, it.unfinished);
      else if (it.do === 'wait') await sleep(it.ms);
      else if (it.do === 'read') await reading.drain(5);
      else if (it.do === 'stop' || it.do === 'restart') {
        await reading.stop(it.do === 'restart');
        if (it.do === 'restart') await reading.start();
      } else writer[it.do]();
    }
    writer.rename();
    writer.write(5, false);
    await reading.start();
    for (let i = 0; i < 10 && reading.lines.length < writer.lines.length; i++) await reading.drain(150);
    await reading.drain(60);
    expect(reading.lines, reading.complaints.join('\n')).toEqual(writer.lines);
    await reading.stop(false);
    const other = new Reading(logs, 'alert');
    await other.start();
    for (let i = 0; i < 10 && other.lines.length < writer.lines.length; i++) await other.drain(150);
    expect([...other.read]).toEqual([...reading.read].sort(([a], [b]) => a - b));
  } finally {
    await logs.remove();
  }
}

test('any history of writing, rotation, compression and restarts', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), play), {
    numRuns: Number(process.env['TOCSIN_TEST_RUNS'] ?? 8),
    interruptAfterTimeLimit: 60_000,
    endOnFailure: false,
  });
}, 120_000);
