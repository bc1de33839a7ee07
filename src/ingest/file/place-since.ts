/**
 * Finds the first event of a file that is not older than a time. Where the lines are in order it looks at some tens of places; where they are
 * not, or where too few of them have a time, it reads from the front.
 */
import type { EventTimes, TimedPlace } from './event-times.ts';
import type { CursorAnswer, CursorReading, ReadableFile } from './line-cursor.ts';
import { LineCursor } from './line-cursor.ts';
import type { PackedText } from './packed-text.ts';

/** How lines are found in the bytes of a file, and times in lines. */
export interface TimedReading {
  readonly reading: CursorReading;
  /** Begins a walk. */
  readonly events: () => EventTimes;
}

/** Lines that are earlier than lines before them by no more than this count as in order. */
const DISORDER_MS = 3_600_000;
/** The order is looked at in so many places. */
const PROBES = 32;
/** So much is read at a place, unless a line there is longer. */
const PROBE_BYTES = 131_072;
/** A shorter stretch is read line by line. */
const STRETCH_BYTES = 4 << 20;

/** Returns where the first event that is not older begins in a file of `size` bytes; undefined when all are older. */
export async function placeSince(
  file: ReadableFile,
  size: number,
  sinceMs: number,
  how: TimedReading,
): Promise<number | undefined> {
  const from = await orderedFrom(file, size, sinceMs - DISORDER_MS, how);
  const cursor = new LineCursor(file, 0, from, how.reading);
  await cursor.seek(from, undefined);
  return scan((last) => cursor.next(size, last), sinceMs, how);
}

/** Does the same for the text of a compressed file, which is unpacked from its beginning. Throws DamagedFile. */
export async function packedPlaceSince(
  text: PackedText,
  sinceMs: number,
  how: TimedReading,
): Promise<number | undefined> {
  const cursor = new LineCursor(text, 0, 0, how.reading);
  const next = async (): Promise<CursorAnswer> => {
    for (;;) {
      await text.ahead(cursor.at);
      const { size } = await text.stat();
      const answer = await cursor.next(size, text.isWhole);
      if (answer !== 'none' || text.isWhole) return answer;
      await text.more();
    }
  };
  return scan(next, sinceMs, how);
}

async function scan(
  next: (last: boolean) => Promise<CursorAnswer>,
  sinceMs: number,
  how: TimedReading,
): Promise<number | undefined> {
  const events = how.events();
  let untimed = true;
  for (;;) {
    const lines = await next(true);
    if (lines === 'more') continue;
    const isOver = lines === 'none' || lines === 'changed';
    for (const { at, timeMs } of isOver ? events.end() : events.push(lines)) {
      if (timeMs >= sinceMs) return at;
      untimed &&= Number.isNaN(timeMs);
    }
    // Lines without a time take that of their file, which is not older.
    if (isOver) return untimed ? 0 : undefined;
  }
}

/** Returns a place before which all lines are older than `sinceMs`, if the file is in order; 0 where it is short or not in order. */
async function orderedFrom(
  file: ReadableFile,
  size: number,
  sinceMs: number,
  how: TimedReading,
): Promise<number> {
  if (size <= STRETCH_BYTES) return 0;
  const seen: TimedPlace[] = [];
  for (let i = 0; i < PROBES; i += 1) {
    const line = await timedLineAt(file, Math.floor((size * i) / PROBES), size, how);
    if (line === undefined || isBehind(line, seen.at(-1))) return 0;
    seen.push(line);
  }
  let older = seen.findLast(({ timeMs }) => timeMs < sinceMs);
  if (older === undefined) return 0;
  let end = seen.find(({ timeMs }) => timeMs >= sinceMs)?.at ?? size;
  while (end - older.at > STRETCH_BYTES) {
    const middle = await timedLineAt(file, Math.floor((older.at + end) / 2), size, how);
    if (middle === undefined || isBehind(middle, older)) return 0;
    if (middle.timeMs < sinceMs && middle.at < end) older = middle;
    else end = Math.floor((older.at + end) / 2);
  }
  return older.at;
}

const isBehind = ({ timeMs }: TimedPlace, before: TimedPlace | undefined): boolean =>
  before !== undefined && timeMs < before.timeMs - DISORDER_MS;

/** Returns the first event with a time among those that begin behind `at`, or at 0; undefined when the block there has none. */
async function timedLineAt(
  file: ReadableFile,
  at: number,
  size: number,
  how: TimedReading,
): Promise<TimedPlace | undefined> {
  const cursor = new LineCursor(file, 0, at, how.reading);
  await cursor.seek(at, undefined);
  if (!(await cursor.passLine(size))) return undefined;
  const near = await cursor.next(Math.min(size, cursor.at + PROBE_BYTES));
  const lines = near === 'none' ? await cursor.next(size, true) : near;
  if (typeof lines === 'string') return undefined;
  const events = how.events();
  return [...events.push(lines), ...events.end()].find(({ timeMs }) => !Number.isNaN(timeMs));
}
