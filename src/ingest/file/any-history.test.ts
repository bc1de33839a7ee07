/**
 * Random histories of a log: what is written, rotated and restarted, at any moment of the reading, is read exactly once and in order; at
 * its path or behind a link, rotated beside itself or into a folder of its own, by a writer that appends or one that keeps its place.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Line } from '../../../test/support/batches.ts';
import type { FileRun, LogFolder } from '../../../test/support/file-run.ts';
import { makeLogFolder } from '../../../test/support/file-run.ts';
import { packed, type PackedEnding } from '../../../test/support/packed.ts';
import type { Position } from '../../event/batch.ts';
import type { ReaderPurpose } from '../source.ts';

type Step =
  | { readonly do: 'write'; readonly bytes: number; readonly unfinished: boolean; readonly blanks: number }
  | { readonly do: 'rename' | 'copytruncate' | 'compress' | 'restart' | 'stop' | 'read' }
  | { readonly do: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      bytes: fc.oneof(fc.nat(40), fc.nat(3_000)),
      unfinished: fc.boolean(),
      blanks: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(5)),
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

/** How the log lies, and how its writer writes. */
interface Layout {
  /** The glob finds a link to the log. */
  readonly linked: boolean;
  /** Rotated files go to a folder that a glob names too. */
  readonly olddir: boolean;
  /** After a truncation the writer goes on at its old place: the file begins with a hole. */
  readonly holes: boolean;
  /** How rotated files are compressed. */
  readonly ending: PackedEnding;
  /** The log is made before the first start, or after it. */
  readonly madeLater: boolean;
}

const layout: fc.Arbitrary<Layout> = fc.record({
  linked: fc.boolean(),
  olddir: fc.boolean(),
  holes: fc.boolean(),
  ending: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('.gz' as const, '.zst' as const) },
    { weight: 1, arbitrary: fc.constantFrom('.bz2' as const, '.xz' as const) },
  ),
  madeLater: fc.boolean(),
});

const globsOf = ({ linked, olddir }: Layout): readonly string[] => [
  linked ? 'links/*.log' : '*.log',
  ...(olddir ? ['old/*'] : []),
];

/** The log as its writer sees it: all lines in order, a rotation ending the one that is unfinished. */
class Writer {
  readonly lines: string[] = [];
  readonly #logs: LogFolder;
  readonly #layout: Layout;
  #unfinished = false;
  #count = 0;
  #place = 0;

  constructor(logs: LogFolder, layout: Layout) {
    this.#logs = logs;
    this.#layout = layout;
    for (const folder of ['links', 'old']) mkdirSync(logs.path(folder));
    if (layout.linked) symlinkSync('../app.log', logs.path('links/app.log'));
    if (!layout.madeLater) writeFileSync(logs.path(), '');
  }

  write(bytes: number, unfinished: boolean, blanks: number): void {
    const text = `${this.#count++}:${'x'.repeat(bytes)}`;
    if (this.#unfinished) this.lines.push(`${this.lines.pop() ?? ''}${text}`);
    else this.lines.push(text);
    const before = this.#unfinished ? '' : '\n'.repeat(blanks);
    this.#unfinished = unfinished;
    this.#put(unfinished ? `${before}${text}` : `${before}${text}\n`);
  }

  rename(): void {
    if (!existsSync(this.#logs.path())) return;
    this.#shift();
    renameSync(this.#logs.path(), this.#rotated(1));
    writeFileSync(this.#logs.path(), '');
    this.#place = 0;
  }

  copytruncate(): void {
    // A copy in another folder is another log: nothing tells it from one.
    if (this.#layout.olddir || !existsSync(this.#logs.path())) return;
    this.#shift();
    copyFileSync(this.#logs.path(), this.#rotated(1));
    truncateSync(this.#logs.path());
  }

  /** As logrotate does from the second rotation on. */
  compress(): void {
    for (let n = 2; existsSync(this.#rotated(n)); n++) {
      const path = this.#rotated(n);
      const { ending } = this.#layout;
      const { atime, mtime } = statSync(path);
      writeFileSync(`${path}${ending}`, packed(ending, readFileSync(path)));
      // As every program does that compresses files.
      utimesSync(`${path}${ending}`, atime, mtime);
      unlinkSync(path);
    }
  }

  #put(text: string): void {
    const path = this.#logs.path();
    const size = existsSync(path) ? statSync(path).size : 0;
    const hole =
      this.#layout.holes && size < this.#place ? Buffer.alloc(this.#place - size) : Buffer.alloc(0);
    appendFileSync(path, Buffer.concat([hole, Buffer.from(text)]));
    this.#place = statSync(path).size;
  }

  #rotated(n: number, end = ''): string {
    return this.#logs.path(`${this.#layout.olddir ? 'old/' : ''}app.log.${n}${end}`);
  }

  #shift(): void {
    // Where it becomes a log of its own, only a wait would tell that its last line is whole.
    if (this.#layout.olddir && this.#unfinished) this.#put('\n');
    this.#unfinished = false;
    let n = 1;
    const at = (i: number): string | undefined =>
      ['', this.#layout.ending].map((end) => this.#rotated(i, end)).find((path) => existsSync(path));
    while (at(n) !== undefined) n++;
    for (let i = n - 1; i > 0; i--) {
      const path = at(i)!;
      const { ending } = this.#layout;
      renameSync(path, this.#rotated(i + 1, path.endsWith(ending) ? ending : ''));
    }
  }
}

/** One reader over all its restarts: each line by its partition and offset. */
class Reading {
  readonly read = new Map<string, string>();
  readonly #logs: LogFolder;
  readonly #purpose: ReaderPurpose;
  readonly #globs: readonly string[];
  readonly #positions = new Map<number, Position>();
  #run: FileRun | undefined;

  constructor(logs: LogFolder, purpose: ReaderPurpose, globs: readonly string[]) {
    this.#logs = logs;
    this.#globs = globs;
    this.#purpose = purpose;
  }

  async start(): Promise<void> {
    const [globs, purpose, positions] = [this.#globs, this.#purpose, this.#positions];
    this.#run ??= await this.#logs.run({ globs, purpose, positions, graceMs: 20, lastLineMs: 60_000 });
  }

  /** `killed`: what was read last is not durable, and comes again. */
  async stop(killed: boolean): Promise<void> {
    const before = new Map(this.#positions);
    if (this.#run !== undefined && killed) {
      this.#keep(await this.#run.drain(5));
      this.#positions.clear();
      before.forEach((position, partition) => this.#positions.set(partition, position));
    }
    await this.#run?.stop();
    this.#run = undefined;
  }

  async drain(ms: number): Promise<void> {
    if (this.#run !== undefined) this.#keep(await this.#run.drain(ms));
  }

  get lines(): string[] {
    return this.inOrder.map(([, text]) => text);
  }

  get inOrder(): [string, string][] {
    return [...this.read].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
  }

  get complaints(): readonly string[] {
    return this.#run?.report.messages ?? [];
  }

  #keep(lines: readonly Line[]): void {
    for (const { partition, offset, text } of lines) {
      const key = `${partition}/${offset}`;
      const before = this.read.get(key);
      if (before !== undefined && before !== text) throw new Error(`${key} was ${before} and is ${text}`);
      this.read.set(key, text);
    }
  }
}

/** A file that was moved to a folder of another glob before anything of it was known is a log of its own there: no order between the two. */
const ordered = (lines: readonly string[], { olddir }: Layout): readonly string[] =>
  olddir ? lines.toSorted() : lines;

async function play(steps: readonly Step[], how: Layout): Promise<void> {
  const logs = makeLogFolder();
  try {
    const writer = new Writer(logs, how);
    const reading = new Reading(logs, 'archive', globsOf(how));
    await reading.start();
    for (const it of steps) {
      if (it.do === 'write') writer.write(it.bytes, it.unfinished, it.blanks);
      else if (it.do === 'wait') await sleep(it.ms);
      else if (it.do === 'read') await reading.drain(5);
      else if (it.do === 'stop' || it.do === 'restart') {
        await reading.stop(it.do === 'restart');
        if (it.do === 'restart') await reading.start();
      } else writer[it.do]();
    }
    writer.rename();
    writer.write(5, false, 1);
    await reading.start();
    for (let i = 0; i < 200 && reading.lines.length < writer.lines.length; i++) await reading.drain(150);
    await reading.drain(60);
    expect(ordered(reading.lines, how), reading.complaints.join('\n')).toEqual(ordered(writer.lines, how));
    expect(reading.complaints.filter((text) => / is gone|not read|of its own/.test(text))).toEqual([]);
    await reading.stop(false);
    const other = new Reading(logs, 'alert', globsOf(how));
    await other.start();
    for (let i = 0; i < 200 && other.lines.length < writer.lines.length; i++) await other.drain(150);
    expect(other.inOrder).toEqual(reading.inOrder);
  } finally {
    await logs.remove();
  }
}

test('any history of writing, rotation, compression and restarts', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), layout, play), {
    numRuns: Number(process.env['TOCSIN_TEST_RUNS'] ?? 8),
    interruptAfterTimeLimit: 60_000,
    endOnFailure: false,
  });
}, 120_000);
