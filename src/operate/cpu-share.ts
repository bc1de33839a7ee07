/**
 * Keeps this thread to a share of a core: it sleeps for the time that it used beyond its share. Connections that it does not accept
 * meanwhile wait in the queue of the system, which refuses new ones when it is full. So a flood costs the machine no more than this share.
 */
const EVERY_MS = 10;
/** The longest sleep at once, so that answers still come. */
const SLEEP_MAX_MS = 250;

/** `share` is a part of one core, above 0 and at most 1. This is for threads without other work, because it blocks. */
export function keepToShare(share: number): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let sinceMs = performance.now();
  let usedMs = threadMs();
  const rest = (): void => {
    const worked = threadMs() - usedMs;
    const owedMs = worked / share - (performance.now() - sinceMs);
    if (owedMs >= 1) Atomics.wait(never, 0, 0, Math.min(owedMs, SLEEP_MAX_MS));
    sinceMs = performance.now();
    usedMs = threadMs();
  };
  setInterval(rest, EVERY_MS).unref();
}

/** CPU time of this thread, in ms. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
