/**
 * The texts of the latest matches, for messages: a ring over all rules. State keeps only a number into it; what has been
 * overwritten is shown by its time and position alone.
 */
import type { Sample } from '../event/alert.ts';
import { comparePositions } from '../event/event.ts';
import type { Match } from '../event/match.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { EventRef } from './operator.ts';

export interface Samples {
  /** Keeps the text of a match; the number goes into its EventRef. */
  keep(match: Match): number;
  of(event: EventRef): Sample;
  save(writer: ByteWriter): void;
  load(reader: ByteReader): void;
}

/** Bounds memory (about 1 kB each) and the time a snapshot takes. */
const capacity = 8192;

export function createSamples(): Samples {
  const ring: Sample[] = [];
  let next = 0;
  return {
    keep({ timeMs, position, excerpt, fields }) {
      const number = next;
      ring[number] = { timeMs, position, excerpt, fields };
      next = (next + 1) % capacity;
      return number;
    },
    of({ timeMs, position, sample }) {
      const kept = ring[sample];
      if (kept !== undefined && comparePositions(kept.position, position) === 0) return kept;
      return { timeMs, position, excerpt: '', fields: {} };
    },
    save(writer) {
      writer.u32(next);
      writer.json(ring);
    },
    load(reader) {
      next = reader.u32();
      ring.push(...(reader.json() as Sample[]));
    },
  };
}
