/**
 * Limits the size of the event-time buffer. While too many matches wait in it, partitions that are ahead of those that hold the time back
 * are not read. Nothing is lost: lines that are not read stay in their source. Flink calls this watermark alignment.
 */
import type { PartitionRef } from '../../detect/input/input.ts';
import { WHOLE_SOURCE } from '../../detect/time/partition-table.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { LogReader, LogSource } from '../../ingest/source.ts';
import type { BufferedMatches } from '../types.ts';

interface HeldReader {
  readonly source: Pick<LogSource, 'name'>;
  readonly reader: Pick<LogReader, 'hold'>;
}

export interface Alignment {
  /** Holds the readers or lets them go. Call it after each input. */
  align(readers: readonly HeldReader[]): void;
  /** The text that names the partitions that are waited for, for /readyz. */
  readonly problem: () => string | undefined;
}

/** A waiting match takes about 20 bytes, with values and an event and a group of its own about 300. */
const WAITING_MAX = 500_000;

const nameOf = ({ source, partition }: PartitionRef): string =>
  partition === WHOLE_SOURCE ? source : `${source}/${partition}`;

export function createAlignment(
  buffered: Pick<BufferedMatches, 'waiting' | 'uneven'>,
  telemetry: Telemetry,
  max = WAITING_MAX,
): Alignment {
  let problem: string | undefined;

  function begin(behind: readonly PartitionRef[]): void {
    const names = behind.map(nameOf).join(', ');
    const text = `${max} matches wait to be settled for ${names}, which is behind the others; the others are not read until it has caught up`;
    if (problem === undefined)
      telemetry.log.warn({ 'event.action': 'reading-held' }, `${text}. Look at its lag and at /readyz`);
    problem = text;
  }

  function end(): void {
    if (problem === undefined) return;
    problem = undefined;
    telemetry.log.info({ 'event.action': 'reading-resumed' }, 'all partitions are read again');
  }

  return {
    align(readers) {
      const waiting = buffered.waiting();
      if (problem === undefined && waiting <= max) return;
      const isHeld = waiting > max / 2;
      const { behind, ahead } = isHeld ? buffered.uneven() : { behind: [], ahead: [] };
      if (isHeld) begin(behind);
      else end();
      for (const { source, reader } of readers) {
        const held = ahead.filter((each) => each.source === source.name);
        reader.hold(new Set(held.map(({ partition }) => partition)));
      }
    },
    problem: () => problem,
  };
}
