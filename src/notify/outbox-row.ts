/** The records between the plan of messages and the outbox. */
import type { Notice } from './notice.ts';

/** A kind of channel and an address on it. */
export interface Receiver {
  readonly channel: string;
  readonly target: string;
}

/** A message to one receiver, as `plan` makes it. */
export interface OutboxRow {
  /** Thread, receiver, kind and version of the episode: the same for every replay, so that a replay adds nothing twice. */
  readonly key: string;
  readonly receiver: Receiver;
  readonly notice: Notice;
}

/** The first message of a thread, and the receivers that it went to. */
export interface Told {
  readonly receivers: readonly Receiver[];
  readonly notice: Notice;
}
