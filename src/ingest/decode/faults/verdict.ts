/** Judges a sample of lines of a source: how many could not be read as they should be, and why. */
import { isAscii } from 'node:buffer';
import type { Batch } from '../../../event/batch.ts';
import type { Schema } from '../../../event/event.ts';
import { decodeAfterTheFact } from '../after-the-fact.ts';
import { createDecoder, type DecodedBatch, type Decoding } from '../decoder.ts';
import { FAULT_REASONS, shownPart, type FaultReason, type ReadingFault, type SeenLines } from './fault.ts';
import { faultOf, linesOf } from './find.ts';
import { seenLines } from './seen-lines.ts';
import { hourSlips, untimedFault } from './times.ts';

/** A fault of a sample, with the number of lines that have it. */
export interface FoundFault extends ReadingFault {
  readonly reason: FaultReason | 'values_unfit';
  readonly count: number;
  /** The field whose values are unfit. */
  readonly field?: string;
}

export interface SampleVerdict {
  readonly lines: number;
  /** The number of lines by reason. */
  readonly counts: Readonly<Record<FaultReason, number>>;
  /** The number of values that do not fit their field, by field. */
  readonly unfit: Readonly<Record<string, number>>;
  /** The faults of more than half of the lines, and hours that cannot be meant. */
  readonly faults: readonly FoundFault[];
}

/** Below this number, a few lines that are not of the encoding may be an accident. */
const NOT_UTF8_MIN = 5;

/** Judges lines by their partitions. Throws RangeError for decoding settings that cannot be used. */
export async function judgeSample(
  source: Decoding,
  schema: Schema,
  partitions: readonly (readonly Batch[])[],
): Promise<SampleVerdict> {
  const decoder = createDecoder(source, schema);
  const decoded: DecodedBatch[] = [];
  for (const batches of partitions)
    for await (const each of decodeAfterTheFact(inOrder(batches), decoder)) decoded.push(each);
  const seen = seenLines(source, schema, decoded);
  const byReason = FAULT_REASONS.map((reason) => ({ reason, bad: linesOf(reason, seen) }));
  const isTooMany = mostOf(seen);
  const faults = byReason.flatMap(({ reason, bad }): readonly FoundFault[] => {
    const fault = isTooMany(reason, bad.length) ? faultOf(reason, bad, seen) : undefined;
    return fault === undefined ? [] : [{ reason, count: bad.length, ...fault }];
  });
  const unfit = unfitValues(seen);
  return {
    lines: seen.lines.length,
    counts: Object.fromEntries(
      byReason.map(({ reason, bad }) => [reason, bad.length]),
    ) as SampleVerdict['counts'],
    unfit: Object.fromEntries(unfit.map(({ field, count }) => [field, count])),
    faults: [
      ...faults.filter(isNews),
      ...slipFaults(seen, faults),
      ...unfit.flatMap(({ fault }) => fault ?? []),
    ],
  };
}

/** Bytes of a wrong encoding are often undecodable as well: once is enough. */
const isNews = ({ cause }: FoundFault, at: number, all: readonly FoundFault[]): boolean =>
  all.findIndex((other) => other.cause === cause) === at;

async function* inOrder(batches: readonly Batch[]): AsyncGenerator<Batch> {
  await Promise.resolve();
  yield* batches;
}

/** Returns a function that tells if so many lines are most of those that they can be among. */
function mostOf({ lines }: SeenLines): (reason: FaultReason, count: number) => boolean {
  // Lines of ASCII are the same in nearly every encoding.
  const beyondAscii = lines.filter(({ bytes }) => !isAscii(bytes)).length;
  return (reason, count) => {
    if (reason !== 'lines_not_utf8') return 2 * count > lines.length;
    return 2 * count > beyondAscii && count >= Math.min(NOT_UTF8_MIN, lines.length);
  };
}

/** An hour that cannot be meant is a fault however seldom it is: it comes every afternoon. */
function slipFaults(seen: SeenLines, others: readonly FoundFault[]): readonly FoundFault[] {
  if (others.some(({ reason }) => reason === 'lines_untimed')) return [];
  const slips = hourSlips(linesOf('lines_untimed', seen), seen);
  if (slips.length === 0) return [];
  return [{ reason: 'lines_untimed', count: slips.length, ...untimedFault(slips, seen) }];
}

interface UnfitField {
  readonly field: string;
  readonly count: number;
  readonly fault?: FoundFault;
}

function unfitValues({ schema, decoded, lines }: SeenLines): readonly UnfitField[] {
  return schema.fields.flatMap((field): readonly UnfitField[] => {
    const fit = lines.filter(({ event }) => event.values(field).length > 0).length;
    const count = decoded.reduce((sum, { counts }) => sum + (counts.unfit.get(field.name) ?? 0), 0);
    if (count === 0) return [];
    if (count <= fit) return [{ field: field.name, count }];
    const example = lines.find(
      ({ event }) => event.undecodable === undefined && event.values(field).length === 0,
    );
    const fault: FoundFault = {
      reason: 'values_unfit',
      count,
      field: field.name,
      cause: `they are not of its type ${field.type}, so no rule sees them`,
      ...(example && { example: shownPart(example.event.line) }),
      fix: `change \`fields.${field.name}.type\` to what the lines hold, or its \`path\``,
    };
    return [{ field: field.name, count, fault }];
  });
}
