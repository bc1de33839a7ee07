/** The contracts of membership in a consumer group: the facts that a membership needs, and the reports that its listener receives. */
import type { Clock } from '../../event/clock.ts';
import type { Log } from '../../event/telemetry.ts';
import type { Connect } from './client.ts';
import type { FetchedRecords } from './fetched.ts';

/** The reports of a membership. All are called synchronously by the fetch loop. */
export interface MemberListener {
  /** These partitions are ours now. The records of a partition that is not paused here are fetched from the offset of the group. */
  joined(partitions: readonly number[]): void;
  /**
   * Records were fetched, at least one that a consumer sees, and the fetch was sent at `askedAtMs`. Returns true when everything in it
   * counts as read; false when the reader goes on from another offset.
   */
  fetched(fetched: FetchedRecords, askedAtMs: number): boolean;
  /** A fetch brought only records that a consumer does not see. */
  passed(partition: number, first: number, last: number): void;
  /** Nothing is fetched until `joined` is called again. */
  left(reason: string): void;
  /**
   * The topic is not given to us: another living reader has it, or members that share partitions in another way. We stay, or go on trying.
   * The refusal is over when `joined` brings partitions.
   */
  refused(by: Refuser): void;
}

export type Refuser = 'reader' | 'program';

export interface Membership {
  readonly connect: Connect;
  readonly source: string;
  readonly topic: string;
  readonly group: string;
  /** An id that tells this reader from every other one. */
  readonly reader: string;
  readonly log: Log;
  readonly clock: Pick<Clock, 'wallMs'>;
}
