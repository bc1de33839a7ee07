/**
 * An input of the detector as a row of the journal. A batch is bytes: the line of an event stands there once, or its texts for people,
 * whatever the number of rules; names stand there once a row. Any other input is JSON, as batches were before store version 5.
 */
import type { Match, ShownEvent } from '../../event/match.ts';
import { matchColumnsOf } from '../../event/match-columns.ts';
import type { AnyBatch, BatchInput, DetectInput } from '../input/input.ts';
import { MatchesReader, MatchesWriter } from './row-matches.ts';
import { RowReader, RowWriter } from './row-bytes.ts';

/** First byte of a batch as bytes. JSON begins with another one. Raised with every change of the layout. */
const BATCH_FORMAT = 2;
/** The layout in which no event was shown by its line. */
const FORMAT_WITHOUT_LINES = 1;

/** The parts that a batch may have beside its matches. */
const HAS_WATERMARK = 1;
const HAS_FIRST_TIME = 2;
const HAS_LAST_TIME = 4;
const HAS_LATE = 8;

/** Returns a function that makes the row of an input. The row is valid until the next call. */
export function journalRows(): (input: DetectInput) => Uint8Array {
  const writer = new RowWriter();
  return (input) => {
    if (input.kind !== 'batch') return Buffer.from(JSON.stringify(input));
    writer.begin();
    writeBatch(input, writer);
    return writer.written;
  };
}

/** Returns the input of a row. Throws RangeError or SyntaxError for bytes that no version has written. */
export function inputOf(row: Uint8Array): DetectInput {
  if (row[0] === BATCH_FORMAT || row[0] === FORMAT_WITHOUT_LINES) return readBatch(new RowReader(row));
  const input = JSON.parse(Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString()) as DetectInput;
  return input.kind === 'batch' ? asShared(input as BatchInput) : input;
}

function writeBatch(batch: AnyBatch, writer: RowWriter): void {
  const { source, partition, clockMs, watermarkMs, firstTimeMs, lastTimeMs, matches, late } = batch;
  writer.whole(BATCH_FORMAT);
  writer.word(source);
  writer.value(partition);
  writer.value(clockMs);
  writer.whole(
    (watermarkMs === undefined ? 0 : HAS_WATERMARK) +
      (firstTimeMs === undefined ? 0 : HAS_FIRST_TIME) +
      (lastTimeMs === undefined ? 0 : HAS_LAST_TIME) +
      (late === undefined ? 0 : HAS_LATE),
  );
  for (const timeMs of [watermarkMs, firstTimeMs, lastTimeMs]) if (timeMs !== undefined) writer.value(timeMs);
  const list = new MatchesWriter(batch, writer);
  list.write(matchColumnsOf(matches));
  if (late !== undefined) list.write(matchColumnsOf(late));
}

function readBatch(reader: RowReader): BatchInput {
  const format = reader.whole();
  const source = reader.word();
  const partition = reader.value() as number;
  const clockMs = reader.value() as number;
  const has = reader.whole();
  const timeIf = (flag: number): number | undefined =>
    (has & flag) === 0 ? undefined : (reader.value() as number);
  const [watermarkMs, firstTimeMs, lastTimeMs] = [HAS_WATERMARK, HAS_FIRST_TIME, HAS_LAST_TIME].map(timeIf);
  const list = new MatchesReader({ source, partition }, reader, format !== FORMAT_WITHOUT_LINES);
  const matches = list.read();
  const late = (has & HAS_LATE) === 0 ? undefined : list.read();
  reader.end();
  return {
    kind: 'batch',
    source,
    partition,
    clockMs,
    ...(watermarkMs !== undefined && { watermarkMs }),
    ...(firstTimeMs !== undefined && { firstTimeMs }),
    ...(lastTimeMs !== undefined && { lastTimeMs }),
    matches,
    ...(late !== undefined && { late }),
  };
}

/** A match as store version 4 had it: each with its own excerpt and fields. */
type MatchBefore = Omit<Match, 'shown'> & ShownEvent;

/** Returns a batch of store version 4 as this version has it. Matches of one event that stand together share what is shown of it. */
function asShared(batch: BatchInput): BatchInput {
  const { matches, late } = batch as unknown as Readonly<Record<'matches' | 'late', readonly MatchBefore[]>>;
  return { ...batch, matches: shared(matches), ...(batch.late !== undefined && { late: shared(late) }) };
}

function shared(matches: readonly MatchBefore[]): readonly Match[] {
  let last: Match | undefined;
  return matches.map(({ excerpt, fields, ...match }) => {
    const isSame = last?.position.offset === match.position.offset && last.shown.excerpt === excerpt;
    last = { ...match, shown: isSame ? last!.shown : { excerpt, fields } };
    return last;
  });
}
