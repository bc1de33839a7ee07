/**
 * The meaning of rules by brute force: all events in memory, one group at a time, windows looked up again at every instant. It
 * is written from the definition of each form alone and shares no code with src/detect, which is held to it.
 */
import type { Value } from '../../src/event/event.ts';
import type { Rule } from '../../src/rule/ast.ts';
import { momentary, single, spanning } from './oracle-forms.ts';
import { holdsBetween, holdsOver, valueOf, type AggregateSpec } from './oracle-measures.ts';

export interface OracleEvent {
  readonly timeMs: number;
  readonly source: string;
  readonly partition: number;
  readonly offset: number;
  /** Whether it satisfies the rule's `when`. */
  readonly isWhen: boolean;
  readonly lets: readonly string[];
  /** undefined: it lacks a field of `by`, and belongs to no group. */
  readonly group: readonly Value[] | undefined;
  readonly values: Readonly<Record<string, readonly Value[]>>;
}

export interface OracleEpisode {
  readonly group: string;
  readonly state: 'pending' | 'firing' | 'resolved';
  readonly pendingAtMs?: number;
  readonly firedAtMs?: number;
  readonly resolvedAtMs?: number;
  readonly reason?: string;
  readonly count: number;
  readonly suppressed: number;
  /** `source/partition/offset@time` of the first event. */
  readonly first: string;
}

/**
 * Episodes of a rule over these events of its sources (in any order), everything up to and including `endMs` being settled.
 * `beganMs`: the first event of any kind of its sources; Infinity where there was none.
 */
export function oracle(
  rule: Rule,
  events: readonly OracleEvent[],
  endMs: number,
  beganMs: number,
): readonly OracleEpisode[] {
  const seen = events.filter(
    ({ isWhen, group }) => (rule.when === undefined || isWhen) && group !== undefined,
  );
  const groups = Map.groupBy(seen, ({ group }) => JSON.stringify(group));
  // Without `by` there is one group, whether or not anything matches.
  if (rule.alert.by.length === 0 && !groups.has('[]')) groups.set('[]', []);
  const expected = rule.alert.kind === 'nothing' ? (rule.alert.expected?.values ?? []) : [];
  const listed = expected.map((value) => JSON.stringify([value]));
  for (const group of listed) if (!groups.has(group)) groups.set(group, []);
  const armedMs = (group: string): number | undefined =>
    rule.alert.by.length === 0 || listed.includes(group) ? beganMs : undefined;
  const ruleFirstMs = seen.reduce((min, { timeMs }) => Math.min(min, timeMs), Infinity);
  return [...groups].flatMap(([group, members]) =>
    groupEpisodes(rule, [...members].sort(inOrder), {
      endMs,
      armedMs: armedMs(group),
      beganMs,
      ruleFirstMs,
    }).map((episode) => ({
      group,
      ...episode,
    })),
  );
}

/** What a group cannot know by itself. */
export interface Surroundings {
  readonly endMs: number;
  /** Without `by`: the first event of any kind. */
  readonly armedMs: number | undefined;
  /** The first event of any kind of the rule's sources. */
  readonly beganMs: number;
  /** The first event of the rule, of whatever group. */
  readonly ruleFirstMs: number;
}

export type GroupEpisode = Omit<OracleEpisode, 'group'>;

function inOrder(a: OracleEvent, b: OracleEvent): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.partition - b.partition || a.offset - b.offset;
}

export function nameOf(event: OracleEvent): string {
  return `${event.source}/${event.partition}/${event.offset}@${event.timeMs}`;
}

function groupEpisodes(
  rule: Rule,
  events: readonly OracleEvent[],
  around: Surroundings,
): readonly GroupEpisode[] {
  const { alert } = rule;
  switch (alert.kind) {
    case 'aggregate':
      if (holdsOverNothing(rule)) return armedAggregate(rule, events, around);
      return rule.resolveNever
        ? aggregateEvents(rule, events, around)
        : states(rule, around.endMs, courseOf(alert, events, around.beganMs));
    case 'not_followed_by':
    case 'then':
    case 'all_of':
      return momentary(rule, events, around.endMs);
    case 'stays':
    case 'nothing':
      return spanning(rule, events, around);
    case 'changes':
    case 'new':
      return single(rule, events, around);
  }
}

function courseOf(
  alert: AggregateSpec,
  events: readonly OracleEvent[],
  beganMs: number,
  fromMs = -Infinity,
): Course {
  const windowMs = alert.within.ms;
  const window = (atMs: number): readonly OracleEvent[] =>
    events.filter(({ timeMs }) => atMs - windowMs < timeMs && timeMs <= atMs);
  const instants = [...new Set(events.flatMap(({ timeMs }) => [timeMs, timeMs + windowMs]))];
  if (fromMs > -Infinity && !instants.includes(fromMs)) instants.push(fromMs);
  instants.sort((a, b) => a - b);
  const judged = new Map<number, boolean>();
  /** Judged at the instants alone, and kept in between. */
  const holds = (atMs: number): boolean => {
    const instantMs = instants.findLast((instant) => instant <= atMs);
    if (instantMs === undefined) return false;
    let known = judged.get(instantMs);
    if (known === undefined) {
      known = holdsOver(alert, window(instantMs), { events, windowMs, atMs: instantMs, beganMs });
      judged.set(instantMs, known);
    }
    return known;
  };
  return {
    instants,
    holds: (atMs) => atMs >= fromMs && holds(atMs),
    size: (atMs) => window(atMs).length,
    first(atMs) {
      const [oldest] = window(atMs);
      const latest = events.findLast(({ timeMs }) => timeMs <= atMs);
      if (oldest !== undefined) return nameOf(oldest);
      // What holds over nothing, though an empty past would not have: no event names it.
      if (fromMs === -Infinity) return `/0/-1@${atMs}`;
      return latest === undefined ? undefined : nameOf(latest);
    },
  };
}

/** Groups that are known from an event on, until they have been quiet for S. */
function armedAggregate(
  rule: Rule,
  events: readonly OracleEvent[],
  { endMs, armedMs, beganMs }: Surroundings,
): readonly GroupEpisode[] {
  const { alert } = rule;
  if (alert.kind !== 'aggregate') return [];
  if (armedMs !== undefined) {
    if (armedMs === Infinity) return [];
    const course = courseOf(alert, events, beganMs, armedMs + alert.within.ms);
    return states(rule, endMs, { ...course, first: (atMs) => course.first(atMs) ?? `/0/-1@${armedMs}` });
  }
  return lives(events, alert.seenWithin?.ms ?? 86_400_000).flatMap((members) => {
    const forgottenMs = members.at(-1)!.timeMs + (alert.seenWithin?.ms ?? 86_400_000);
    const course = courseOf(alert, members, beganMs, members[0]!.timeMs + alert.within.ms);
    return retired(states(rule, Math.min(endMs, forgottenMs - 1), course), forgottenMs, endMs);
  });
}

/** The events of a group, cut where it was forgotten in between. */
export function lives(events: readonly OracleEvent[], forgetAfterMs: number): readonly OracleEvent[][] {
  const result: OracleEvent[][] = [];
  for (const event of events) {
    const current = result.at(-1);
    if (current === undefined || event.timeMs > current.at(-1)!.timeMs + forgetAfterMs) result.push([event]);
    else current.push(event);
  }
  return result;
}

/** What was open when the group was forgotten ends there. */
export function retired(
  episodes: readonly GroupEpisode[],
  forgottenMs: number,
  endMs: number,
): readonly GroupEpisode[] {
  if (forgottenMs > endMs) return episodes;
  return episodes.flatMap((episode): GroupEpisode[] => {
    if (episode.state === 'pending') return [];
    if (episode.state === 'resolved') return [episode];
    return [{ ...episode, state: 'resolved', resolvedAtMs: forgottenMs, reason: 'retired' }];
  });
}

/** A form as a function of time that keeps its value between its instants. */
interface Course {
  readonly instants: readonly number[];
  holds(atMs: number): boolean;
  size(atMs: number): number;
  first(atMs: number): string | undefined;
}

function states(rule: Rule, endMs: number, course: Course): readonly GroupEpisode[] {
  const instants = course.instants.filter((atMs) => atMs <= endMs);
  const result: GroupEpisode[] = [];
  /** The first of these instants, or of the extra one, at which the form holds (or not), from a time on. */
  const firstAt = (fromMs: number, wanted: boolean, extraMs?: number): number | undefined => {
    const times =
      extraMs === undefined || extraMs > endMs ? instants : [...instants, extraMs].sort((a, b) => a - b);
    return times.find((atMs) => atMs >= fromMs && course.holds(atMs) === wanted);
  };
  const largest = (fromMs: number, toMs: number): number =>
    Math.max(...[fromMs, ...instants.filter((t) => t >= fromMs && t <= toMs)].map((t) => course.size(t)));

  let fromMs = -Infinity;
  let extraMs: number | undefined;
  let suppressed = 0;
  for (;;) {
    const pendingAtMs = firstAt(fromMs, true, extraMs);
    if (pendingAtMs === undefined) return result;
    const first = course.first(pendingAtMs) ?? '';
    const firedAtMs = pendingAtMs + rule.forMs;
    const dropped = firstAt(pendingAtMs, false);
    if (dropped !== undefined && dropped <= firedAtMs) {
      fromMs = dropped;
      extraMs = undefined;
      continue;
    }
    if (firedAtMs > endMs) {
      result.push({ state: 'pending', pendingAtMs, count: largest(pendingAtMs, endMs), suppressed, first });
      return result;
    }
    let quietMs = firstAt(firedAtMs, false);
    for (;;) {
      if (quietMs === undefined) break;
      const againMs = firstAt(quietMs, true);
      if (againMs === undefined || againMs > quietMs + rule.resolveAfterMs) break;
      quietMs = firstAt(againMs, false);
    }
    const resolvedAtMs = quietMs === undefined ? Infinity : quietMs + rule.resolveAfterMs;
    const open = { pendingAtMs, firedAtMs, suppressed, first };
    if (resolvedAtMs > endMs || resolvedAtMs === Infinity) {
      result.push({ state: 'firing', ...open, count: largest(pendingAtMs, endMs) });
      return result;
    }
    const count = largest(pendingAtMs, resolvedAtMs);
    result.push({ state: 'resolved', ...open, resolvedAtMs, reason: 'quiet', count });
    const cooledMs = resolvedAtMs + rule.cooldownMs;
    suppressed = instants.filter(
      (atMs, i) =>
        atMs > resolvedAtMs &&
        atMs < cooledMs &&
        course.holds(atMs) &&
        !(i > 0 && course.holds(instants[i - 1]!)),
    ).length;
    fromMs = cooledMs;
    extraMs = cooledMs;
  }
}

function aggregateEvents(
  rule: Rule,
  events: readonly OracleEvent[],
  { endMs, beganMs }: Surroundings,
): readonly GroupEpisode[] {
  const { alert } = rule;
  if (alert.kind !== 'aggregate') return [];
  const windowMs = alert.within.ms;
  const result: GroupEpisode[] = [];
  const spent = new Set<OracleEvent>();
  let suppressed = 0;
  let lastMs = -Infinity;
  for (const [i, event] of events.entries()) {
    if (event.timeMs > endMs) break;
    const window = events
      .slice(0, i + 1)
      .filter((other) => other.timeMs > event.timeMs - windowMs && !spent.has(other));
    const past = { events: events.slice(0, i + 1), windowMs, atMs: event.timeMs, beganMs };
    if (!holdsOver(alert, window, past)) continue;
    if (event.timeMs - lastMs < rule.cooldownMs) {
      suppressed++;
      continue;
    }
    lastMs = event.timeMs;
    for (const used of window) spent.add(used);
    const first = nameOf(window[0]!);
    result.push({ state: 'resolved', firedAtMs: event.timeMs, count: window.length, suppressed, first });
    suppressed = 0;
  }
  return result;
}

/** A comparison that an empty window satisfies needs armed groups. */
export function holdsOverNothing(rule: Rule): boolean {
  if (rule.alert.kind !== 'aggregate') return false;
  return rule.alert.comparisons.every(({ left, op, right }) => {
    const [a, b] = [left, right].map((side) => (side.kind === 'baseline' ? undefined : valueOf(side, [])));
    // Measured over nothing it is 0 or undefined; a baseline may be 0, or as large as one likes.
    if (right.kind === 'baseline') return a !== undefined && op !== '>';
    if (left.kind === 'baseline') return b !== undefined && op !== '<';
    return a !== undefined && b !== undefined && holdsBetween(a, op, b);
  });
}
