/** An event of several lines while its lines are joined. */
import { originOf, type Batch, type LineOrigin, type Origins } from '../event/batch.ts';
import { LINE_MAX_BYTES } from './lines.ts';

const NEWLINE = Buffer.from('\n');

export interface JoinedEvent {
  readonly stream: string;
  /** Further lines may belong to it. */
  isOpen: boolean;
  /** The text of its last line so far, where that line goes on in the next one of the stream. */
  partText: string | undefined;
  readonly parts: Buffer[];
  /** So many parts are copies of their own. */
  copied: number;
  bytes: number;
  lines: number;
  /** Blank lines after the last part. They belong to the event if another line of it follows. */
  blanks: number;
  readonly offset: number;
  lastOffset: number;
  /** This and `origin` are those of its first line. */
  readonly recordTimeMs: number | undefined;
  readonly origin: LineOrigin | undefined;
  /** Proof of the last batch that had been handed out completely when this event began. */
  readonly proofBefore: string;
}

/** Begins an event with a line of a batch. */
export function beginEvent(
  { offsets, recordTimesMs, origins }: Pick<Batch, 'offsets' | 'recordTimesMs' | 'origins'>,
  i: number,
  line: Buffer,
  { stream, proofBefore }: Pick<JoinedEvent, 'stream' | 'proofBefore'>,
): JoinedEvent {
  return {
    stream,
    isOpen: true,
    partText: undefined,
    parts: [line],
    copied: 0,
    bytes: line.length,
    lines: 1,
    blanks: 0,
    offset: offsets[i]!,
    lastOffset: offsets[i]!,
    recordTimeMs: recordTimesMs?.[i],
    origin: origins && originOf(origins, i),
    proofBefore,
  };
}

export function fitsEvent({ lines, bytes, blanks }: JoinedEvent, line: Buffer, linesMax: number): boolean {
  return lines + blanks < linesMax && bytes + blanks + 1 + line.length <= LINE_MAX_BYTES;
}

export function appendLine(event: JoinedEvent, line: Buffer, offset: number): void {
  for (let i = 0; i < event.blanks; i++) event.parts.push(NEWLINE);
  event.parts.push(NEWLINE, line);
  event.bytes += event.blanks + 1 + line.length;
  event.lines += event.blanks + 1;
  event.blanks = 0;
  event.lastOffset = offset;
}

/** Copies the lines, so that they do not keep the whole block that they stand in in memory. */
export function copyLines(event: JoinedEvent): void {
  const { parts } = event;
  for (let i = event.copied; i < parts.length; i++)
    if (parts[i] !== NEWLINE) parts[i] = Buffer.from(parts[i]!);
  event.copied = parts.length;
}

/** Builds the batch of `events`. `held` is the first event that is held back: the position of the batch stays before it. */
export function batchOfEvents(
  batch: Batch,
  events: readonly JoinedEvent[],
  held: JoinedEvent | undefined,
): Batch {
  const bytes = Buffer.concat(events.flatMap((event) => event.parts));
  const starts = new Uint32Array(events.length);
  const ends = new Uint32Array(events.length);
  let at = 0;
  events.forEach((event, i) => {
    starts[i] = at;
    at += event.bytes;
    ends[i] = at;
  });
  const times =
    batch.recordTimesMs === undefined ? undefined : events.map((event) => event.recordTimeMs ?? NaN);
  return {
    ...batch,
    bytes,
    starts,
    ends,
    offsets: Float64Array.from(events, (event) => event.offset),
    ...(times !== undefined && { recordTimesMs: Float64Array.from(times) }),
    ...(batch.origins !== undefined && { origins: originsOf(events, batch.origins) }),
    next: held === undefined ? batch.next : { offset: held.offset, proof: held.proofBefore },
    atEnd: batch.atEnd && held === undefined,
  };
}

function originsOf(events: readonly JoinedEvent[], origins: Origins): Origins {
  return Object.fromEntries(
    Object.entries(origins).map(([name, of]) => [
      name,
      typeof of === 'string' ? of : events.map(({ origin }) => origin?.[name]),
    ]),
  );
}
