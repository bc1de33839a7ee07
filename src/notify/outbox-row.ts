/** The records that the plan of messages gives to the outbox and gets from it. */
import type { Receiver } from '../event/receiver.ts';
import type { Notice } from './notice.ts';

/** A message to one receiver, as `plan` makes it. */
export interface OutboxRow {
  /** Hash of thread, receiver, kind and version of the episode. It is the same for every replay, so that a replay adds nothing twice. */
  readonly key: string;
  readonly receiver: Receiver;
  readonly notice: Notice;
}

/** The first message of a thread, and the receivers that it went to. */
export interface ThreadOpening {
  readonly receivers: readonly Receiver[];
  readonly notice: Notice;
}
