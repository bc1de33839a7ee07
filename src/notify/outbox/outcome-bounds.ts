/** Bounds on the outcome of a delivery, for every channel. */
import { oneLine } from '../../event/answer.ts';
import type { Outcome } from '../channel.ts';

/** Maximum characters of a text that is stored. */
const TEXT_LENGTH_MAX = 500;
const PAUSE_MAX_MS = 900_000;

/** Cuts each text of a receiver to one bounded line, since it is stored and shown. Shortens a pause that is too long to wait for. */
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
