/**
 * The state machine of Tocsin's own alerts: takes troubles, returns transitions of the built-in rules. It has no clock and no I/O. Each
 * trouble goes through
 *
 *   seen → (held so long) → told → gone → (stayed away so long) → told that it is over
 *
 * so that nobody is told of a short trouble, and a trouble that comes and goes is told once. Alerts that are told and open are read from
 * the table of alerts at a start.
 */
import { createHash } from 'node:crypto';
import type { Episode, Transition } from '../../event/alert.ts';
import { SELF_MEANING, selfRules, type SelfRuleName } from '../../notify/message/self/rules.ts';
import type { Trouble } from './conditions.ts';

export interface SelfWatch {
  /**
   * Takes the troubles of this moment. Call about every 5 s. `steadyMs`: the clock that measures how long troubles last. `isWatched`: true
   * while the subject of a rule and group is still looked at; where it is not, the alert ends as `removed` and not as `healed`.
   */
  step(
    troubles: readonly Trouble[],
    nowMs: number,
    steadyMs?: number,
    isWatched?: IsWatched,
  ): readonly Transition[];
}

export type IsWatched = (rule: SelfRuleName, group: Episode['group']) => boolean;

/** A trouble that is present, or was present until lately. */
interface Course {
  readonly seenMs: number;
  readonly seenSteadyMs: number;
  /** Set once people were told. */
  told?: Episode;
  /** Set while a trouble that was told is absent. */
  away?: { readonly sinceMs: number; readonly steadyMs: number };
}

/** Creates the state machine. `open`: the alerts of the built-in rules that are firing according to the table. */
export function createSelfWatch(open: readonly Episode[], holdMs: number): SelfWatch {
  const courses = new Map<string, Course>(
    open.map((told) => [
      keyOf(told.rule, told.group),
      { seenMs: told.firedAtMs ?? 0, seenSteadyMs: 0, told },
    ]),
  );

  const present = (trouble: Trouble, nowMs: number, steadyMs: number): readonly Transition[] => {
    const key = keyOf(trouble.rule, trouble.group);
    const course = courses.get(key) ?? { seenMs: nowMs, seenSteadyMs: steadyMs };
    courses.set(key, course);
    delete course.away;
    if (course.told !== undefined) {
      course.told = { ...course.told, figures: trouble.figures };
      return [];
    }
    if (trouble.isCertain !== true && steadyMs - course.seenSteadyMs < holdMs) return [];
    course.told = episodeOf(trouble, course.seenMs, nowMs);
    return [transition('fired', course.told)];
  };

  const absent = (
    key: string,
    course: Course,
    { nowMs, steadyMs, isWatched }: { nowMs: number; steadyMs: number; isWatched: IsWatched },
  ): readonly Transition[] => {
    const { told } = course;
    if (told === undefined) {
      courses.delete(key);
      return [];
    }
    course.away ??= { sinceMs: nowMs, steadyMs };
    if (steadyMs - course.away.steadyMs < holdMs) return [];
    courses.delete(key);
    const reason = isWatched(told.rule as SelfRuleName, told.group) ? 'healed' : 'removed';
    const over = { state: 'resolved', resolvedAtMs: course.away.sinceMs, reason } as const;
    return [transition('resolved', { ...told, ...over })];
  };

  return {
    step(troubles, nowMs, steadyMs = nowMs, isWatched = () => true) {
      const there = new Set(troubles.map(({ rule, group }) => keyOf(rule, group)));
      const gone = [...courses].filter(([key]) => !there.has(key));
      return [
        ...troubles.flatMap((trouble) => present(trouble, nowMs, steadyMs)),
        ...gone.flatMap(([key, course]) => absent(key, course, { nowMs, steadyMs, isWatched })),
      ];
    },
  };
}

function keyOf(rule: string, group: Episode['group']): string {
  return JSON.stringify([rule, ...Object.values(group)]);
}

function episodeOf({ rule, group, sinceMs, figures }: Trouble, seenMs: number, nowMs: number): Episode {
  const identity = JSON.stringify([rule, group, seenMs]);
  const beganMs = Math.min(sinceMs ?? seenMs, nowMs);
  return {
    alertId: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    rule,
    meaning: SELF_MEANING,
    severity: selfRules[rule].severity,
    group,
    state: 'firing',
    pendingAtMs: beganMs,
    firedAtMs: nowMs,
    count: 1,
    suppressed: 0,
    // There is no event. Its time is the time when the trouble began.
    firstEvent: { position: { source: 'tocsin', partition: 0, offset: 0 }, timeMs: beganMs },
    samples: [],
    figures,
  };
}

function transition(kind: 'fired' | 'resolved', episode: Episode): Transition {
  return { kind, isFinal: true, announce: true, threadId: episode.alertId, episode };
}
