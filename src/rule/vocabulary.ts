/** The fixed words of the language, for checks, hints and the printer. */
import type { Severity } from '../event/alert.ts';

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export const CLAUSE_NAMES: readonly string[] = [
  'severity',
  'owner',
  'labels',
  'from',
  'let',
  'when',
  'alert',
  'for',
  'resolve',
  'cooldown',
  'notify',
  'runbook',
  'max_groups',
  'test',
];

export const STEP_NAMES: readonly string[] = ['at', 'expect', 'replay'];

export const MEASURES: readonly string[] = [
  'count',
  'distinct',
  'sum',
  'avg',
  'min',
  'max',
  'p50',
  'p90',
  'p95',
  'p99',
];

/** Words that cannot name a `let`, since they begin or continue an alert. */
export const RESERVED: readonly string[] = [
  ...MEASURES,
  'all',
  'of',
  'new',
  'nothing',
  'not',
  'then',
  'and',
  'or',
  'within',
  'by',
  'until',
  'seen',
  'skew',
  'baseline',
];
