/**
 * One reader of a topic: a member of its group, with a place and a bounded queue for each partition that is ours. Positions are
 * the pipeline's; the group's offsets only follow them. Never hands out a line of a log that is not known to continue ours.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Batch as FetchedBatch } from 'kafkajs';
import type { Batch, Position } from '../../event/batch.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { LogReader, PartitionStatus, ReaderOptions } from '../source.ts';
import { chunksOf, type Chunk } from './chunks.ts';
import type { GroupMember, MemberListener } from './group-consumer.ts';
import { readProof } from './mark.ts';
import {
  agrees,
  judge,
  newPlace,
  passed,
  startWith,
  taken,
  type Arrival,
  type Ends,
  type Place,
} from './place.ts';
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
  readonly queue: Chunk[];
  queuedBytes: number;
  /** Fetching is paused until the queue has been emptied to its low water. */
  full: boolean;
}

/** Bounds of all queues together, and of one. */
const totalBytes = 64 << 20;
const leastHighWater = 1 << 20;
const mostHighWater = 8 << 20;

const tickMs = 1000;
/** Ends older than this no longer vouch for anything. */
const freshMs = 10_000;
/** Kafka refuses longer commit metadata. */
const longestMetadata = 4000;

export class KafkaReader implements LogReader, MemberListener {
  readonly #parts: ReaderParts;
  readonly #report: ReportContext;
  readonly #member: GroupMember;
  readonly #timer: NodeJS.Timeout;
  readonly #owned = new Map<number, Owned>();
  /** Partitions whose log must be looked at before they are read; a new object for each time of asking. */
  readonly #asked = new Map<number, { readonly owned: Owned }>();
  /** Where a partition stood when it was last ours: the pipeline has everything before it. */
  readonly #handedOut = new Map<number, Position>();
  readonly #durable = new Map<number, Position>();
  readonly #committed = new Map<number, number>();
  #joined = false;
  #asking = false;
  #ticking = false;
  #endsAtMs = 0;
  #reachable = true;
  #closed = false;
  #arrival = Promise.withResolvers<undefined>();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    const { source, topic, telemetry, options } = parts;
    this.#report = { source, topic, telemetry, reader: options.purpose };
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
    const known = this.#durable.get(partition);
    if (known === undefined || known.offset < position.offset) this.#durable.set(partition, position);
  }

  partitions(): readonly PartitionStatus[] {
    const live = this.#joined && Date.now() - this.#endsAtMs < freshMs;
    return [...this.#owned].map(([partition, { place, queue }]) => ({
      partition,
      label: `${this.#parts.topic}/${partition}`,
      atEnd: live && queue.length === 0 && readToEnd(place),
      ...(place.high > 0 && { lag: Math.max(0, place.high - (queue[0]?.offsets[0] ?? place.next)) }),
      ...(place.halted !== undefined && { halted: place.halted }),
    }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#wake();
    await Promise.race([this.#commit(), delay(1000, undefined, { ref: false })]);
    await Promise.all([this.#member.close(), this.#parts.log.close()]);
    this.#owned.clear();
  }

  joined(partitions: readonly number[]): void {
    this.#joined = true;
    for (const partition of this.#owned.keys()) {
      if (partitions.includes(partition)) continue;
      this.#owned.delete(partition);
      this.#committed.delete(partition);
    }
    this.#asked.clear();
    this.#member.pause(partitions);
    for (const partition of partitions) {
      const owned = this.#owned.get(partition) ?? this.#newlyOwned(partition);
      this.#owned.set(partition, owned);
      this.#ask(partition, owned);
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

  fetched(batch: FetchedBatch, fetchMs: number): boolean {
    const { partition } = batch;
    const owned = this.#owned.get(partition);
    const record = batch.messages[0];
    if (owned === undefined || owned.full || record === undefined) return false;
    const { place } = owned;
    const arrival = {
      first: Number(batch.firstOffset()),
      last: Number(batch.lastOffset()),
      record,
      high: Number(batch.highWatermark),
      fetchMs,
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
    return { place: newPlace(start), queue: [], queuedBytes: 0, full: false };
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
      try {
        const ends = await this.#ends();
        const isNew = [...asked.values()].some(({ owned }) => !owned.place.begun);
        const committed = isNew ? await this.#parts.log.committed() : undefined;
        for (const [partition, question] of asked) {
          const known = ends.get(partition);
          if (known === undefined || this.#asked.get(partition) !== question) continue;
          this.#asked.delete(partition);
          const { place } = question.owned;
          if (!place.begun)
            Object.assign(place, committed?.get(partition), { begun: committed?.has(partition) ?? false });
          this.#start(partition, question.owned, known);
        }
      } catch (error) {
        this.#unreachable(error);
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
    if (!owned.full) this.#member.resume(partition);
  }

  #take(partition: number, owned: Owned, batch: FetchedBatch, { last, high, nowMs }: Arrival): void {
    const { place, queue } = owned;
    const from = place.next;
    const records = batch.messages.filter(({ offset }) => Number(offset) >= from);
    const chunks = chunksOf(this.#parts.source, partition, records, nowMs);
    taken(place, last, batch.messages.at(-1)!, high, nowMs);
    if (chunks.length === 0) return;
    for (const chunk of chunks) {
      queue.push(chunk);
      owned.queuedBytes += sizeOf(chunk);
    }
    if (owned.queuedBytes > this.#highWater()) {
      owned.full = true;
      this.#member.pause([partition]);
    }
    this.#wake();
  }

  /** The next chunk, the partitions taking turns. */
  #handOut(): Batch | undefined {
    for (const [partition, owned] of this.#owned) {
      const chunk = owned.queue.shift();
      if (chunk === undefined) continue;
      this.#owned.delete(partition);
      this.#owned.set(partition, owned);
      owned.queuedBytes -= sizeOf(chunk);
      this.#handedOut.set(partition, chunk.next);
      if (owned.full && owned.queuedBytes < this.#highWater() / 2) this.#refill(partition, owned);
      return { ...chunk, atEnd: owned.queue.length === 0 && readToEnd(owned.place) };
    }
    return undefined;
  }

  /** Fetches again after a pause, from the last record, since the log may have been replaced meanwhile. */
  #refill(partition: number, owned: Owned): void {
    const { place } = owned;
    owned.full = false;
    if (place.phase === 'checking' || place.phase === 'halted') return;
    if (place.mark !== undefined) place.phase = 'verifying';
    this.#member.seek(partition, place.mark?.offset ?? place.next);
    this.#member.resume(partition);
  }

  #highWater(): number {
    const share = totalBytes / Math.max(1, this.#owned.size);
    return Math.min(mostHighWater, Math.max(leastHighWater, share));
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    await this.#commit();
    try {
      const ends = await this.#ends();
      for (const [partition, owned] of this.#owned) {
        const known = ends.get(partition);
        if (known !== undefined && !agrees(owned.place, known)) this.#ask(partition, owned);
      }
    } catch (error) {
      this.#unreachable(error);
    }
    this.#measure();
    this.#ticking = false;
  }

  async #commit(): Promise<void> {
    const due = [...this.#durable]
      .filter(
        ([partition, { offset }]) => this.#owned.has(partition) && this.#committed.get(partition) !== offset,
      )
      .map(([partition, { offset, proof }]) => ({
        partition,
        offset,
        metadata: proof.length <= longestMetadata ? proof : '',
      }));
    if (due.length === 0) return;
    try {
      await this.#member.commit(due);
      for (const { partition, offset } of due) this.#committed.set(partition, offset);
    } catch (error) {
      // Committed with the next tick, by us or whoever owns the partition then.
      const fields = { 'event.action': 'kafka-commit', 'error.message': String(error) };
      this.#parts.telemetry.log.debug(fields, `source ${this.#parts.source}: offsets not committed`);
    }
  }

  async #ends(): Promise<ReadonlyMap<number, Ends>> {
    const ends = await this.#parts.log.ends();
    this.#endsAtMs = Date.now();
    if (!this.#reachable) {
      this.#reachable = true;
      const { source, topic, telemetry } = this.#parts;
      telemetry.log.info(
        { 'event.action': 'kafka-reachable', 'tocsin.source': source },
        `source ${source}: ${topic} answers again`,
      );
    }
    return ends;
  }

  #unreachable(error: unknown): void {
    if (!this.#reachable || this.#closed) return;
    this.#reachable = false;
    const { source, topic, telemetry } = this.#parts;
    const reason = error instanceof Error ? error.message : String(error);
    telemetry.log.warn(
      { 'event.action': 'kafka-unreachable', 'tocsin.source': source, 'error.message': reason },
      `source ${source}: ${topic} cannot be asked (${reason}); reading goes on when Kafka answers`,
    );
  }

  #measure(): void {
    const { source, telemetry, options } = this.#parts;
    for (const { partition, lag, halted } of this.partitions()) {
      const labels = { source, partition, reader: options.purpose };
      telemetry.gauge('partition_halted', labels, halted === undefined ? 0 : 1);
      if (lag !== undefined) telemetry.gauge('source_lag', labels, lag);
      const durable = this.#durable.get(partition);
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

function sizeOf(chunk: Chunk): number {
  return chunk.bytes.length + chunk.offsets.length * 24;
}
