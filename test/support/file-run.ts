/** A file source on a temporary folder, run and restarted as the product does it: what is read becomes durable, positions outlive a run. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceConfig } from '../../src/config/config.ts';
import type { Batch, Position } from '../../src/event/batch.ts';
import type { Clock } from '../../src/event/clock.ts';
import { openFileSource } from '../../src/ingest/file/source.ts';
import type { FirstStart, LogReader, ReaderPurpose } from '../../src/ingest/source.ts';
import type { Line, Remembering } from './batches.ts';
import { rightClock } from './clock.ts';
import { linesOf, remembering } from './batches.ts';

export interface FileRun {
  readonly reader: LogReader;
  readonly report: Remembering;
  readonly cutLines: number;
  /** Reads until `count` more lines have come. */
  lines(count: number): Promise<Line[]>;
  /** Everything until nothing has come for this time. */
  drain(quietMs?: number): Promise<Line[]>;
  stop(): Promise<void>;
}

export interface FileRunOptions {
  readonly globs?: readonly string[];
  readonly purpose?: ReaderPurpose;
  readonly positions?: Map<number, Position>;
  readonly graceMs?: number;
  readonly pollMs?: number;
  readonly clock?: Clock;
  readonly lastLineMs?: number;
  readonly encoding?: string;
  readonly start?: 'end' | number;
  /** How lines are read; absent: as JSON, with their time in `t`. */
  readonly decoding?: Pick<SourceConfig, 'decode' | 'timestamp'>;
  /** When the source was started first; absent: lines of it had been read before. */
  readonly firstStartMs?: number;
  /** Descriptors that stand for standard output and error. */
  readonly outputs?: readonly number[];
}

export interface LogFolder {
  readonly dir: string;
  readonly dataDir: string;
  path(name?: string): string;
  run(options?: FileRunOptions): Promise<FileRun>;
  /** Stops what runs and removes everything. */
  remove(): Promise<void>;
}

export function makeLogFolder(): LogFolder {
  const top = mkdtempSync(join(tmpdir(), 'tocsin-files-'));
  const dir = join(top, 'logs');
  const dataDir = join(top, 'data');
  mkdirSync(dir);
  const running = new Set<FileRun>();

  async function run(options: FileRunOptions = {}): Promise<FileRun> {
    const { globs = ['*.log'], purpose = 'archive', positions = new Map<number, Position>() } = options;
    const report = remembering();
    const source = await openFileSource(
      {
        ...sourceConfig(options.start),
        ...options.decoding,
        kind: { kind: 'file', paths: globs.map((glob) => join(dir, glob)) },
        ...(options.encoding !== undefined && { encoding: options.encoding }),
      },
      dataDir,
      report,
      {
        pollMs: options.pollMs ?? 10,
        graceMs: options.graceMs ?? 50,
        ...(options.lastLineMs !== undefined && { lastLineMs: options.lastLineMs }),
        ...(options.outputs !== undefined && { outputs: options.outputs }),
        ...(options.firstStartMs !== undefined && { firstStart: firstStartAt(options.firstStartMs) }),
        clock: options.clock ?? rightClock(),
      },
    );
    const reader = await source.open({ purpose, position: (partition) => positions.get(partition) });
    let cutLines = 0;
    const take = (batch: Batch): Line[] => {
      cutLines += batch.cutLines;
      positions.set(batch.partition, batch.next);
      reader.durable(batch.partition, batch.next);
      return linesOf(batch);
    };
    const it: FileRun = {
      reader,
      report,
      get cutLines() {
        return cutLines;
      },
      async lines(count) {
        const lines: Line[] = [];
        while (lines.length < count) {
          const batch = await reader.next(5_000);
          if (batch === undefined)
            throw new Error(`only ${lines.length} of ${count}: ${report.messages.join('; ')}`);
          lines.push(...take(batch));
        }
        return lines;
      },
      async drain(quietMs = 200) {
        const lines: Line[] = [];
        for (let batch = await reader.next(quietMs); batch !== undefined; batch = await reader.next(quietMs))
          lines.push(...take(batch));
        return lines;
      },
      async stop() {
        running.delete(it);
        await source.close();
      },
    };
    running.add(it);
    return it;
  }

  return {
    dir,
    dataDir,
    path: (name = 'app.log') => join(dir, name),
    run,
    async remove() {
      for (const it of running) await it.stop();
      rmSync(top, { recursive: true });
    },
  };
}

export function firstStartAt(atMs: number): FirstStart {
  return { atMs, isOver: false, offsets: () => undefined, keepOffsets: () => undefined };
}

/** The configuration of the source `orders`, whose kind is not that of any test. */
export function sourceConfig(start?: 'end' | number): SourceConfig {
  return {
    name: 'orders',
    kind: { kind: 'file', paths: [] },
    decode: { steps: [{ kind: 'json' }] },
    timestamp: { path: ['t'], format: 'iso8601', timezone: 'UTC' },
    latenessMs: 0,
    ...(start !== undefined && { start }),
  };
}
