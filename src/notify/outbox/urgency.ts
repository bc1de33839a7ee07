/** How urgent a message is: its rule's severity, the most urgent first. What is scarce keeps places for what is more urgent. */
import type { Severity } from '../../event/alert.ts';

export const BY_URGENCY: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

/** 0 for the most urgent. */
export function rankOf(severity: Severity): number {
  return BY_URGENCY.indexOf(severity);
}
