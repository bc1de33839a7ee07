/**
 * The latest final matches of all rules. A match that comes too late is judged together with them (judged-aside.ts). They are not part of
 * the state: after a restart, the list fills anew.
 */
import type { EventPosition } from '../../event/event.ts';
import type { Waiting } from '../input/waiting.ts';

export interface Recent {
  /** Keeps a match, which may change afterwards. */
  keep(rule: string, match: Waiting): void;
  /** The matches of a rule, in the order in which they became final. */
  of(rule: string): readonly Waiting[];
  /** Greatest time of a match that is no longer kept; −Infinity while every match is kept. */
  readonly lostMs: number;
}

/** Bounds the memory: a match takes about 100 bytes. */
const DEFAULT_CAPACITY = 20_000;

export function createRecent(capacity = DEFAULT_CAPACITY): Recent {
  /** A ring in columns. The oldest match is at `next`, once the ring is full. */
  const rules: string[] = [];
  const keys: string[] = [];
  const timesMs: number[] = [];
  const positions: EventPosition[] = [];
  const conditions: (readonly string[])[] = [];
  const values: Waiting['values'][] = [];
  let next = 0;
  let lostMs = -Infinity;

  return {
    keep(rule, match) {
      if (next < rules.length) lostMs = Math.max(lostMs, timesMs[next]!);
      rules[next] = rule;
      keys[next] = match.key;
      timesMs[next] = match.timeMs;
      positions[next] = match.position;
      conditions[next] = match.conditions;
      values[next] = match.values;
      next = next + 1 === capacity ? 0 : next + 1;
    },
    of(rule) {
      const found: Waiting[] = [];
      for (let i = 0; i < rules.length; i++) {
        const at = (next + i) % rules.length;
        if (rules[at] !== rule) continue;
        found.push({
          key: keys[at]!,
          timeMs: timesMs[at]!,
          position: positions[at]!,
          conditions: conditions[at]!,
          values: values[at]!,
        });
      }
      return found;
    },
    get lostMs() {
      return lostMs;
    },
  };
}
