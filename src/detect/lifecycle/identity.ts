/** The identity of an alert: the same events give the same id, on every replay and on every machine. */
import { createHash } from 'node:crypto';
import { positionText, type EventPosition, type Value } from '../../event/event.ts';
import type { DetectRule } from '../input/input.ts';

export interface FirstEvent {
  readonly position: EventPosition;
  readonly timeMs: number;
}

/** Returns the first 16 hexadecimal digits of a SHA-256. `repeat` distinguishes episodes of a group that begin with the same event. */
export function alertIdOf(
  rule: DetectRule,
  group: readonly Value[],
  first: FirstEvent,
  repeat: number,
): string {
  const identity: unknown[] = [rule.name, rule.meaning, group, positionText(first.position), first.timeMs];
  if (repeat > 0) identity.push(repeat);
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
}

/** Returns the thread of an alert that cannot use its own id as its thread. */
export function threadIdOf(alertId: string, firedAtMs: number): string {
  return createHash('sha256')
    .update(JSON.stringify([alertId, firedAtMs]))
    .digest('hex')
    .slice(0, 16);
}

export function groupRecord(rule: DetectRule, values: readonly Value[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(rule.alert.by.map((field, i) => [field.name, values[i]!]));
}
