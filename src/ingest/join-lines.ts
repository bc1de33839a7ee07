/**
 * Joins lines into events of several lines (a stack trace, parts of a container runtime), as `Joining` says. An event that is still open is
 * held back, with the events of other streams behind it, and the position stays before it until it has been handed out. So a restart reads
 * the whole event again.
 */
import type { Batch, GarbledLines, Position } from '../event/batch.ts';
import { lineCount, withGarbled } from '../event/batch.ts';
import { withoutMark } from '../event/number-text.ts';
import { inSlices, whole, type Slices } from '../event/slices.ts';
import { joinedLine, type JoinedLine, type Joining } from './joining.ts';
import { LINE_MAX_BYTES } from './lines.ts';
import type { LogReader, PartitionStatus } from './source.ts';

const JOINED_LINES_MAX = 1_000;
/** An open event is handed out once nothing has come from its partition for this long. */
const SILENCE_MS = 1_000;
/** Events wait for an open one of another stream no longer than this. */
const BLOCKING_MS = 5_000;
/** How often a partition that holds an event and is not at its end is looked at again. */
const RECHECK_MS = 100;
/** Events that wait behind an open one; with more, the open one counts as complete. */
const HELD_EVENTS_MAX = 1_000;
const HELD_BYTES_MAX = 4 * LINE_MAX_BYTES;
const NEWLINE = Buffer.from('\n');

export interface JoinOptions {
  /** Returns the position at which the reader began in a partition: the same answers as in ReaderOptions. */
  position(partition: number): Position | undefined;
  /** The clock that measures how long a partition has been silent, in ms. */
  readonly nowMs?: () => number;
}

interface JoinedEvent {
  readonly stream: string;
  /** Further lines may belong to it. */
  isOpen: boolean;
  /** Its last line goes on in the next one of the stream. */
  isPart: boolean;
  readonly parts: Buffer[];
  bytes: number;
  lines: number;
  /** Blank lines after the last part. They belong to the event if another line of it follows. */
  blanks: number;
  readonly offset: number;
  readonly recordTimeMs: number | undefined;
  /** Proof of the last batch that had been handed out completely when this event began. */
  readonly proofBefore: string;
}

/** Joins the lines of one partition. */
export interface LineJoiner {
  /** Takes a batch and returns the events that are complete now; undefined when every line is held back. */
  push(batch: Batch): Batch | undefined;
  /** Does the same as `push`, and yields after each line: matching `start` against a line may take a while. */
  pushing(batch: Batch): Slices<Batch | undefined>;
  /** Returns the held events as a batch of their own, and holds nothing any more. */
  flush(): Batch | undefined;
  readonly holds: boolean;
  /** The offset of an open event that events of other streams wait for; undefined if there is none. */
  readonly blocking: number | undefined;
  /** Takes the first event for complete. Returns what can be handed out then. */
  giveUp(): Batch | undefined;
}

export function createLineJoiner(joining: Joining, proof = ''): LineJoiner {
  return new Joiner(joining, proof);
}

class Joiner implements LineJoiner {
  readonly #joining: Joining;
  /** In the order of their first lines. */
  #held: JoinedEvent[] = [];
  #last: Batch | undefined;
  #cutLines = 0;
  #garbled: GarbledLines | undefined;
  #proofBefore: string;

  constructor(joining: Joining, proof: string) {
    this.#joining = joining;
    this.#proofBefore = proof;
  }

  get holds(): boolean {
    return this.#held.length > 0;
  }

  get blocking(): number | undefined {
    return this.#held.length > 1 ? this.#held[0]!.offset : undefined;
  }

  giveUp(): Batch | undefined {
    if (!this.holds || this.#last === undefined) return undefined;
    this.#held[0]!.isOpen = false;
    const done: JoinedEvent[] = [];
    this.#release(done);
    return this.#built(this.#last, done, this.#held[0]);
  }

  push(batch: Batch): Batch | undefined {
    return whole(this.pushing(batch));
  }

  *pushing(batch: Batch): Slices<Batch | undefined> {
    const first = batch.offsets[0];
    // The source went back (Kafka after a rebalance): the lines of the held events come again.
    if (this.holds && first !== undefined && first <= this.#held[0]!.offset) this.#held = [];
    const done: JoinedEvent[] = [];
    for (let i = 0; i < lineCount(batch); i++) {
      this.#take(batch, i);
      this.#release(done);
      yield;
    }
    this.#cutLines += batch.cutLines;
    this.#garbled = withGarbled(this.#garbled, batch.garbled);
    this.#proofBefore = batch.next.proof;
    this.#last = batch;
    const result = done.length === 0 ? undefined : this.#built(batch, done, this.#held[0]);
    // The parts of held events are copied, so that they do not keep the whole block of their first line in memory.
    this.#held = this.#held.map((event) => ({
      ...event,
      parts: event.parts.map((part) => Buffer.from(part)),
    }));
    return result;
  }

  flush(): Batch | undefined {
    if (!this.holds || this.#last === undefined) return undefined;
    const result = this.#built(this.#last, this.#held, undefined);
    this.#held = [];
    return result;
  }

  /** Builds the batch of `done`. `held` is the first event that is held back: the position of the batch stays before it. */
  #built(batch: Batch, done: readonly JoinedEvent[], held: JoinedEvent | undefined): Batch {
    const result = build({ ...batch, cutLines: this.#cutLines, garbled: this.#garbled }, done, held);
    this.#cutLines = 0;
    this.#garbled = undefined;
    return result;
  }

  #take(batch: Batch, i: number): void {
    const from = batch.bytes.byteOffset + batch.starts[i]!;
    const bytes = Buffer.from(batch.bytes.buffer, from, batch.ends[i]! - batch.starts[i]!);
    if (bytes.length === 0) {
      const last = this.#held.at(-1);
      if (last !== undefined) last.blanks++;
      return;
    }
    const line = joinedLine(withoutMark(bytes.toString('utf8')), this.#joining.envelope);
    const open = this.#held.find(({ stream, isOpen }) => isOpen && stream === line.stream);
    if (open !== undefined && (open.isPart || !this.#begins(line)) && fits(open, bytes)) append(open, bytes);
    else this.#begin(batch, i, bytes, line.stream);
    const event = open?.isOpen === true ? open : this.#held.at(-1)!;
    event.isPart = line.isPart;
    event.isOpen = line.isPart || this.#joining.start !== undefined;
  }

  #begins({ text }: JoinedLine): boolean {
    return this.#joining.start?.test(text) ?? true;
  }

  #begin(batch: Batch, i: number, bytes: Buffer, stream: string): void {
    for (const event of this.#held) if (event.stream === stream) event.isOpen = false;
    this.#held.push({
      stream,
      isOpen: true,
      isPart: false,
      parts: [bytes],
      bytes: bytes.length,
      lines: 1,
      blanks: 0,
      offset: batch.offsets[i]!,
      recordTimeMs: batch.recordTimesMs?.[i],
      proofBefore: this.#proofBefore,
    });
  }

  /** Moves the first events to `done`, up to one that is open. */
  #release(done: JoinedEvent[]): void {
    const first = this.#held[0];
    if (first?.isOpen === true && this.#isFull()) first.isOpen = false;
    let count = 0;
    while (this.#held[count]?.isOpen === false) count++;
    if (count > 0) done.push(...this.#held.splice(0, count));
  }

  #isFull(): boolean {
    if (this.#held.length < 2) return false;
    return (
      this.#held.length > HELD_EVENTS_MAX ||
      this.#held.reduce((sum, { bytes }) => sum + bytes, 0) > HELD_BYTES_MAX
    );
  }
}

interface HeldOf {
  readonly joiner: LineJoiner;
  /** `blocking` of the joiner, and since when. */
  blocking?: number | undefined;
  blockingSinceMs: number;
  quietSinceMs: number;
}

/** The held events of the partitions of a reader. */
class HeldEvents {
  readonly #reader: LogReader;
  readonly #joining: Joining;
  readonly #options: JoinOptions;
  readonly #nowMs: () => number;
  readonly #partitions = new Map<number, HeldOf>();

  constructor(reader: LogReader, joining: Joining, options: JoinOptions, nowMs: () => number) {
    this.#reader = reader;
    this.#joining = joining;
    this.#options = options;
    this.#nowMs = nowMs;
  }

  of(partition: number): HeldOf {
    let entry = this.#partitions.get(partition);
    if (entry === undefined) {
      const proof = this.#options.position(partition)?.proof ?? '';
      entry = {
        joiner: createLineJoiner(this.#joining, proof),
        quietSinceMs: this.#nowMs(),
        blockingSinceMs: 0,
      };
      this.#partitions.set(partition, entry);
    }
    return entry;
  }

  isHeld(partition: number): boolean {
    return this.#partitions.get(partition)?.joiner.holds === true;
  }

  /** Returns for how long events of other streams have waited for the same open one. */
  #blockedMs(entry: HeldOf): number {
    const { blocking } = entry.joiner;
    if (blocking !== entry.blocking) {
      entry.blocking = blocking;
      entry.blockingSinceMs = this.#nowMs();
    }
    return blocking === undefined ? 0 : this.#nowMs() - entry.blockingSinceMs;
  }

  /** Returns an event that has been held long enough, or the ms until one may have been (Infinity when nothing is held). */
  due(): Batch | number {
    const holding = [...this.#partitions].filter(([, { joiner }]) => joiner.holds);
    if (holding.length === 0) return Infinity;
    const statuses = new Map(this.#reader.partitions().map((status) => [status.partition, status]));
    let waitMs = Infinity;
    for (const [partition, entry] of holding) {
      const { joiner, quietSinceMs } = entry;
      const status = statuses.get(partition);
      if (status === undefined) {
        // The partition is no longer ours. The reader that has it now reads these lines again.
        this.#partitions.delete(partition);
        continue;
      }
      const leftMs = quietSinceMs + SILENCE_MS - this.#nowMs();
      if (status.ended === true || (status.atEnd && leftMs <= 0)) {
        const batch = joiner.flush();
        if (batch !== undefined) return { ...batch, atEnd: status.atEnd };
      }
      const blockedMs = this.#blockedMs(entry);
      if (blockedMs >= BLOCKING_MS) {
        const batch = joiner.giveUp();
        if (batch !== undefined) return { ...batch, atEnd: status.atEnd && !joiner.holds };
      }
      waitMs = Math.min(waitMs, leftMs > 0 ? leftMs : RECHECK_MS, BLOCKING_MS - blockedMs);
    }
    return Math.max(0, waitMs);
  }
}

/** Wraps a reader so that each line of its batches is a whole event. */
export function joinLines(reader: LogReader, joining: Joining, options: JoinOptions): LogReader {
  const nowMs = options.nowMs ?? (() => performance.now());
  const held = new HeldEvents(reader, joining, options, nowMs);
  let closed = false;
  /** The partition whose lines are being joined at this moment. */
  let busy: number | undefined;

  async function next(waitMs: number): Promise<Batch | undefined> {
    const deadlineMs = nowMs() + waitMs;
    for (;;) {
      if (closed) return undefined;
      const due = held.due();
      if (typeof due !== 'number') return due;
      const leftMs = Math.max(0, deadlineMs - nowMs());
      const batch = await reader.next(Math.min(leftMs, due));
      if (batch !== undefined) {
        const entry = held.of(batch.partition);
        entry.quietSinceMs = nowMs();
        busy = batch.partition;
        const joined = await inSlices(entry.joiner.pushing(batch));
        busy = undefined;
        if (joined !== undefined) return joined;
      } else if (nowMs() >= deadlineMs) {
        const late = held.due();
        return typeof late === 'number' ? undefined : late;
      }
    }
  }

  function status(of: PartitionStatus): PartitionStatus {
    if (busy !== of.partition && !held.isHeld(of.partition)) return of;
    return { ...of, atEnd: false, ...(of.ended === true && { ended: false }) };
  }

  return {
    next,
    durable(partition, position) {
      reader.durable(partition, position);
    },
    partitions: () => reader.partitions().map(status),
    hold: (partitions) => reader.hold(partitions),
    async close() {
      closed = true;
      await reader.close();
    },
  };
}

function fits({ lines, bytes, blanks }: JoinedEvent, line: Buffer): boolean {
  return lines + blanks < JOINED_LINES_MAX && bytes + blanks + 1 + line.length <= LINE_MAX_BYTES;
}

function append(event: JoinedEvent, line: Buffer): void {
  for (let i = 0; i < event.blanks; i++) event.parts.push(NEWLINE);
  event.parts.push(NEWLINE, line);
  event.bytes += event.blanks + 1 + line.length;
  event.lines += event.blanks + 1;
  event.blanks = 0;
}

function build(batch: Batch, events: readonly JoinedEvent[], held: JoinedEvent | undefined): Batch {
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
    next: held === undefined ? batch.next : { offset: held.offset, proof: held.proofBefore },
    atEnd: batch.atEnd && held === undefined,
  };
}
