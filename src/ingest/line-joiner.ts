/**
 * Joins the lines of one partition into events of several lines, as `Joining` says. An event that is still open is held back, with the
 * events of other streams behind it, and the position stays before it until it has been handed out.
 */
import type { Batch, GarbledLines } from '../event/batch.ts';
import { lineCount, withGarbled } from '../event/batch.ts';
import { withoutMark } from '../event/number-text.ts';
import { whole, type Slices } from '../event/slices.ts';
import {
  appendLine,
  batchOfEvents,
  beginEvent,
  copyLines,
  fitsEvent,
  type JoinedEvent,
} from './joined-event.ts';
import { joinedLine, type Joining } from './joining.ts';
import { LINE_MAX_BYTES } from './lines.ts';

/** Events that wait behind an open one; with more, all count as complete. */
const HELD_EVENTS_MAX = 1_000;
const HELD_BYTES_MAX = 4 * LINE_MAX_BYTES;

export interface LineJoiner {
  /** Takes a batch and returns the events that are complete now; undefined when every line is held back. */
  push(batch: Batch): Batch | undefined;
  /** Does the same as `push`, and yields after each line: matching a pattern against a line may take a while. */
  pushing(batch: Batch): Slices<Batch | undefined>;
  /** Returns the held events as a batch of their own, and holds nothing any more. */
  flush(): Batch | undefined;
  readonly holds: boolean;
  /** Where the last line of an open event stands that events of other streams wait for; undefined if there is none. */
  readonly blocking: number | undefined;
  /** Takes the first open event for complete. Returns what can be handed out then. */
  giveUp(): Batch | undefined;
}

/** `proof`: of the position at which the reader begins. */
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
    return this.#held.length > 1 ? this.#firstOpen?.lastOffset : undefined;
  }

  giveUp(): Batch | undefined {
    const first = this.#firstOpen;
    if (first === undefined || this.#last === undefined) return undefined;
    first.isOpen = false;
    const done: JoinedEvent[] = [];
    this.#release(done);
    return done.length === 0 ? undefined : this.#built(this.#last, done);
  }

  get #firstOpen(): JoinedEvent | undefined {
    return this.#held.find(({ isOpen }) => isOpen);
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
    const result = done.length === 0 ? undefined : this.#built(batch, done);
    this.#held.forEach(copyLines);
    return result;
  }

  flush(): Batch | undefined {
    if (!this.holds || this.#last === undefined) return undefined;
    return this.#built(this.#last, this.#held.splice(0));
  }

  #built(batch: Batch, done: readonly JoinedEvent[]): Batch {
    const counted = { cutLines: this.#cutLines, garbled: this.#garbled };
    this.#cutLines = 0;
    this.#garbled = undefined;
    const result = batchOfEvents({ ...batch, ...counted }, done, this.#held[0]);
    return result;
  }

  #take(batch: Batch, i: number): void {
    const from = batch.bytes.byteOffset + batch.starts[i]!;
    const bytes = Buffer.from(batch.bytes.buffer, from, batch.ends[i]! - batch.starts[i]!);
    if (bytes.length === 0) {
      this.#takeBlank();
      return;
    }
    const line = joinedLine(withoutMark(bytes.toString('utf8')), this.#joining.envelope);
    const open = this.#held.find(({ stream, isOpen }) => isOpen && stream === line.stream);
    const belongs = open !== undefined && (open.partText !== undefined || this.#goesOnWith(line.text));
    let event = open!;
    if (belongs && fitsEvent(open, bytes, this.#joining.linesMax)) appendLine(open, bytes, batch.offsets[i]!);
    else {
      if (belongs) this.#cutLines += 1;
      if (open !== undefined) open.isOpen = false;
      event = beginEvent(batch, i, bytes, { stream: line.stream, proofBefore: this.#proofBefore });
      this.#held.push(event);
    }
    const text = (event.partText ?? '') + line.text;
    event.partText = line.isPart ? text : undefined;
    event.isOpen = line.isPart || this.#mayGoOnAfter(text);
  }

  /** A blank line is a part of its event, unless it is what ends it. */
  #takeBlank(): void {
    const last = this.#held.at(-1);
    if (last === undefined) return;
    last.blanks += 1;
    if (last.isOpen && last.partText === undefined && !this.#mayGoOnAfter('')) last.isOpen = false;
  }

  /** Returns true if a line belongs to the open event before it. The first part of a line in parts tells. */
  #goesOnWith(text: string): boolean {
    const { by, pattern } = this.#joining.lines ?? {};
    if (pattern === undefined) return false;
    return by === 'end' || pattern.test(text) === (by === 'continue');
  }

  /** Returns true if further lines may belong to the event that a line belongs to. */
  #mayGoOnAfter(text: string): boolean {
    const { lines } = this.#joining;
    return lines !== undefined && !(lines.by === 'end' && lines.pattern.test(text));
  }

  /**
   * Moves the first events to `done`, up to one that is open. A restart begins before the first event that stays, so no line behind that
   * place may have been handed out: events whose lines stand between those of an open one wait for it.
   */
  #release(done: JoinedEvent[]): void {
    if (this.#isFull()) for (const event of this.#held) event.isOpen = false;
    let count = 0;
    let lastOffset = -1;
    for (const [i, event] of this.#held.entries()) {
      if (event.isOpen) break;
      lastOffset = Math.max(lastOffset, event.lastOffset);
      if (lastOffset < (this.#held[i + 1]?.offset ?? Infinity)) count = i + 1;
    }
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
