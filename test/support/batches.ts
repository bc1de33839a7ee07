/** Batches as a test wants to see them, and a telemetry that remembers what was said and counted. */
import type { Batch } from '../../src/event/batch.ts';
import type { Labels, Telemetry } from '../../src/event/telemetry.ts';

export interface Line {
  readonly partition: number;
  readonly offset: number;
  /** Bytes as latin1, so that none of them is lost. */
  readonly text: string;
}

export function linesOf(batch: Batch): Line[] {
  return Array.from(batch.offsets, (offset, i) => ({
    partition: batch.partition,
    offset,
    text: Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString('latin1'),
  }));
}

export function textsOf(lines: readonly Line[]): string[] {
  return lines.map(({ text }) => text);
}

export interface Remembering extends Telemetry {
  readonly messages: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** With which labels each was counted, in turn. */
  readonly labels: ReadonlyMap<string, readonly Labels[]>;
}

export function remembering(): Remembering {
  const messages: string[] = [];
  const counts = new Map<string, number>();
  const labels = new Map<string, Labels[]>();
  const say = (_fields: object, message: string): void => void messages.push(message);
  return {
    messages,
    counts,
    labels,
    log: { debug: say, info: say, warn: say, error: say },
    count: (name, of, by = 1) => {
      counts.set(name, (counts.get(name) ?? 0) + by);
      labels.set(name, [...(labels.get(name) ?? []), of]);
    },
    gauge: () => undefined,
  };
}

/** A batch of these lines; `offset` is that of the first, the others follow by their length. */
export function batchOf(texts: readonly string[], offset = 0, over: Partial<Batch> = {}): Batch {
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
  const starts = new Uint32Array(texts.length);
  const ends = new Uint32Array(texts.length);
  let at = 0;
  texts.forEach((text, i) => {
    starts[i] = at;
    ends[i] = at + Buffer.byteLength(text);
    at = ends[i] + 1;
  });
  return {
    source: 'orders',
    partition: 0,
    bytes,
    starts,
    ends,
    offsets: Float64Array.from(starts, (start) => offset + start),
    readAtMs: 0,
    next: { offset: offset + at, proof: `to ${offset + at}` },
    cutLines: 0,
    atEnd: false,
    ...over,
  };
}
