/**
 * The urgency of a message: its rule's severity. `BY_URGENCY` lists the most urgent first. Scarce places and slots are kept for more urgent
 * messages.
 */
import type { Severity } from '../../event/alert.ts';

export const BY_URGENCY: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** Returns 0 for the most urgent severity. */
export function rankOf(severity: Severity): number {
  return BY_URGENCY.indexOf(severity);
}
