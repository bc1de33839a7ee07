/**
 * What the state of a rule takes in memory, about: for people who set `max_groups`. Held to what the engine reports by a test
 * (detect/bounds.test.ts), since this folder cannot see the engine.
 */
import type { AlertSpec } from '../ast.ts';

export interface StateSize {
  /** Of a group without its events; its key of some 20 characters. */
  readonly groupBytes: number;
  /** Of an event, or for `new` of a value; 0 where a group keeps a fixed number. */
  readonly eventBytes: number;
}

/** Its key, its place in the table and in the order, its timer. */
const anyGroup = 64;
/** An event of which a group keeps a fixed number. */
const keptEvent = 12;

/** Bytes. */
export function stateSizeOf(alert: AlertSpec): StateSize {
  switch (alert.kind) {
    case 'aggregate': {
      const sides = alert.comparisons.flatMap(({ left, right }) => [left, right]);
      const measured = sides.some(({ kind }) => kind !== 'count' && kind !== 'number' && kind !== 'ratio');
      return { groupBytes: anyGroup + 12, eventBytes: measured ? 112 : 15 };
    }
    case 'not_followed_by':
      return {
        groupBytes: anyGroup + 10 + (alert.skew === undefined ? 0 : keptEvent),
        eventBytes: 15,
      };
    case 'then':
      return { groupBytes: anyGroup + (alert.steps.length - 1) * keptEvent, eventBytes: 0 };
    case 'all_of':
      return { groupBytes: anyGroup + alert.steps.length * keptEvent, eventBytes: 0 };
    case 'stays':
    case 'nothing':
      return { groupBytes: anyGroup + keptEvent + 1, eventBytes: 0 };
    case 'changes':
      return { groupBytes: anyGroup + keptEvent + 48, eventBytes: 0 };
    case 'new':
      return { groupBytes: anyGroup + 200, eventBytes: 80 };
  }
}
