/**
 * The threads in which people are told of alerts. A settled alert goes on in the thread of the early firing that it takes over; in a thread
 * that was taken over no other alert may begin.
 */
import type { Episode } from '../../event/alert.ts';
import type { ByteReader, ByteWriter } from '../columns/bytes.ts';
import { threadIdOf } from './identity.ts';

export class Threads {
  /** Of open settled episodes that took one over, by alertId. */
  readonly #open = new Map<string, string>();
  /** Threads that other alerts took over, and until when their own alerts may still come. */
  readonly #takenOver = new Map<string, number>();

  /** The thread of an alert that is told anew: its own, unless in that of its name people may have been told of another. */
  begin({ alertId, firedAtMs }: Episode): string {
    return this.#takenOver.has(alertId) ? threadIdOf(alertId, firedAtMs!) : alertId;
  }

  /** `by` goes on in a thread. `ownUntilMs`: alerts of the thread's own name may come until then. */
  takeOver(threadId: string, by: Episode, ownUntilMs: number): void {
    if (threadId !== by.alertId) this.#takenOver.set(threadId, ownUntilMs);
  }

  /** A settled alert is told of in this thread; its end will be too. */
  enter(episode: Episode, threadId: string): void {
    if (threadId !== episode.alertId && episode.state !== 'resolved')
      this.#open.set(episode.alertId, threadId);
  }

  /** The thread in which the end of a settled alert is told. */
  leave({ alertId }: Episode): string {
    const threadId = this.#open.get(alertId) ?? alertId;
    this.#open.delete(alertId);
    return threadId;
  }

  /** Everything up to this time is settled: alerts of before come no more. */
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
