/**
 * Decides which index an event goes to. Usually it is the index of its UTC day. If the archive does not keep that day, it is
 * `<index>-undated`. An id is unique only within one index, so a replay must decide as the first writing did. For this the range of days is
 * recorded, with the offset from which it holds, before any event that it placed is sent.
 */
import type { DayRange, JudgedRange, PositionStore } from './position-store.ts';

export const DAY_MS = 86_400_000;

/**
 * Returns the range of days that have an index of their own at this time: from the first day of the retention to tomorrow. Days since
 * epoch.
 */
export function daysKept(nowMs: number, retentionMs: number): DayRange {
  const today = dayOf(nowMs);
  return { oldestDay: today - Math.ceil(retentionMs / DAY_MS), newestDay: today + 1 };
}

export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Returns `<index>-yyyy.MM.dd`. */
export function dailyIndex(index: string, day: number): string {
  return `${index}-${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '.')}`;
}

export function undatedIndex(index: string): string {
  return `${index}-undated`;
}

/** Returns the day of a daily index from its name, undefined for any other index. */
export function dayOfIndex(index: string, name: string): number | undefined {
  if (!name.startsWith(`${index}-`)) return undefined;
  const date = /^(\d{4})\.(\d{2})\.(\d{2})$/.exec(name.slice(index.length + 1));
  if (date === null) return undefined;
  const day = dayOf(Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3])));
  return dailyIndex(index, day) === name ? day : undefined;
}

export class Placement {
  readonly #store: PositionStore;

  constructor(store: PositionStore) {
    this.#store = store;
  }

  /**
   * Returns the range of days for each offset of a batch, in order. Records new ranges first. Throws if they cannot be recorded; the batch
   * must not be sent then.
   */
  judge(source: string, partition: number, offsets: readonly number[], kept: DayRange): DayRange[] {
    const [first] = offsets;
    const last = offsets.at(-1);
    if (first === undefined || last === undefined) return [];
    const durable = this.#store.position(source, partition)?.position.offset ?? 0;
    let judged = this.#store.judged(source, partition);
    // Nothing is replayed from below the durable position. Such an offset means that the log was begun anew, and the old ranges do not
    // apply to it.
    if (first < durable && judged.ranges.at(-1)?.oldestDay !== kept.oldestDay)
      judged = { until: 0, ranges: [] };
    const until = Math.max(judged.until, last + 1);
    const ranges = extended(judged.ranges, Math.max(first, judged.until), last, durable, kept);
    if (until !== judged.until || ranges !== judged.ranges) {
      this.#store.recordJudged(source, partition, { until, ranges });
    }
    return offsets.map((offset) => rangeAt(ranges, offset));
  }
}

/** Returns the ranges plus today's range from the first new offset on. Leaves out ranges that no replay can ask for any more. */
function extended(
  ranges: readonly JudgedRange[],
  firstNew: number,
  last: number,
  durable: number,
  kept: DayRange,
): readonly JudgedRange[] {
  const latest = ranges.at(-1);
  const isSame = latest?.oldestDay === kept.oldestDay && latest.newestDay === kept.newestDay;
  if (isSame || firstNew > last) return ranges;
  const needed = ranges.filter((_range, i) => (ranges[i + 1]?.fromOffset ?? firstNew) > durable);
  return [...needed, { fromOffset: firstNew, ...kept }];
}

function rangeAt(ranges: readonly JudgedRange[], offset: number): DayRange {
  return ranges.findLast((range) => range.fromOffset <= offset) ?? ranges[0]!;
}

/** Returns the index of an event with this time under this range of days. */
export type Place = (timeMs: number, range: DayRange) => string;

/** Creates a function that remembers the index of the last day: most events are of the same day as the one before. */
export function placing(index: string): Place {
  const undated = undatedIndex(index);
  let known = { day: NaN, name: '' };
  return (timeMs, { oldestDay, newestDay }) => {
    const day = dayOf(timeMs);
    if (!(day >= oldestDay && day <= newestDay)) return undated;
    if (known.day !== day) known = { day, name: dailyIndex(index, day) };
    return known.name;
  };
}
