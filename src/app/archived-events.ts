/**
 * Reads events of the archive in the order of time, as the decoder gave them: for backtests over the archive and for the course of an
 * alert. Reads slice by slice, so that memory stays bounded however long the time is.
 */
import { createArchive } from '../archive/create.ts';
import type { LogArchive, SearchHit, SearchRequest } from '../archive/archive.ts';
import type { Config } from '../config/config.ts';
import {
  comparePositions,
  type EventPosition,
  type Field,
  type LogEvent,
  type Value,
} from '../event/event.ts';
import type { Clock } from '../event/clock.ts';
import { fieldValue } from '../event/field-value.ts';
import { recordDecoding } from '../ingest/decode/records.ts';
import { isPlainJson } from '../ingest/decode/steps/compile.ts';
import { parseWithNumberTexts } from '../event/number-text.ts';
import { silent } from '../event/telemetry.ts';
import type { Condition, Span, Rule } from '../rule/ast.ts';
import type { Episode } from '../event/alert.ts';
import { interestOf } from '../rule/interest.ts';

export interface EventSlice {
  /** Sorted by time, then by position. */
  readonly events: readonly LogEvent[];
  /** Every event of the archive up to and including this time has been given. */
  readonly readToMs: number;
}

const EVENTS_MAX = 20_000;
const FIRST_SLICE_MS = 10 * 60_000;
const SLICE_MAX_MS = 86_400_000;

/** Yields all events archived from `sinceMs` to `untilMs`, both included, slice by slice. Fails with FixableError. */
export async function* archivedSlices(
  config: Config,
  sinceMs: number,
  untilMs: number,
  clock: Clock,
): AsyncGenerator<EventSlice> {
  const archive = await createArchive(config.archive, config.schema, config.dataDir, silent, clock);
  try {
    let sliceMs = FIRST_SLICE_MS;
    for (let fromMs = sinceMs; fromMs <= untilMs;) {
      const toMs = Math.min(untilMs, fromMs + sliceMs - 1);
      const limit = toMs === fromMs ? Number.MAX_SAFE_INTEGER : EVENTS_MAX + 1;
      const request = { condition: everything, sinceMs: fromMs, untilMs: toMs, limit, matches: () => true };
      const events = await archivedEvents(archive, config, request);
      if (events.length > EVENTS_MAX && toMs > fromMs) {
        sliceMs = Math.max(1, Math.floor((toMs - fromMs + 1) / 4));
        continue;
      }
      yield { events, readToMs: toMs };
      fromMs = toMs + 1;
      if (events.length < EVENTS_MAX / 4) sliceMs = Math.min(SLICE_MAX_MS, sliceMs * 2);
    }
  } finally {
    await archive.close();
  }
}

/** Returns the newest events that the request finds, sorted by time and position. Fails with FixableError. */
export async function archivedEvents(
  archive: Pick<LogArchive, 'search'>,
  config: Config,
  request: SearchRequest,
): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  for await (const hit of archive.search(request)) {
    const event = archivedEvent(hit, config);
    if (event !== undefined) events.push(event);
  }
  return events.sort((a, b) => a.timeMs - b.timeMs || comparePositions(a.position, b.position));
}

/** Returns the event as it was decoded; undefined for a document that Tocsin did not write. */
function archivedEvent(hit: SearchHit, config: Config): LogEvent | undefined {
  const position = positionOf(hit);
  if (position === undefined) return undefined;
  const { timeMs, line, document, timeliness } = hit;
  const decode = config.sources.find(({ name }) => name === hit.source)?.decode;
  const described =
    decode !== undefined && isPlainJson(recordDecoding(decode).steps) && line.trimStart().startsWith('{')
      ? { document, json: line, exactDocument: () => parseWithNumberTexts(line) }
      : { document };
  return {
    position,
    timeMs,
    timeInferred: false,
    timeliness,
    line,
    document,
    values: (field: Field): readonly Value[] => fieldValue(field, described).values,
  };
}

/** Reads the position from the id: `source-partition-offset-hash`, where the hash has 12 characters. */
function positionOf({ id, source }: SearchHit): EventPosition | undefined {
  const [, partition, offset] = /-(\d+)-(\d+)-[\w-]{12}$/u.exec(id) ?? [];
  return partition === undefined
    ? undefined
    : { source, partition: Number(partition), offset: Number(offset) };
}

const nowhere: Span = {
  file: 'condition',
  start: 0,
  end: 0,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
};

/** Selects every event. */
const everything: Condition = { kind: 'and', operands: [], span: nowhere };

/** Returns the condition that an event must satisfy to be of interest to the rule in the group of the episode. */
export function contributes(rule: Rule, { group }: Episode): Condition {
  const { span } = rule;
  const of = Object.entries(group).map(([name, value]): Condition => {
    const literal = { kind: 'string', text: literalText(value), span } as const;
    return { kind: 'field', field: { name, span }, values: [literal], span };
  });
  return { kind: 'and', operands: [interestOf(rule), ...of], span };
}

const literalText = (value: Value): string => String(value);
