/** A spare process: waits until no process holds the state of its data_dir. The kernel releases the lock however the other process ends. */
import { join } from 'node:path';
import { isHeld, StoreHeldError } from '../detect/store/lock.ts';
import type { Log } from '../event/telemetry.ts';
import { sleep } from '../event/waiting.ts';

const ASK_MS = 500;

/**
 * Resolves when the state is free or `stop` was aborted. Another process may still take the state first; then the start fails and
 * `isHeldElsewhere` is true.
 */
export async function standBy(dataDir: string, log: Log, stop: AbortSignal): Promise<void> {
  const path = join(dataDir, 'state.db');
  const isHeldElsewhere = (): boolean => isHeld(path) === true;
  if (!isHeldElsewhere()) return;
  log.info({ 'event.action': 'standby' }, `standing by: another process works on ${dataDir}`);
  while (isHeldElsewhere()) {
    if (await sleep(ASK_MS, stop)) return;
  }
  log.info({ 'event.action': 'takeover' }, `taking over ${dataDir}`);
}

/** Returns true where a start failed because another process holds the state. */
export function isHeldElsewhere(error: unknown): boolean {
  return error instanceof Error && (error instanceof StoreHeldError || isHeldElsewhere(error.cause));
}
