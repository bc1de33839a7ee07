/**
 * One reader of a topic: a member of its group, with a place and a bounded queue for each partition that is ours. Positions are
 * the pipeline's; the group's offsets only follow them. Never hands out a line of a log that is not known to continue ours.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch as FetchedBatch } from 'kafkajs';
import type { Batch, Position } from '../../event/batch.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from '../source.ts';
import { chunksOf } from './chunks.ts';
import { Commits } from './commits.ts';
import type { GroupMember, MemberListener } from './group-consumer.ts';
import { highWaterBytes, newQueue, pushChunks, shiftChunk, type LineQueue } from './line-queue.ts';
import { readProof } from './mark.ts';
import {
  agrees,
  beginAt,
  judge,
  newPlace,
  passed,
  startWith,
  taken,
  type Arrival,
  type Ends,
  type Place,
  type ReadPosition,
} from './place.ts';
import { Reach } from './reach.ts';
import { reportHalted, reportLost, type ReportContext } from './report.ts';
import type { TopicLog } from './topic-log.ts';

export interface ReaderParts {
  readonly source: string;
  readonly topic: string;
  readonly options: ReaderOptions;
  readonly telemetry: Telemetry;
  readonly log: TopicLog;
  /** Joins the group; the reader listens. */
  join(listener: MemberListener): GroupMember;
}

/** A partition that is ours. */
interface Owned {
  readonly place: Place;
  readonly queue: LineQueue;
}

const tickMs = 1000;

/**
 * A partition of the topic that is not ours counts as ours for this long: until the session of a killed member ends, the group
 * gives us only a part, and what the rest holds must not find the time settled past it.
 */
const returnMs = 60_000;

export class KafkaReader implements LogReader, MemberListener {
  readonly #parts: ReaderParts;
  readonly #report: ReportContext;
  readonly #member: GroupMember;
  readonly #reach: Reach;
  readonly #timer: NodeJS.Timeout;
  readonly #owned = new Map<number, Owned>();
  /** Partitions whose log must be looked at before they are read; a new object for each time of asking. */
  readonly #asked = new Map<number, { readonly owned: Owned }>();
  /** Where a partition stood when it was last ours: the pipeline has everything before it. */
  readonly #handedOut = new Map<number, Position>();
  readonly #commits = new Commits();
  /** Partitions of the topic that are not ours, and since when (ms since epoch). */
  readonly #elsewhere = new Map<number, number>();
  #joined = false;
  #asking = false;
  #ticking = false;
  #committing: Promise<void> | undefined;
  #closed = false;
  #held: ReadonlySet<number> = new Set();
  #arrival = Promise.withResolvers<undefined>();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    const { source, topic, telemetry, options } = parts;
    this.#report = { source, topic, telemetry, reader: options.purpose };
    this.#reach = new Reach(source, topic, telemetry, parts.log);
    this.#member = parts.join(this);
    this.#timer = setInterval(() => void this.#tick(), tickMs);
  }

  async next(waitMs: number): Promise<Batch | undefined> {
    const giveUpAtMs = performance.now() + waitMs;
    while (!this.#closed) {
      const batch = this.#handOut();
      if (batch !== undefined) return batch;
      const leftMs = giveUpAtMs - performance.now();
      if (leftMs <= 0) return undefined;
      const waited = new AbortController();
      await Promise.race([this.#arrival.promise, delay(leftMs, undefined, waited).catch(() => undefined)]);
      waited.abort();
    }
    return undefined;
  }

  durable(partition: number, position: Position): void {
    this.#commits.durable(partition, position);
  }

  hold(partitions: ReadonlySet<number>): void {
    this.#held = partitions;
    this.#wake();
  }

  partitions(): readonly PartitionStatus[] {
    const live = this.#joined && this.#reach.fresh;
    const ours = [...this.#owned].map(([partition, { place, queue }]) => ({
      partition,
      label: `${this.#parts.topic}/${partition}`,
      atEnd: live && queue.chunks.length === 0 && readToEnd(place) && !this.#held.has(partition),
      ...(place.high > 0 && { lag: Math.max(0, place.high - (queue.chunks[0]?.offsets[0] ?? place.next)) }),
      ...(place.halted !== undefined && { halted: place.halted }),
    }));
    const nowMs = Date.now();
    const returning = [...this.#elsewhere]
      .filter(([, sinceMs]) => nowMs - sinceMs < returnMs)
      .map(([partition]) => ({
        partition,
        label: `${this.#parts.topic}/${partition}`,
        atEnd: false,
        away: true,
      }));
    return [...ours, ...returning].sort((a, b) => a.partition - b.partition);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#wake();
    const committed = this.#commit().then(() => this.#commit());
    await Promise.race([committed, delay(1000, undefined, { ref: false })]);
    await Promise.all([this.#member.close(), this.#parts.log.close()]);
    this.#owned.clear();
  }

  joined(partitions: readonly number[]): void {
    this.#joined = true;
    for (const partition of this.#owned.keys()) {
      if (partitions.includes(partition)) continue;
      this.#owned.delete(partition);
      this.#elsewhere.set(partition, Date.now());
      this.#commits.lost(partition);
    }
    this.#asked.clear();
    this.#member.pause(partitions);
    for (const partition of partitions) {
      const owned = this.#owned.get(partition) ?? this.#newlyOwned(partition);
      this.#owned.set(partition, owned);
      this.#elsewhere.delete(partition);
      this.#ask(partition, owned);
    }
  }

  #noteElsewhere(ends: ReadonlyMap<number, Ends>): void {
    for (const partition of ends.keys()) {
      if (!this.#owned.has(partition) && !this.#elsewhere.has(partition))
        this.#elsewhere.set(partition, Date.now());
    }
  }

  left(): void {
    this.#joined = false;
    this.#asked.clear();
  }

  passed(partition: number, first: number, last: number): void {
    const owned = this.#owned.get(partition);
    if (owned !== undefined) passed(owned.place, first, last);
  }

  fetched(batch: FetchedBatch, askedAtMs: number): boolean {
    const { partition } = batch;
    const owned = this.#owned.get(partition);
    const record = batch.messages[0];
    if (owned === undefined || owned.queue.full || record === undefined) return false;
    const { place } = owned;
    const arrival = {
      first: Number(batch.firstOffset()),
      last: Number(batch.lastOffset()),
      record,
      high: Number(batch.highWatermark),
      askedAtMs,
      nowMs: Date.now(),
    };
    switch (judge(place, arrival)) {
      case 'take':
        this.#take(partition, owned, batch, arrival);
        return true;
      case 'check':
        this.#ask(partition, owned);
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
    const durable = this.#parts.options.position(partition);
    const handedOut = this.#handedOut.get(partition);
    const position = (durable?.offset ?? -1) >= (handedOut?.offset ?? -1) ? durable : handedOut;
    const start = position && { next: position.offset, mark: readProof(position.proof) };
    return { place: newPlace(start), queue: newQueue() };
  }

  /** Pauses a partition and has its log looked at. */
  #ask(partition: number, owned: Owned): void {
    owned.place.phase = 'checking';
    this.#member.pause([partition]);
    this.#asked.set(partition, { owned });
    if (!this.#asking) void this.#answer();
  }

  async #answer(): Promise<void> {
    this.#asking = true;
    while (this.#asked.size > 0 && !this.#closed) {
      const asked = new Map(this.#asked);
      const ends = await this.#reach.ends();
      if (ends !== undefined) this.#noteElsewhere(ends);
      const isNew = [...asked.values()].some(({ owned }) => !owned.place.begun);
      const committed = isNew ? await this.#reach.committed() : new Map<number, ReadPosition>();
      for (const [partition, question] of asked) {
        const known = ends?.get(partition);
        if (known === undefined || committed === undefined || this.#asked.get(partition) !== question)
          continue;
        this.#asked.delete(partition);
        const position = committed.get(partition);
        if (!question.owned.place.begun && position !== undefined) {
          beginAt(question.owned.place, position);
          this.#parts.options.continued?.(partition, position.next);
        }
        this.#start(partition, question.owned, known);
      }
      if (this.#asked.size > 0) await delay(200, undefined, { ref: false });
    }
    this.#asking = false;
  }

  #start(partition: number, owned: Owned, ends: Ends): void {
    const { place } = owned;
    const start = startWith(place, ends);
    if (start.kind === 'halted') {
      reportHalted(this.#report, partition, place);
      return;
    }
    if (start.lost > 0) reportLost(this.#report, partition, place, start.lost);
    this.#member.seek(partition, start.from);
    if (!owned.queue.full) this.#member.resume(partition);
  }

  #take(partition: number, owned: Owned, batch: FetchedBatch, { last, high, nowMs }: Arrival): void {
    const { place, queue } = owned;
    const from = place.next;
    const records = batch.messages.filter(({ offset }) => Number(offset) >= from);
    const chunks = chunksOf(this.#parts.source, partition, records, nowMs);
    taken(place, last, batch.messages.at(-1)!, high, nowMs);
    if (chunks.length === 0) return;
    if (pushChunks(queue, chunks, highWaterBytes(this.#owned.size))) this.#member.pause([partition]);
    this.#wake();
  }

  /** The next chunk, the partitions taking turns. */
  #handOut(): Batch | undefined {
    for (const [partition, owned] of this.#owned) {
      if (this.#held.has(partition)) continue;
      const shifted = shiftChunk(owned.queue, highWaterBytes(this.#owned.size));
      if (shifted === undefined) continue;
      this.#owned.delete(partition);
      this.#owned.set(partition, owned);
      this.#handedOut.set(partition, shifted.chunk.next);
      if (shifted.refill) this.#refill(partition, owned.place);
      return { ...shifted.chunk, atEnd: owned.queue.chunks.length === 0 && readToEnd(owned.place) };
    }
    return undefined;
  }

  /** Fetches again after a pause, from the last record, since the log may have been replaced meanwhile. */
  #refill(partition: number, place: Place): void {
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
    for (const [partition, owned] of this.#owned) {
      const known = ends?.get(partition);
      if (known === undefined) continue;
      if (!agrees(owned.place, known, askedAt.get(partition) ?? 0)) this.#ask(partition, owned);
    }
    this.#measure();
    this.#ticking = false;
  }

  /** One at a time: while Kafka is away it takes as long as the client is patient. */
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

  #wake(): void {
    this.#arrival.resolve(undefined);
    this.#arrival = Promise.withResolvers<undefined>();
  }
}

function readToEnd(place: Place): boolean {
  return place.phase === 'reading' && place.next >= place.high;
}
