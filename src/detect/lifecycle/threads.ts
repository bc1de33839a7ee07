/**
 * The threads in which people learn of alerts. A final alert goes on in the thread of the early firing that it takes over. In a thread that
 * was taken over, no other alert may begin.
 */
import type { Episode } from '../../event/alert.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { threadIdOf } from './identity.ts';

export class Threads {
  /** The thread of each open final episode that took one over, by `alertId`. */
  readonly #open = new Map<string, string>();
  /** Threads that other alerts took over. The value is the time until which the alert of the thread's own name may still come, ms. */
  readonly #takenOver = new Map<string, number>();

  /** Returns the thread of a newly announced alert: its own id, unless another alert took that thread over. */
  begin({ alertId, firedAtMs }: Episode): string {
    return this.#takenOver.has(alertId) ? threadIdOf(alertId, firedAtMs!) : alertId;
  }

  /** Lets `by` go on in a thread. `ownUntilMs`: the alert of the thread's own name may come until then. */
  takeOver(threadId: string, by: Episode, ownUntilMs: number): void {
    if (threadId !== by.alertId) this.#takenOver.set(threadId, ownUntilMs);
  }

  /** Records the thread of a final alert; its end is announced there too. */
  enter(episode: Episode, threadId: string): void {
    if (threadId !== episode.alertId && episode.state !== 'resolved')
      this.#open.set(episode.alertId, threadId);
  }

  /** Returns the thread in which the end of a final alert is announced. */
  leave({ alertId }: Episode): string {
    const threadId = this.#open.get(alertId) ?? alertId;
    this.#open.delete(alertId);
    return threadId;
  }

  /** Forgets threads whose own alerts cannot come any more, since everything up to `untilMs` is final. */
  finalUpTo(untilMs: number): void {
    for (const [threadId, ownUntilMs] of this.#takenOver)
      if (ownUntilMs < untilMs) this.#takenOver.delete(threadId);
  }

  save(writer: ByteWriter): void {
    writer.json([...this.#open]);
    writer.json([...this.#takenOver]);
  }

  load(reader: ByteReader): void {
    for (const [alertId, threadId] of reader.json() as [string, string][]) this.#open.set(alertId, threadId);
    for (const [threadId, untilMs] of reader.json() as [string, number][])
      this.#takenOver.set(threadId, untilMs);
  }
}
