/**
 * Our place in one partition, and the check that the records from Kafka continue it. No I/O. A log that was shortened, or deleted and
 * filled again, must never be read on as if it were ours. So a position is checked against the ends of the log and, by its mark, against
 * the record before it. It is checked again whenever fetching was interrupted, since a log can be replaced meanwhile without any error.
 *
 *   checking ──ends──► verifying ──the marked record──► reading ──gap, jump back──► checking
 *                          ▲                               │
 *                          └────── fetching had paused ────┘          any ──not our log──► halted
 */
import { markOf, sameRecord, type Mark, type MarkedRecord } from './mark.ts';

export interface PartitionPlace {
  phase: 'checking' | 'verifying' | 'reading' | 'halted';
  /** Kafka offset of the record to take next. */
  next: number;
  /** True once a record was taken or a position was given. Before that, `next` may be behind the start of the log. */
  begun: boolean;
  /** The mark of the record before `next`, when it is known. */
  mark: Mark | undefined;
  /** Latest known end of the log: the offset that the next new record will have. */
  high: number;
  /** `contactAtMs`: when the log was last known to be ours, in ms of the clock. `behind`: the log held more records then than were fetched. */
  contactAtMs: number;
  behind: boolean;
  /** The fetch after this one begins at the mark at once: it will be too late to continue the log unverified (`isBusy`). */
  verifiesNext: boolean;
  /** There is no record from `next` up to here, although the log begins before `next`. The cause is compaction or transactions. */
  gapTo: number;
  /** As in `ReadPosition`. */
  readonly unfit: string | undefined;
  halted: string | undefined;
}

/** The first offset of a partition, and the offset after its last record. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** Where reading goes on: the offset to take next, and the mark of the record before it when that is known. */
export interface ReadPosition {
  readonly next: number;
  readonly mark: Mark | undefined;
  /** Why nothing can be read from here, although the log is the one that was read. */
  readonly unfit?: string | undefined;
}

/** Creates a place. Without `position` nothing has been read: reading begins at `from`, or where the log begins. */
export function newPlace(position: ReadPosition | undefined, from = 0): PartitionPlace {
  return {
    phase: 'checking',
    next: position?.next ?? from,
    begun: position !== undefined,
    mark: position?.mark,
    high: 0,
    contactAtMs: 0,
    behind: false,
    verifiesNext: false,
    gapTo: 0,
    unfit: position?.unfit,
    halted: undefined,
  };
}

/** Gives a position to a place that has not begun. */
export function beginAt(place: PartitionPlace, position: ReadPosition): void {
  place.next = position.next;
  place.mark = position.mark;
  place.begun = true;
}

/** The step that follows once the ends of the log are known: fetch from an offset (`lost` records are gone), or stop. */
export type FetchStart =
  { readonly kind: 'fetch'; readonly from: number; readonly lost: number } | { readonly kind: 'halted' };

/** Moves a place in the phase `checking` on, given the ends of its log. */
export function startWith(place: PartitionPlace, ends: Ends): FetchStart {
  place.high = ends.high;
  if (place.unfit !== undefined) return halt(place, place.unfit);
  if (!place.begun && (place.next < ends.low || place.next > ends.high)) place.next = ends.low;
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

/** A fetch. `first` and `last` count every record, also those that a consumer does not see (transaction markers). */
export interface Fetched {
  readonly first: number;
  readonly last: number;
  /** The first record that a consumer sees. */
  readonly record: MarkedRecord;
  /** The end of the log when the fetch was answered. */
  readonly high: number;
  readonly nowMs: number;
  /** When the fetch was sent. */
  readonly askedAtMs: number;
}

export type Verdict =
  /** The records from `next` on are ours to take. */
  | 'take'
  /** The fetch does not continue our log: look at the ends of the log. */
  | 'check'
  /** Throw the fetch away, and fetch again from the mark. */
  | 'verify'
  /** No record in the fetch is new: fetch from `next`. */
  | 'seek'
  | 'halted'
  | 'ignore';

/**
 * How old a contact may be for a fetch to continue the same log. Deleting a topic, creating it and filling it past our position takes some
 * 100 ms. When the log held more records at the last contact, a fetch is answered at once. So only the time from the contact until the
 * fetch was sent counts. At the end of the log a fetch waits for new records, and the log can be replaced meanwhile without an error. So
 * the whole time since the contact counts.
 */
const GAP_MAX_MS = 50;
const WAIT_MAX_MS = 20;
/**
 * Fetches at most this far apart belong to a log that is written all the time. On a busy machine each of them would come too late, be thrown
 * away, and be fetched again from the mark. Beginning at the mark costs the last batch of records once more, where a fetch thrown away
 * costs all of them and a way to the broker.
 */
const BUSY_MAX_MS = 250;

/** Judges a fetch, and moves the place on. */
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
    // The record was compacted away, or expired since the ends were asked for. The ends are asked for again, and decide without a mark.
    place.mark = undefined;
    return check(place);
  }
  if (!sameRecord(mark, found)) {
    halt(place, `the record at offset ${mark.offset} is not the one that was read: the topic was re-created`);
    return 'halted';
  }
  place.phase = 'reading';
  place.verifiesNext = isBusy(place, arrival);
  contact(place, arrival.last, arrival.high, arrival.nowMs);
  if (place.next > mark.offset && place.next <= arrival.last + 1) return 'take';
  if (place.next <= mark.offset) place.mark = undefined;
  return 'seek';
}

/** Returns true where new records come near the end of the log all the time, but not fast enough to continue it unverified. */
function isBusy({ next, contactAtMs }: PartitionPlace, { last, high, nowMs }: Fetched): boolean {
  const sinceMs = nowMs - contactAtMs;
  const [brought, left] = [last + 1 - next, high - (last + 1)];
  return brought > 0 && left < brought && sinceMs > WAIT_MAX_MS && sinceMs <= BUSY_MAX_MS;
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

/** Records that everything up to `last` was taken. `mark` is that of the last record that a consumer sees. */
export function taken(place: PartitionPlace, last: number, mark: Mark, high: number, nowMs: number): void {
  place.next = last + 1;
  place.mark = mark;
  place.begun = true;
  place.high = high;
  contact(place, last, high, nowMs);
}

function contact(place: PartitionPlace, last: number, high: number, nowMs: number): void {
  place.contactAtMs = nowMs;
  place.behind = high > last + 1;
}

/** Passes over the offsets `first` to `last`, which hold nothing for a consumer (markers, aborted transactions). */
export function passed(place: PartitionPlace, first: number, last: number): void {
  if (place.phase !== 'reading' || first > place.next || last < place.next) return;
  place.next = last + 1;
}

/**
 * Returns true when the ends agree with a place that is being read. `askedAt` is its `next` at the time when the ends were asked for. If
 * they do not agree, the ends must be asked for again while the place is not read.
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
