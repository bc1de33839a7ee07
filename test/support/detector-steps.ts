/** Detectors of one counting rule, and the steps that they are given in unit tests. */
import { createDetector, type Detector } from '../../src/detect/detector.ts';
import type { BatchInput } from '../../src/detect/input/input.ts';
import type { Transition } from '../../src/event/alert.ts';
import type { Match } from '../../src/event/match.ts';
import { countRule, rulesetOf, type RuleClauses } from './rules-by-hand.ts';

export const SOURCES = [{ name: 'orders', latenessMs: 1000 }];

export function detectorOf(atLeast: number, withinMs: number, clauses: RuleClauses = {}): Detector {
  return createDetector(rulesetOf(countRule(atLeast, withinMs, clauses)), { sources: SOURCES });
}

/** A batch of one partition with a match at each of these times, offsets from `from` on. */
export function batch(times: readonly number[], from: number, service = 'pay'): BatchInput {
  const matches = times.map((timeMs, i): Match => ({
    rule: 'a_rule',
    conditions: ['when'],
    group: [service],
    timeMs,
    position: { source: 'orders', partition: 0, offset: from + i },
    shown: { excerpt: `line ${from + i}`, fields: { service: [service] } },
  }));
  const lastTimeMs = Math.max(...times);
  return {
    kind: 'batch',
    source: 'orders',
    partition: 0,
    clockMs: lastTimeMs,
    watermarkMs: lastTimeMs - 1000,
    firstTimeMs: Math.min(...times),
    lastTimeMs,
    matches,
  };
}

export const brief = ({ kind, isFinal, announce, episode }: Transition): string =>
  [
    kind,
    isFinal ? 'settled' : 'provisional',
    ...(announce ? [] : ['silently']),
    episode.firedAtMs,
    ...(episode.resolvedAtMs === undefined ? [] : [`until ${episode.resolvedAtMs} (${episode.reason})`]),
  ].join(' ');
