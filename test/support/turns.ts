import { threadMs } from '../../src/operate/cpu-share.ts';

/** How long the event loop is held up at the most: a turn of it, in CPU time of its thread, so that a busy machine is not blamed on us. */
export interface Turns {
  /** The longest turn since the start, ms; ends the measuring. */
  longestMs(): number;
}

export function measureTurns(): Turns {
  let longest = 0;
  let isOver = false;
  let before = threadMs();
  const turn = (): void => {
    const now = threadMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    longestMs() {
      isOver = true;
      // The present one counts, too.
      return Math.max(longest, threadMs() - before);
    },
  };
}
