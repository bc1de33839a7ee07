/** Reads the own times of events while one walks through the lines of a file: joined, under their header, taken apart, as the source has them. */
import { ORIGIN_FILE, ORIGIN_HEADER_LINE } from '../../config/decode/origins.ts';
import type { SourceConfig } from '../../config/config.ts';
import type { Batch } from '../../event/batch.ts';
import { makeSchema } from '../../event/schema.ts';
import { createDecoder } from '../decode/decoder.ts';
import { createHeaderTaker, hasHeaders } from '../header-lines.ts';
import { joiningOf } from '../joining.ts';
import { createLineJoiner } from '../line-joiner.ts';
import { toBatch, type Lines } from '../lines.ts';
import { recordsOnce, splittingOf } from '../record-batches.ts';

/** Where the first line of an event begins, and its time, ms since epoch; NaN for none and for one in the future. */
export interface TimedPlace {
  readonly at: number;
  readonly timeMs: number;
}

export interface EventTimes {
  /** Returns the events that are complete with these lines. They have their times of their own. */
  push(lines: Lines): readonly TimedPlace[];
  /** Returns those that are complete because no line follows. */
  end(): readonly TimedPlace[];
}

/** Where the lines of a walk come from. */
export interface LinesFrom {
  /** The path of the log. */
  readonly path: string;
  /** The header at the beginning of the file. */
  readonly header: string | undefined;
}

/** Returns a function that begins a walk. Times after `atMs` are in the future. */
export function eventTimesOf(config: SourceConfig, atMs: number, from: LinesFrom): () => EventTimes {
  const decoder = createDecoder(config, makeSchema([]));
  const { path, header } = from;
  const origins = { [ORIGIN_FILE]: path, ...(header !== undefined && { [ORIGIN_HEADER_LINE]: header }) };
  const joining = joiningOf(config.decode);
  const splitting = splittingOf(config.decode);
  const isHeaded = hasHeaders(config.decode);

  return () => {
    const joiner = isHeaded || joining === undefined ? undefined : createLineJoiner(joining);
    const take = isHeaded ? createHeaderTaker() : (batch: Batch) => batch;
    let columns: string | undefined;

    function timed(batch: Batch): readonly TimedPlace[] {
      const { times, header: last } = decoder.read(batch, undefined, columns);
      columns = last;
      return Array.from(batch.offsets, (at, i) => ({ at, timeMs: times.latest(i) }));
    }

    function eventsIn(batch: Batch | undefined): readonly TimedPlace[] {
      if (batch === undefined) return [];
      if (splitting === undefined) return timed(batch);
      const places: TimedPlace[] = [];
      for (const records of recordsOnce(batch, splitting)) places.push(...timed(records));
      return atLines(places, batch.offsets);
    }

    return {
      push(lines) {
        const origin = {
          source: config.name,
          partition: 0,
          next: { offset: lines.next, proof: '' },
          origins,
        };
        const batch = toBatch(lines, { ...origin, readAtMs: atMs, writtenByMs: atMs, atEnd: false });
        return eventsIn(joiner === undefined ? take(batch) : joiner.push(batch));
      },
      end: () => eventsIn(joiner?.flush()),
    };
  };
}

/** Returns records with the places of the lines that they are in. */
function atLines(records: readonly TimedPlace[], lines: Float64Array): readonly TimedPlace[] {
  let line = 0;
  return records.map(({ at, timeMs }) => {
    while (line + 1 < lines.length && lines[line + 1]! <= at) line += 1;
    return { at: lines[line]!, timeMs };
  });
}
