/**
 * Tocsin's own alerts as a state machine: troubles in, transitions of the built-in rules out. No clock, no I/O. Each trouble goes
 *
 *   seen → (held so long) → told → gone → (stayed away so long) → told that it is over
 *
 * so that a blip tells nobody and what flickers is told once. What is told and open comes back from the table of alerts at a start.
 */
import { createHash } from 'node:crypto';
import type { Episode, Transition } from '../event/alert.ts';
import { selfMeaning, selfRules, type SelfRuleName } from '../notify/self/rules.ts';
import type { Trouble } from './troubles.ts';

export interface SelfWatch {
  /**
   * The troubles of this moment. Call about every 5 s. `isWatched`: what a rule and group are about is still looked at; where it is not, no
   * one may say that its trouble is over.
   */
  step(troubles: readonly Trouble[], nowMs: number, isWatched?: IsWatched): readonly Transition[];
}

export type IsWatched = (rule: SelfRuleName, group: Episode['group']) => boolean;

/** A trouble that is there, or was until lately. */
interface Course {
  readonly seenMs: number;
  /** Set once people were told. */
  told?: Episode;
  /** Told, and since then it has not been there. */
  awaySinceMs?: number;
}

/** `open`: the built-in rules' alerts that are firing according to the table. */
export function createSelfWatch(open: readonly Episode[], holdMs: number): SelfWatch {
  const courses = new Map<string, Course>(
    open.map((told) => [keyOf(told.rule, told.group), { seenMs: told.firedAtMs ?? 0, told }]),
  );

  const present = (trouble: Trouble, nowMs: number): readonly Transition[] => {
    const key = keyOf(trouble.rule, trouble.group);
    const course = courses.get(key) ?? { seenMs: nowMs };
    courses.set(key, course);
    delete course.awaySinceMs;
    if (course.told !== undefined) {
      course.told = { ...course.told, figures: trouble.figures };
      return [];
    }
    if (trouble.isCertain !== true && nowMs - course.seenMs < holdMs) return [];
    course.told = episodeOf(trouble, course.seenMs, nowMs);
    return [transition('fired', course.told)];
  };

  const absent = (
    key: string,
    course: Course,
    nowMs: number,
    isWatched: IsWatched,
  ): readonly Transition[] => {
    if (course.told === undefined) {
      courses.delete(key);
      return [];
    }
    course.awaySinceMs ??= nowMs;
    if (nowMs - course.awaySinceMs < holdMs) return [];
    courses.delete(key);
    const { told } = course;
    const reason = isWatched(told.rule as SelfRuleName, told.group) ? 'healed' : 'removed';
    const over = { state: 'resolved', resolvedAtMs: course.awaySinceMs, reason } as const;
    return [transition('resolved', { ...told, ...over })];
  };

  return {
    step(troubles, nowMs, isWatched = () => true) {
      const there = new Set(troubles.map(({ rule, group }) => keyOf(rule, group)));
      const gone = [...courses].filter(([key]) => !there.has(key));
      return [
        ...troubles.flatMap((trouble) => present(trouble, nowMs)),
        ...gone.flatMap(([key, course]) => absent(key, course, nowMs, isWatched)),
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
    meaning: selfMeaning,
    severity: selfRules[rule].severity,
    group,
    state: 'firing',
    pendingAtMs: beganMs,
    firedAtMs: nowMs,
    count: 1,
    suppressed: 0,
    // There is no event: what stands here is when it began.
    firstEvent: { position: { source: 'tocsin', partition: 0, offset: 0 }, timeMs: beganMs },
    samples: [],
    figures,
  };
}

function transition(kind: 'fired' | 'resolved', episode: Episode): Transition {
  return { kind, settled: true, announce: true, threadId: episode.alertId, episode };
}
