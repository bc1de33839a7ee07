/** Lets the thread of an archive read the events that a test made: each line of a batch is the JSON of an event. */
import { existsSync, writeFileSync } from 'node:fs';
import type { LineReading, ReadingModule } from '../../src/archive/archive.ts';
import type { Batch } from '../../src/event/batch.ts';
import { columnsOf } from '../../src/event/decoded-lines.ts';
import type { JsonObject, LogEvent } from '../../src/event/event.ts';
import { makeBatch } from './byte-batch.ts';
import { logEvent, type EventOptions } from './archived-events.ts';

/** An event as a line. `document`: absent if it is the JSON of the line and too deep to be written. */
interface WrittenEvent extends EventOptions {
  readonly document?: JsonObject;
  readonly line: string;
}

type TimedBatch = Batch & { readonly timing: string };

/** `timing`: state of the decoder after the batch. */
export function batchOfEvents(events: readonly LogEvent[], timing: string): TimedBatch {
  const { source, partition } = events[0]!.position;
  const next = events.at(-1)!.position.offset + 1;
  return {
    ...makeBatch(events.map(written), { readAtMs: 0 }),
    source,
    partition,
    offsets: Float64Array.from(events, ({ position }) => position.offset),
    next: { offset: next, proof: `proof of ${next}` },
    // The reading knows nothing but the batch.
    timing,
  };
}

function written({ line, document, timeMs, timeInferred, timeliness, undecodable }: LogEvent): string {
  const event = { line, timeMs, timeInferred, timeliness, undecodable };
  try {
    return JSON.stringify({ ...event, document });
  } catch {
    return JSON.stringify(event);
  }
}

/** This module, for an archive. */
export const eventReading: ReadingModule = { url: import.meta.url, data: undefined };

/** As `eventReading`, but its thread dies amid a batch for as long as there is no file of this path, which it makes then. */
export const dyingReading = (diedFile: string): ReadingModule => ({ url: import.meta.url, data: diedFile });

export function openReading(diedFile?: string): LineReading {
  return {
    read(batch) {
      if (diedFile !== undefined && batch.offsets.length > 1 && !existsSync(diedFile)) {
        writeFileSync(diedFile, '');
        process.exit(1);
      }
      const { bytes, starts, ends, offsets, source, partition } = batch;
      const events = Array.from(offsets, (offset, i) => {
        const text = Buffer.from(bytes.subarray(starts[i], ends[i])).toString();
        const { line, document, ...options } = JSON.parse(text) as WrittenEvent;
        const place = { source, partition, offset };
        return logEvent(document ?? (JSON.parse(line) as JsonObject), { ...options, ...place, line });
      });
      return {
        batch,
        ...columnsOf(events),
        inferred: Uint8Array.from(events, ({ timeInferred }) => (timeInferred ? 1 : 0)),
        timing: (batch as TimedBatch).timing,
        unfit: new Map(),
        event: (line) => events[line]!,
      };
    },
  };
}
