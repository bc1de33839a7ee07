/**
 * The port `Channel`: a kind of receiver. The dispatcher calls `send` once for each attempt. A channel never retries by itself: only the
 * outbox does.
 */
import type { Notice } from './notice.ts';

/** The state that a channel needs to put a later message into the same conversation (Slack ts, e-mail Message-ID). JSON-serialisable. */
export type ThreadRef = Readonly<Record<string, string>>;

export interface Delivery {
  readonly notice: Notice;
  /** Present if the messages waited beyond the rate budget: they go out together as one list. `notice` is the first of them. */
  readonly digest?: readonly Notice[];
  /** Address on the channel: `#order-oncall`, the name of a robot or webhook, a mail address. */
  readonly target: string;
  /** Conversation of the alert at this receiver, once something was sent there. */
  readonly thread?: ThreadRef;
  /** True if an earlier attempt may have arrived without an answer that says so. The message then says "possible duplicate". */
  readonly possibleDuplicate: boolean;
  /** Id of the delivery. It is the same for every attempt of this message, or of a digest of the same messages. */
  readonly deliveryId: string;
}

/** How an attempt ended. `unsent`: true if the message certainly did not arrive, false if it may have arrived. */
export type Outcome =
  | { readonly kind: 'sent'; readonly thread?: ThreadRef; readonly note?: string }
  | { readonly kind: 'retry'; readonly unsent: boolean; readonly because: string; readonly afterMs?: number }
  | { readonly kind: 'failed'; readonly because: string; readonly fix: string };

export interface Channel {
  readonly kind: string;
  /** Returns the maximum messages a minute to one target. Other messages wait. */
  ratePerMinute(target: string): number;
  /** Longest time that `send` takes. Default: 15 s. */
  readonly sendMaxMs?: number;
  /** Maximum messages under way to one target. Default: one. Urgent messages may use more of them (flights.ts). */
  readonly atOnce?: number;
  /** Resolves within `sendMaxMs`; never rejects. */
  send(delivery: Delivery): Promise<Outcome>;
  /**
   * Checks credentials and reachability, at start and for health checks. Returns undefined if all is well, else the problem and the fix.
   */
  probe(target: string): Promise<{ readonly problem: string; readonly fix: string } | undefined>;
  close(): Promise<void>;
}
