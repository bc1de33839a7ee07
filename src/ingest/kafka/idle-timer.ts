/**
 * Mends one fault of kafkajs 2.2.4 (its issues 1704 and 1751): each idle connection wakes a timer every millisecond, and Node warns of a
 * negative timeout. When no request is pending there is nothing to check, so no timer is needed.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
}

type Schedule = (this: RequestQueue) => void;

interface RequestQueueClass {
  readonly prototype: { scheduleCheckPendingRequests?: Schedule };
}

let mended = false;

/** Applies the mend once. Does nothing to a kafkajs that is built differently. */
export function mendIdleTimer(): void {
  if (mended) return;
  mended = true;
  const { prototype } = requestQueueClass() ?? { prototype: {} };
  const original = prototype.scheduleCheckPendingRequests;
  if (original === undefined) return;
  prototype.scheduleCheckPendingRequests = function scheduleIfPending(): void {
    if (this.pending.length > 0) original.call(this);
  };
}

function requestQueueClass(): RequestQueueClass | undefined {
  try {
    return createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as RequestQueueClass;
  } catch {
    return undefined;
  }
}
