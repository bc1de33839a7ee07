/**
 * The port Channel: a kind of receiver. The dispatcher calls `send` once an attempt; a channel never retries by itself, the
 * outbox is the only retrier.
 */
import type { Notice } from './notice.ts';

/** What a channel needs to put a later message into the same conversation (Slack ts, e-mail Message-ID). JSON-serialisable. */
export type ThreadRef = Readonly<Record<string, string>>;

export interface Delivery {
  readonly notice: Notice;
  /** Set: these messages waited beyond the rate budget and go out together as one list; `notice` is the first of them. */
  readonly digest?: readonly Notice[];
  /** Address on the channel: `#order-oncall`, a robot's or webhook's name, a mail address. */
  readonly target: string;
  /** Conversation of the alert at this receiver, once something was sent there. */
  readonly thread?: ThreadRef;
  /** An earlier attempt may have arrived although we never heard so: the message says "possible duplicate". */
  readonly possibleDuplicate: boolean;
  /** Same for every attempt of this message, or of a digest of the same messages. */
  readonly deliveryId: string;
}

/** How an attempt ended. `unsent`: it certainly did not arrive. `ambiguous`: it may have. */
export type Outcome =
  | { readonly kind: 'sent'; readonly thread?: ThreadRef; readonly note?: string }
  | { readonly kind: 'retry'; readonly unsent: boolean; readonly because: string; readonly afterMs?: number }
  | { readonly kind: 'failed'; readonly because: string; readonly fix: string };

export interface Channel {
  readonly kind: string;
  /** Most messages a minute to one target; the rest waits its turn. */
  ratePerMinute(target: string): number;
  /** Longest that `send` takes; absent: 15 s. */
  readonly sendMaxMs?: number;
  /** Most messages under way to one target; absent: one. The more urgent the message, the more of them may be taken (flights.ts). */
  readonly atOnce?: number;
  /** Resolves within `sendMaxMs`; never rejects. */
  send(delivery: Delivery): Promise<Outcome>;
  /** Credentials and reachability, asked at start and by health checks: undefined when fine, else what is wrong and the fix. */
  probe(target: string): Promise<{ readonly problem: string; readonly fix: string } | undefined>;
  close(): Promise<void>;
}
