/**
 * One reader of a topic: a member of its group, with a place and a bounded queue for each partition that is ours. The pipeline decides the
 * positions; the offsets of the group only follow them. The reader hands out no line of a log until it knows that the log continues ours.
 */
import type { Batch, Position } from '../../event/batch.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { linePosition } from '../record-batches.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from '../source.ts';
import { chunksOf } from './chunks.ts';
import { Commits } from './commits.ts';
import type { FetchedRecords } from './fetched.ts';
import type { GroupMember } from './group-consumer.ts';
import type { MemberListener, Refuser } from './membership.ts';
import { highWaterBytes, pushChunks, shiftChunk } from './line-queue.ts';
import { markOf, readProof, recordAt } from './mark.ts';
import { fetchedToEnd, newOwned, type Owned } from './owned.ts';
import { agrees, judge, passed, taken, type Ends, type PartitionPlace } from './place.ts';
import { InGroup } from './in-group.ts';
import { Reach } from './reach.ts';
import { recordsInUtf8 } from './record-text.ts';
import { Starts } from './starts.ts';
import { statusesOf } from './status.ts';
import { reportHalted, reportOutwaited, type KafkaReportContext } from './report.ts';
import type { TopicEnds } from './ends.ts';
import type { OpenedTopic } from './topic-log.ts';
import { transactionAt } from './transactions.ts';
import type { FixableError } from '../../event/fixable-error.ts';
import { within } from '../../event/waiting.ts';
import { Waker } from './waker.ts';

export interface ReaderParts {
  readonly source: string;
  /** The configured encoding of values; absent: UTF-8. */
  readonly encoding?: string | undefined;
  readonly topic: string;
  /** As in `RecordsFrom`. */
  readonly origins: readonly string[];
  readonly options: ReaderOptions;
  readonly telemetry: Telemetry;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly opened: OpenedTopic;
  /** Returns where the reading of a partition begins without a position; undefined: where its log begins. */
  beginsAt(partition: number): number | undefined;
  /** How long an open transaction may hold the watermark back. */
  readonly transactionWaitMs: number;
  /** Joins the group. `listener` is the reader. */
  join(listener: MemberListener): GroupMember;
  /** Explains an error of Kafka for people. */
  explain(error: unknown): string;
  /** Returns the error for people when the topic is not given to us. */
  refusal(by: Refuser): Promise<FixableError>;
}

const TICK_MS = 1000;
const EACH_REMOVED =
  'it was read with `each`, and `each` was removed from the `decode` of its source: the numbers of its events would go back';

export class KafkaReader implements LogReader, MemberListener {
  readonly #parts: ReaderParts;
  readonly #report: KafkaReportContext;
  readonly #member: GroupMember;
  readonly #reach: Reach;
  readonly #starts: Starts;
  readonly #group = new InGroup();
  readonly #timer: NodeJS.Timeout;
  readonly #owned = new Map<number, Owned>();
  /** The position of a partition when it was last ours. The pipeline has everything before it. */
  readonly #handedOut = new Map<number, Position>();
  readonly #commits = new Commits();
  /** Partitions of the topic that are not ours yet, and since when (ms since epoch). */
  readonly #awaited = new Map<number, number>();
  #ticking = false;
  #committing: Promise<void> | undefined;
  #closed = false;
  #held: ReadonlySet<number> = new Set();
  readonly #waker = new Waker();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    const { source, topic, telemetry, options, opened, clock } = parts;
    this.#report = { source, topic, telemetry, reader: options.purpose };
    this.#reach = new Reach(
      { source, topic, telemetry, clock, explain: (error) => parts.explain(error) },
      opened,
    );
    tellReadFurther(options, opened);
    this.#awaitNew(opened.ends);
    this.#member = parts.join(this);
    this.#starts = new Starts({
      reach: this.#reach,
      member: this.#member,
      report: this.#report,
      onContinued: (partition, offset) => parts.options.continued?.(partition, offset),
      onEnds: (ends) => this.#awaitNew(ends),
    });
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  async next(waitMs: number): Promise<Batch | undefined> {
    const giveUpAtMs = performance.now() + waitMs;
    while (!this.#closed) {
      // Archiving does not give up, but waits: the reader that has its topic may end, and the missing records are still in Kafka then.
      const { refusal } = this.#group;
      if (refusal !== undefined && this.#parts.options.purpose === 'alert') throw refusal;
      const batch = this.#handOut();
      if (batch !== undefined) return batch;
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) return undefined;
      await this.#waker.wait(leftMs);
    }
    return undefined;
  }

  durable(partition: number, position: Position): void {
    this.#commits.durable(partition, position);
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#held = partitions;
    this.#waker.wake();
  }

  partitions(): readonly PartitionStatus[] {
    const { topic, options } = this.#parts;
    const view = {
      topic,
      owned: this.#owned,
      awaited: this.#awaited,
      held: this.#held,
      isLive: this.#group.joined && this.#reach.fresh,
      keepsTime: options.purpose === 'alert',
      unreachable: this.#reach.problem ?? this.#group.problem(),
      endsOf: (partition: number) => this.#reach.lastEnds.get(partition),
      nextOf: (partition: number) => this.#positionOf(partition)?.offset ?? this.#parts.beginsAt(partition),
    };
    return statusesOf(view, this.#parts.clock.wallMs());
  }

  async look(): Promise<void> {
    const ends = await this.#reach.ends();
    if (ends !== undefined) this.#awaitNew(ends);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#starts.close();
    clearInterval(this.#timer);
    this.#waker.wake();
    const committed = this.#commit().then(() => this.#commit());
    await within(committed, 1000);
    await Promise.all([this.#member.close(), this.#parts.opened.log.close()]);
    this.#owned.clear();
  }

  joined(partitions: readonly number[]): void {
    this.#group.join(partitions);
    for (const partition of this.#owned.keys()) {
      if (partitions.includes(partition)) continue;
      this.#owned.delete(partition);
      this.#commits.lost(partition);
    }
    this.#starts.clear();
    this.#member.pause(partitions);
    for (const partition of partitions) {
      const owned = this.#owned.get(partition) ?? this.#newlyOwned(partition);
      this.#owned.set(partition, owned);
      this.#awaited.delete(partition);
      this.#starts.ask(partition, owned);
    }
    this.#awaitNew(this.#reach.lastEnds);
  }

  /** Every partition of the topic is ours to read. Until a partition is given to us it holds the watermark back. */
  #awaitNew(ends: ReadonlyMap<number, Ends>): void {
    for (const partition of this.#awaited.keys()) if (!ends.has(partition)) this.#awaited.delete(partition);
    for (const partition of ends.keys()) {
      if (this.#owned.has(partition) || this.#awaited.has(partition)) continue;
      this.#awaited.set(partition, this.#parts.clock.wallMs());
    }
  }

  left(reason: string): void {
    this.#group.leave(reason);
    this.#starts.clear();
  }

  refused(by: Refuser): void {
    void this.#parts.refusal(by).then((refusal) => {
      if (this.#owned.size > 0 || this.#closed) return;
      this.#group.refuse(refusal);
      this.#waker.wake();
    });
  }

  passed(partition: number, first: number, last: number): void {
    const owned = this.#owned.get(partition);
    if (owned !== undefined) passed(owned.place, first, last);
  }

  fetched(fetched: FetchedRecords, askedAtMs: number): boolean {
    const { partition, first, last, high, records } = fetched;
    const owned = this.#owned.get(partition);
    if (owned === undefined || owned.queue.full) return false;
    const { place } = owned;
    const nowMs = this.#parts.clock.wallMs();
    const arrival = { first, last, record: recordAt(records[0]!, 0), high, askedAtMs, nowMs };
    switch (judge(place, arrival)) {
      case 'take':
        this.#take(owned, fetched, nowMs);
        if (!place.verifiesNext || place.mark === undefined) return true;
        place.phase = 'verifying';
        this.#member.seek(partition, place.mark.offset);
        return false;
      case 'check':
        this.#starts.ask(partition, owned);
        return false;
      case 'verify':
        this.#member.seek(partition, place.mark?.offset ?? place.next);
        return false;
      case 'seek':
        this.#member.seek(partition, place.next);
        return false;
      case 'halted':
        this.#member.pause([partition]);
        reportHalted(this.#report, partition, place);
        return false;
      case 'ignore':
        return false;
    }
  }

  #newlyOwned(partition: number): Owned {
    const position = this.#positionOf(partition);
    const from = this.#parts.beginsAt(partition);
    if (position === undefined) return newOwned(undefined, from);
    const unfit = linePosition(position) && EACH_REMOVED;
    return newOwned({ next: position.offset, mark: readProof(position.proof), unfit }, from);
  }

  #positionOf(partition: number): Position | undefined {
    const durable = this.#parts.options.position(partition);
    const handedOut = this.#handedOut.get(partition);
    return (durable?.offset ?? -1) >= (handedOut?.offset ?? -1) ? durable : handedOut;
  }

  #take({ place, queue }: Owned, { partition, records, last, high }: FetchedRecords, nowMs: number): void {
    const { source, encoding, origins } = this.#parts;
    const texts = records.map((some) => recordsInUtf8(some, place.next, encoding));
    const chunks = chunksOf(source, partition, { records: texts, from: place.next, origins }, nowMs);
    taken(place, last, markOf(recordAt(records.at(-1)!, -1)), high, nowMs);
    if (chunks.length === 0) return;
    if (pushChunks(queue, chunks, highWaterBytes(this.#owned.size))) this.#member.pause([partition]);
    this.#waker.wake();
  }

  /** Returns the next chunk. The partitions take turns. */
  #handOut(): Batch | undefined {
    for (const [partition, owned] of this.#owned) {
      if (this.#held.has(partition)) continue;
      const shifted = shiftChunk(owned.queue, highWaterBytes(this.#owned.size));
      if (shifted === undefined) continue;
      this.#owned.delete(partition);
      this.#owned.set(partition, owned);
      this.#handedOut.set(partition, shifted.chunk.next);
      if (shifted.refill) this.#refill(partition, owned.place);
      return { ...shifted.chunk, atEnd: owned.queue.chunks.length === 0 && fetchedToEnd(owned) };
    }
    return undefined;
  }

  /** Fetches again after a pause, from the last record on, since the log may have been replaced meanwhile. */
  #refill(partition: number, place: PartitionPlace): void {
    if (place.phase === 'checking' || place.phase === 'halted') return;
    if (place.mark !== undefined) place.phase = 'verifying';
    this.#member.seek(partition, place.mark?.offset ?? place.next);
    this.#member.resume(partition);
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    void this.#commit();
    const askedAt = new Map([...this.#owned].map(([partition, { place }]) => [partition, place.next]));
    const ends = await this.#reach.ends();
    if (ends !== undefined) this.#awaitNew(ends);
    if (this.#group.joined && this.#owned.size > 0 && this.#awaited.size > 0) this.#member.lookAgain();
    for (const [partition, owned] of this.#owned) {
      const known = ends?.get(partition);
      if (known === undefined) continue;
      if (!agrees(owned.place, known, askedAt.get(partition) ?? 0)) this.#starts.ask(partition, owned);
      this.#lookForTransaction(partition, owned, known);
    }
    this.#measure();
    this.#ticking = false;
  }

  #lookForTransaction(partition: number, owned: Owned, ends: TopicEnds): void {
    const { transactionWaitMs, options, clock } = this.#parts;
    const before = owned.transaction;
    const clocks = { nowMs: clock.wallMs(), steadyMs: performance.now() };
    const open = transactionAt(before, owned.place.next, ends, clocks, transactionWaitMs);
    owned.transaction = open;
    if (options.purpose !== 'alert' || open?.outwaited !== true) return;
    if (before?.outwaited !== true || before.offset !== open.offset)
      reportOutwaited(this.#report, partition, open, ends.high);
  }

  /** Commits one at a time. While Kafka is away, a commit takes as long as the retries of the client. */
  #commit(): Promise<void> {
    this.#committing ??= this.#commitNow().finally(() => {
      this.#committing = undefined;
    });
    return this.#committing;
  }

  async #commitNow(): Promise<void> {
    try {
      await this.#commits.commit(this.#member, (partition) => this.#owned.has(partition));
    } catch (error) {
      const fields = { 'event.action': 'kafka-commit', 'error.message': String(error) };
      this.#parts.telemetry.log.debug(fields, `source ${this.#parts.source}: offsets not committed`);
    }
  }

  #measure(): void {
    const { source, telemetry, options } = this.#parts;
    for (const { partition, lag, halted } of this.partitions()) {
      const labels = { source, partition, reader: options.purpose };
      telemetry.gauge('partition_halted', labels, halted === undefined ? 0 : 1);
      if (lag !== undefined) telemetry.gauge('source_lag', labels, lag);
      const durable = this.#commits.position(partition);
      if (durable !== undefined) telemetry.gauge('position', labels, durable.offset);
    }
  }
}

/** Reports the partitions that the group had read beyond our own positions. Another reader went on, or our positions come from an older copy. */
function tellReadFurther(options: ReaderOptions, { committed }: OpenedTopic): void {
  for (const [partition, { next }] of committed) {
    const own = options.position(partition)?.offset;
    if (own !== undefined && own < next) options.readFurther?.(partition, own, next);
  }
}
