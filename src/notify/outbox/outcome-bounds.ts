/** Bounds on what a receiver said of a delivery, whatever its channel made of it. */
import { oneLine } from '../../event/answer.ts';
import type { Outcome } from '../channel.ts';

/** Of a text that is stored. */
const TEXT_LENGTH_MAX = 500;
const PAUSE_MAX_MS = 900_000;

/** What others said is kept and shown: one line each, and no pause that nobody could wait for. */
export function inBounds(outcome: Outcome): Outcome {
  const line = (text: string): string => oneLine(text, TEXT_LENGTH_MAX);
  switch (outcome.kind) {
    case 'sent':
      return outcome.note === undefined ? outcome : { ...outcome, note: line(outcome.note) };
    case 'retry': {
      const { afterMs, because } = outcome;
      const bounded = { ...outcome, because: line(because) };
      if (afterMs === undefined) return bounded;
      return { ...bounded, afterMs: Math.min(Math.max(0, afterMs), PAUSE_MAX_MS) };
    }
    case 'failed':
      return { ...outcome, because: line(outcome.because), fix: line(outcome.fix) };
  }
}
