/** The contracts of membership in a consumer group: what it is made of, and what whoever wants it learns. */
import type { Batch as FetchedBatch } from 'kafkajs';
import type { Log } from '../../event/telemetry.ts';
import type { Connect } from './client.ts';

/** What the member learns. All are called synchronously by the fetch loop. */
export interface MemberListener {
  /** These partitions are ours now. What is not paused here is fetched from the group's offset. */
  joined(partitions: readonly number[]): void;
  /** Of a fetch that was sent at `askedAtMs`. True when everything in it counts as read; false where the reader sought elsewhere. */
  fetched(batch: FetchedBatch, askedAtMs: number): boolean;
  /** A fetch brought only what a consumer does not see. */
  passed(partition: number, first: number, last: number): void;
  /** Nothing is fetched until `joined` is called again. */
  left(reason: string): void;
  /**
   * The topic is not given to us: another living reader has it, or members that share out otherwise. We stay, or go on trying; it
   * is over when `joined` brings partitions.
   */
  refused(by: Refuser): void;
}

export type Refuser = 'reader' | 'program';

export interface Membership {
  readonly connect: Connect;
  readonly source: string;
  readonly topic: string;
  readonly group: string;
  /** Tells this reader from every other one. */
  readonly reader: string;
  readonly log: Log;
}
