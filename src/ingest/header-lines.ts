/**
 * Takes lines with `#` out of logs of W3C: they are no events. A `#Fields:` line names the columns of the lines behind it, and goes on with
 * the batch, to the decoder. A batch of nothing else is not handed out, and the position stays before it, so a restart reads it again.
 */
import type { DecodeConfig } from '../config/config.ts';
import { lineCount, onlyLines, type Batch, type HeaderPlace } from '../event/batch.ts';
import type { LogReader } from './source.ts';

/** One character more than a header may have, so that the decoder can tell. */
const KEPT_UNITS = 4_001;
const HASH = 0x23;
const FIELDS = /^#Fields:\s*/iu;

export const hasHeaders = ({ steps }: DecodeConfig): boolean => steps[0]?.kind === 'w3c';

/** Takes the batches of one partition in order. Returns undefined for one that has no other lines. */
export type HeaderTaker = (batch: Batch) => Batch | undefined;

export function createHeaderTaker(): HeaderTaker {
  /** The last header of batches that were not handed out, and the offset of the first of them. */
  let pending: { readonly fields: string; readonly offset: number } | undefined;
  return (batch) => {
    const first = batch.offsets[0];
    // The source went back: the header comes again.
    if (pending !== undefined && first !== undefined && first <= pending.offset) pending = undefined;
    const { kept, headers } = sorted(batch, pending?.fields);
    if (kept.length > 0 || lineCount(batch) === 0) {
      pending = undefined;
      return headers.length === 0 && kept.length === lineCount(batch)
        ? batch
        : { ...onlyLines(batch, kept), headers };
    }
    const last = headers.at(-1);
    if (last !== undefined) pending = { fields: last.fields, offset: pending?.offset ?? first! };
    return undefined;
  };
}

/** Returns the columns that the last `#Fields:` line of a batch names. */
export const lastHeader = (batch: Batch): string | undefined =>
  sorted(batch, undefined).headers.at(-1)?.fields;

/** Returns the lines that are events, and the headers among them. `before`: a header before all lines. */
function sorted(
  batch: Batch,
  before: string | undefined,
): { readonly kept: readonly number[]; readonly headers: readonly HeaderPlace[] } {
  const { bytes, starts, ends } = batch;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: number[] = [];
  const headers: HeaderPlace[] = before === undefined ? [] : [{ line: 0, fields: before }];
  for (let i = 0; i < lineCount(batch); i += 1) {
    const start = starts[i]! + markLength(buffer, starts[i]!, ends[i]!);
    if (start === ends[i] || buffer[start] !== HASH) {
      kept.push(i);
      continue;
    }
    const text = buffer.toString('utf8', start, Math.min(ends[i]!, start + 4 * KEPT_UNITS));
    const fields = FIELDS.exec(text);
    if (fields === null) continue;
    headers.push({ line: kept.length, fields: text.slice(fields[0].length).trim().slice(0, KEPT_UNITS) });
  }
  return { kept, headers };
}

function markLength(bytes: Buffer, start: number, end: number): number {
  return end - start >= 3 && bytes.readUIntBE(start, 3) === 0xefbbbf ? 3 : 0;
}

/** Wraps a reader so that its batches have no lines with `#`. */
export function withoutHeaders(reader: LogReader): LogReader {
  const takers = new Map<number, HeaderTaker>();
  return {
    async next(waitMs) {
      const untilMs = performance.now() + waitMs;
      for (let leftMs = waitMs; ; leftMs = Math.max(0, untilMs - performance.now())) {
        const batch = await reader.next(leftMs);
        if (batch === undefined) return undefined;
        let take = takers.get(batch.partition);
        if (take === undefined) takers.set(batch.partition, (take = createHeaderTaker()));
        const taken = take(batch);
        if (taken !== undefined) return taken;
      }
    },
    durable(partition, position) {
      reader.durable(partition, position);
    },
    partitions: () => reader.partitions(),
    ...(reader.look !== undefined && { look: () => reader.look!() }),
    hold: (partitions) => reader.hold(partitions),
    close: () => reader.close(),
  };
}
