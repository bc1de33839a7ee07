/**
 * Where we stand in one partition, and whether what Kafka gives us continues it. No I/O. A log that was shortened, or deleted and
 * filled again, must never be read on as if it were ours: so a position is checked against the ends of the log and, by its mark,
 * against the record before it; and again whenever fetching was interrupted, since a log can be replaced in the meantime without
 * any error.
 *
 *   checking ──ends──► verifying ──the marked record──► reading ──gap, jump back──► checking
 *                          ▲                               │
 *                          └────── fetching had paused ────┘          any ──not our log──► halted
 */
import { markOf, sameRecord, type Mark, type MarkedRecord } from './mark.ts';

export interface PartitionPlace {
  phase: 'checking' | 'verifying' | 'reading' | 'halted';
  /** Kafka offset to take next. */
  next: number;
  /** A record was taken or a position was given; before that `next` follows the start of the log. */
  begun: boolean;
  /** The record before `next`, as far as it is known. */
  mark: Mark | undefined;
  /** Latest known end of the log: the offset of the record that comes next. */
  high: number;
  /** When the log was last known to be ours, ms of the clock, and whether it held more then than was fetched. */
  contactAtMs: number;
  behind: boolean;
  /** From `next` to here nothing is in the log, although it begins before: compaction or transactions. */
  gapTo: number;
  halted: string | undefined;
}

/** The first offset of a partition and the one after its last. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** Where reading goes on: the offset to take next, and the mark of the record before it where it is known. */
export interface ReadPosition {
  readonly next: number;
  readonly mark: Mark | undefined;
}

/** Without a position nothing has been read. */
export function newPlace(position: ReadPosition | undefined): PartitionPlace {
  return {
    phase: 'checking',
    next: position?.next ?? 0,
    begun: position !== undefined,
    mark: position?.mark,
    high: 0,
    contactAtMs: 0,
    behind: false,
    gapTo: 0,
    halted: undefined,
  };
}

/** Gives a place that has not begun a position. */
export function beginAt(place: PartitionPlace, position: ReadPosition): void {
  place.next = position.next;
  place.mark = position.mark;
  place.begun = true;
}

/** What to do now that the ends of the log are known: fetch from an offset (having lost some), or stop. */
export type FetchStart =
  { readonly kind: 'fetch'; readonly from: number; readonly lost: number } | { readonly kind: 'halted' };

/** Moves a place that is `checking` on, given the ends of its log. */
export function startWith(place: PartitionPlace, ends: Ends): FetchStart {
  place.high = ends.high;
  if (!place.begun) place.next = ends.low;
  const known = Math.max(place.next, place.mark === undefined ? 0 : place.mark.offset + 1);
  if (known > ends.high) {
    return halt(
      place,
      `its log ends at offset ${ends.high}, before our position ${known}: it was shortened or re-created`,
    );
  }
  place.halted = undefined;
  const lost = Math.max(0, ends.low - place.next);
  if (lost > 0) {
    place.next = ends.low;
    place.mark = undefined;
  }
  if (place.mark !== undefined && place.mark.offset >= ends.low) {
    place.phase = 'verifying';
    return { kind: 'fetch', from: place.mark.offset, lost };
  }
  place.mark = undefined;
  place.phase = 'reading';
  return { kind: 'fetch', from: place.next, lost };
}

/** What a fetch brought: `first` and `last` count every record, also those a consumer does not see (transaction markers). */
export interface Fetched {
  readonly first: number;
  readonly last: number;
  /** The first record that a consumer sees. */
  readonly record: MarkedRecord;
  /** End of the log when it was read. */
  readonly high: number;
  readonly nowMs: number;
  /** When the fetch that brought it was sent. */
  readonly askedAtMs: number;
}

export type Verdict =
  /** The records from `next` on are ours to take. */
  | 'take'
  /** It does not continue what we have: look at the ends of the log. */
  | 'check'
  /** Throw it away and fetch from the mark. */
  | 'verify'
  /** Nothing in it is new: fetch from `next`. */
  | 'seek'
  | 'halted'
  | 'ignore';

/**
 * Deleting a topic, creating it and filling it past our position takes some 100 ms. A fetch is answered at once where the log held
 * more at the last contact: then it must have begun soon after that. At the end of the log it waits for new records, and the log
 * can be replaced under a waiting fetch without an error: then the whole time since the contact counts.
 */
const GAP_MAX_MS = 50;
const WAIT_MAX_MS = 20;

/** Judges what was fetched, and moves the place on. */
export function judge(place: PartitionPlace, arrival: Fetched): Verdict {
  switch (place.phase) {
    case 'checking':
    case 'halted':
      return 'ignore';
    case 'verifying':
      return verify(place, arrival);
    case 'reading':
      return follow(place, arrival);
  }
}

function verify(place: PartitionPlace, arrival: Fetched): Verdict {
  const { mark } = place;
  const found = markOf(arrival.record);
  if (mark === undefined || arrival.first < mark.offset || found.offset < mark.offset) return check(place);
  if (found.offset > mark.offset) {
    // Compacted away, or expired since the ends were asked for: they are asked again, and stand alone.
    place.mark = undefined;
    return check(place);
  }
  if (!sameRecord(mark, found)) {
    halt(place, `the record at offset ${mark.offset} is not the one that was read: the topic was re-created`);
    return 'halted';
  }
  place.phase = 'reading';
  contact(place, arrival.last, arrival.high, arrival.nowMs);
  if (place.next > mark.offset && place.next <= arrival.last + 1) return 'take';
  if (place.next <= mark.offset) place.mark = undefined;
  return 'seek';
}

function follow(place: PartitionPlace, arrival: Fetched): Verdict {
  if (arrival.first < place.next) return check(place); // the client went back to the start of the log by itself
  if (arrival.first > Math.max(place.next, place.gapTo)) {
    place.gapTo = arrival.first;
    return check(place);
  }
  const { contactAtMs, behind } = place;
  const continuous = behind
    ? arrival.askedAtMs - contactAtMs <= GAP_MAX_MS
    : arrival.nowMs - contactAtMs <= WAIT_MAX_MS;
  if (place.mark !== undefined && !continuous) {
    place.phase = 'verifying';
    return 'verify';
  }
  return 'take';
}

function check(place: PartitionPlace): Verdict {
  place.phase = 'checking';
  return 'check';
}

/** Notes that everything up to `last` was taken, `record` being the last that a consumer sees. */
export function taken(
  place: PartitionPlace,
  last: number,
  record: MarkedRecord,
  high: number,
  nowMs: number,
): void {
  place.next = last + 1;
  place.mark = markOf(record);
  place.begun = true;
  place.high = high;
  contact(place, last, high, nowMs);
}

function contact(place: PartitionPlace, last: number, high: number, nowMs: number): void {
  place.contactAtMs = nowMs;
  place.behind = high > last + 1;
}

/** The offsets `first` to `last` hold nothing for a consumer (markers, aborted transactions). */
export function passed(place: PartitionPlace, first: number, last: number): void {
  if (place.phase !== 'reading' || first > place.next || last < place.next) return;
  place.next = last + 1;
}

/**
 * Whether the ends agree with a place that is read; `askedAt` is its `next` when they were asked for. Where they do not, they must be
 * asked for again while it is not read.
 */
export function agrees(place: PartitionPlace, ends: Ends, askedAt: number): boolean {
  if (place.phase !== 'reading') return true;
  place.high = Math.max(place.high, ends.high);
  return ends.high >= askedAt && ends.low <= place.next;
}

function halt(place: PartitionPlace, problem: string): FetchStart {
  place.phase = 'halted';
  place.halted = problem;
  return { kind: 'halted' };
}
