/**
 * Log files as a source: globs whose files are followed as they grow and rotate. A partition is a path. Its offsets count bytes over all
 * files that have been the log at that path, and each file has a span of offsets for itself.
 */
import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { SourceConfig } from '../../config/config.ts';
import type { FileSourceConfig } from '../../config/sources/file.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { FirstStart, LogSource } from '../source.ts';
import { cursorReading, firstSight } from './first-sight.ts';
import { Logs } from './logs.ts';
import { ownOutput } from './own-output.ts';
import { FileReader } from './reader.ts';
import { Registry } from './registry.ts';

export interface FileSourceOptions {
  readonly clock: Clock;
  /** How often files are looked at. A change that the file system reports only makes the next look sooner. */
  readonly pollMs?: number;
  /** How long a rotated file must have been quiet before the next file is begun. */
  readonly graceMs?: number;
  /** How long a file must have been quiet before its last line is taken without a line end. */
  readonly lastLineMs?: number;
  /** Absent where lines of the source had been read before. */
  readonly firstStart?: FirstStart;
  /** Descriptors of the output of this process. A file behind one of them is not read. */
  readonly outputs?: readonly number[];
}

const POLL_MS = 250;
const GRACE_MS = 1_000;
const LAST_LINE_MS = 10_000;
/** A compressed file must not have changed for so many times `graceMs` before it is read. */
const ARCHIVE_QUIET_FACTOR = 5;
/** New files are searched for at every poll of this number. */
const POLLS_PER_SEARCH = 4;
const NUDGE_MS = 10;

/** Rejects with FixableError when there are files and none of them can be read. */
export async function openFileSource(
  config: SourceConfig & { readonly kind: FileSourceConfig },
  dataDir: string,
  telemetry: Telemetry,
  options: FileSourceOptions,
): Promise<LogSource> {
  const registry = new Registry(dataDir, config.name);
  const readers = new Set<FileReader>();
  const notifyReaders = (): void => readers.forEach((reader) => reader.nudge());
  const logs = await findLogs(config, registry, telemetry, options).catch((error: unknown) => {
    registry.close();
    throw error;
  });
  const look = startLooking(logs, options.pollMs ?? POLL_MS, telemetry, notifyReaders);
  return {
    name: config.name,
    finite: false,
    mayHaveNone: true,
    open(readerOptions) {
      const context = {
        source: config.name,
        purpose: readerOptions.purpose,
        registry,
        logs,
        telemetry,
        lines: cursorReading(config),
        clock: options.clock,
        graceMs: options.graceMs ?? GRACE_MS,
        lastLineMs: options.lastLineMs ?? LAST_LINE_MS,
      };
      const reader = new FileReader(context, readerOptions, () => readers.delete(reader));
      readers.add(reader);
      return Promise.resolve(reader);
    },
    async close() {
      await look.stop();
      await Promise.all([...readers].map((reader) => reader.close()));
      registry.close();
    },
  };
}

async function findLogs(
  config: SourceConfig & { readonly kind: FileSourceConfig },
  registry: Registry,
  telemetry: Telemetry,
  { firstStart, outputs = [1, 2], clock, graceMs = GRACE_MS }: FileSourceOptions,
): Promise<Logs> {
  const { paths } = config.kind;
  const logs = new Logs(
    config.name,
    paths,
    registry,
    telemetry,
    ownOutput(outputs),
    clock,
    ARCHIVE_QUIET_FACTOR * graceMs,
    await firstSight(config, paths, registry, firstStart),
  );
  await logs.findNew();
  await logs.checkAll();
  const problem = logs.sight.firstProblem;
  if ([...logs.all].length === 0 && problem !== undefined) throw problem;
  return logs;
}

/** Looks at the files again and again. A look ends before the next begins. */
function startLooking(
  logs: Logs,
  pollMs: number,
  telemetry: Telemetry,
  changed: () => void,
): { stop(): Promise<void> } {
  const watchers = new Map<string, FSWatcher>();
  let polls = 0;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let nudge: NodeJS.Timeout | undefined;
  let saidError = '';

  async function look(): Promise<void> {
    try {
      if (polls++ % POLLS_PER_SEARCH === 0) await logs.findNew();
      await logs.checkAll();
      saidError = '';
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== saidError)
        telemetry.log.error({ 'error.message': message }, `looking for log files: ${message}`);
      saidError = message;
    }
    changed();
  }

  function again(): void {
    if (stopped) return;
    watchFolders();
    timer = setTimeout(() => {
      looking = look().then(again);
    }, pollMs);
  }

  /** Called when the file system reports a change. A renamed file brings the next search forward; any change wakes the readers early. */
  function onNudge(event: string): void {
    if (event === 'rename') polls = 0;
    nudge ??= setTimeout(() => {
      nudge = undefined;
      changed();
    }, NUDGE_MS);
  }

  function watchFolders(): void {
    for (const { path } of logs.all) {
      const folder = dirname(path);
      if (watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, onNudge);
        watcher.on('error', () => {
          watcher.close();
          watchers.delete(folder);
        });
        watchers.set(folder, watcher);
      } catch {
        // Not every file system reports changes. Polling finds everything.
      }
    }
  }

  again();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(nudge);
      watchers.forEach((watcher) => {
        watcher.close();
      });
      await looking;
    },
  };
}
