/**
 * Standard input as a source. It is taken in only as fast as there is room in the spool. So when a reader stands still, the program that
 * writes to us must wait, and nothing is thrown away.
 */
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { SourceConfig } from '../../config/config.ts';
import type { StdinSourceConfig } from '../../config/sources/stdin.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { LogSource } from '../source.ts';
import { StdinIntake } from './intake.ts';
import { StdinReader } from './reader.ts';
import { Spool } from './spool.ts';

/** Rejects with FixableError when the data folder cannot hold the spool. */
export async function openStdinSource(
  config: SourceConfig & { readonly kind: StdinSourceConfig },
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
  input: Readable = process.stdin,
): Promise<LogSource> {
  const readers = new Set<StdinReader>();
  const nudgeAll = (): void => {
    for (const reader of readers) reader.nudge();
  };
  const spool = await Spool.open(
    join(dataDir, 'spool', encodeURIComponent(config.name)),
    config.kind.spoolBytes,
    nudgeAll,
  );
  const intake = new StdinIntake({
    source: config.name,
    encoding: config.encoding,
    input,
    spool,
    nudgeAll,
    telemetry,
    clock,
  });
  return {
    name: config.name,
    finite: true,
    async open(options) {
      await spool.advanceTo(options.position(0)?.offset ?? 0);
      const keepBlank = config.decode.multiline !== undefined;
      const context = { source: config.name, spool, intake, keepBlank, telemetry, clock };
      const reader = new StdinReader(context, options, () => readers.delete(reader));
      readers.add(reader);
      return reader;
    },
    async close() {
      await intake.stop();
      await Promise.all([...readers].map((reader) => reader.close()));
      await spool.close();
    },
  };
}
