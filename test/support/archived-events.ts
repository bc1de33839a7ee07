/** Events for the tests of the archives, as a decoder of JSON lines would give them. */
import type { ArchiveBatch } from '../../src/archive/archive.ts';
import type { Batch } from '../../src/event/batch.ts';
import { columnsOf } from '../../src/event/decoded-lines.ts';
import type { Field, JsonObject, LogEvent, Timeliness } from '../../src/event/event.ts';
import { fieldValue } from '../../src/event/field-value.ts';
import { parseWithNumberTexts } from '../../src/event/number-text.ts';
import { makeSchema } from '../../src/event/schema.ts';
import type { Decoder } from '../../src/ingest/decode/decoder.ts';
import type { CompareOp, Condition, Literal } from '../../src/rule/ast.ts';
import { batchOfEvents } from './event-reading.ts';

const DECLARED: readonly Field[] = [
  { name: 'service', type: 'keyword', paths: ['service.name', 'service'] },
  { name: 'level', type: 'keyword', paths: ['log.level', 'level'], normalise: 'upper' },
  { name: 'order_id', type: 'keyword', paths: ['order_id'] },
  { name: 'status', type: 'long', paths: ['status'] },
  { name: 'duration_ms', type: 'double', paths: ['duration_ms'] },
  { name: 'paid', type: 'boolean', paths: ['paid'] },
  { name: 'due', type: 'date', paths: ['due'] },
  { name: 'error.message', type: 'text', paths: ['error.message'] },
  { name: 'message', type: 'text', paths: ['message'] },
];

export const orderSchema = makeSchema(DECLARED, ['level', 'message', 'error.message']);

export interface EventOptions {
  readonly source?: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly timeMs?: number;
  /** The line as it was read, by default the JSON of the document. */
  readonly line?: string;
  readonly timeInferred?: boolean;
  readonly timeliness?: Timeliness;
  readonly undecodable?: string;
}

export const SOME_TIME_MS = Date.UTC(2026, 10, 23, 9, 0, 0);

export function logEvent(document: JsonObject, options: EventOptions = {}): LogEvent {
  const { source = 'orders', partition = 0, offset = 0, timeMs = SOME_TIME_MS } = options;
  const line = options.line ?? JSON.stringify(document);
  return {
    position: { source, partition, offset },
    timeMs,
    timeInferred: options.timeInferred ?? false,
    timeliness: options.timeliness ?? 'in_time',
    ...(options.undecodable !== undefined && { undecodable: options.undecodable }),
    line,
    document,
    values: (field) =>
      fieldValue(field, { document, json: line, exactDocument: () => parseWithNumberTexts(line) }).values,
  };
}

/** A batch of one partition, for an archive that reads by `eventReading`; it ends after its last event. */
export function archiveBatch(events: readonly LogEvent[], timing = '{}'): ArchiveBatch {
  const batch = batchOfEvents(events, timing);
  const inferred = Uint8Array.from(events, ({ timeInferred }) => (timeInferred ? 1 : 0));
  const lines = { batch, ...columnsOf(events), inferred, timing, event: (line: number) => events[line]! };
  return { batch, decoded: () => Promise.resolve(lines) };
}

/** A batch as it was read, at the start of its partition. */
export function unreadBatch(batch: Batch, decoder: Pick<Decoder, 'decode'>): ArchiveBatch {
  const decoded = () => Promise.resolve(decoder.decode(batch, undefined));
  return { batch, before: { timing: undefined }, decoded };
}

const span = { file: 'test', start: 0, end: 0, line: 1, column: 1, endLine: 1, endColumn: 1 };

export function literal(text: string, kind: Literal['kind'] = 'string'): Literal {
  return { kind, text, span };
}

/** Conditions by hand, for tests that are not about the language. */
export const condition = {
  value: (text: string, kind?: Literal['kind']): Condition => ({
    kind: 'value',
    value: literal(text, kind),
    span,
  }),
  field: (name: string, ...values: Literal[]): Condition => ({
    kind: 'field',
    field: { name, span },
    values,
    span,
  }),
  compare: (name: string, op: CompareOp, limit: string): Condition => ({
    kind: 'compare',
    field: { name, span },
    op,
    value: literal(limit, 'number'),
    span,
  }),
  exists: (name: string): Condition => ({ kind: 'exists', field: { name, span }, span }),
  and: (...operands: Condition[]): Condition => ({ kind: 'and', operands, span }),
  or: (...operands: Condition[]): Condition => ({ kind: 'or', operands, span }),
  not: (operand: Condition): Condition => ({ kind: 'not', operand, span }),
};

/** All hits of a search. */
export async function collect<T>(hits: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const hit of hits) all.push(hit);
  return all;
}
