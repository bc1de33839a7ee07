/** The oracle's reading of every form but aggregates: when it holds by definition, then the episodes that follow from that. */
import type { Rule } from '../../src/rule/ast.ts';
import { lives, nameOf, retired, type GroupEpisode, type OracleEvent, type Surroundings } from './oracle.ts';

/** An instant at which the form is completed. */
interface Hit {
  readonly atMs: number;
  readonly first: string;
}

type Steps = Extract<Rule['alert'], { steps: unknown }>;
type Spec<K extends Rule['alert']['kind']> = Extract<Rule['alert'], { kind: K }>;

/** Forms that hold at single instants. */
export function momentary(
  rule: Rule,
  events: readonly OracleEvent[],
  endMs: number,
): readonly GroupEpisode[] {
  const { alert } = rule;
  if (alert.kind === 'not_followed_by') {
    const breaches = breachesOf(alert, events);
    if (rule.resolveNever) return eachOne(rule, breaches, endMs);
    const heals = events.filter(({ lets }) => lets.includes(alert.then.name)).map(({ timeMs }) => timeMs);
    return hitStates(rule, breaches, heals, endMs, { reason: 'expired', isCounted: true });
  }
  if (alert.kind !== 'then' && alert.kind !== 'all_of') return [];
  const completing = alert.kind === 'then' ? sequenceEndingAt : allAt;
  const hits: (Hit & { readonly index: number })[] = [];
  const episodes: GroupEpisode[] = [];
  let fromIndex = 0;
  let suppressed = 0;
  let lastMs = -Infinity;
  for (const [index, event] of events.entries()) {
    if (event.timeMs > endMs) break;
    const first = completing(alert, events, fromIndex, index);
    if (first === undefined) continue;
    hits.push({ atMs: event.timeMs, first: nameOf(first), index });
    if (!rule.resolveNever) continue;
    if (event.timeMs - lastMs < rule.cooldownMs) suppressed++;
    else {
      episodes.push({
        state: 'resolved',
        firedAtMs: event.timeMs,
        count: 1,
        suppressed,
        first: nameOf(first),
      });
      suppressed = 0;
      lastMs = event.timeMs;
      fromIndex = index + 1;
    }
  }
  if (rule.resolveNever) return episodes;
  const heals = events.flatMap(({ lets, timeMs }, i) => {
    const isUntil = alert.until !== undefined && lets.includes(alert.until.name);
    const isOverruled = hits.some(({ atMs, index }) => atMs === timeMs && index >= i);
    return isUntil && !isOverruled ? [timeMs] : [];
  });
  return hitStates(rule, hits, heals, endMs, { reason: 'quiet', isCounted: alert.kind === 'then' });
}

function breachesOf(alert: Spec<'not_followed_by'>, events: readonly OracleEvent[]): readonly Hit[] {
  const windowMs = alert.within.ms;
  const skewMs = alert.skew?.ms ?? 0;
  return events
    .filter(({ lets }) => lets.includes(alert.first.name))
    .filter(
      (a) =>
        !events.some(
          (b) =>
            b.lets.includes(alert.then.name) &&
            a.timeMs - skewMs <= b.timeMs &&
            b.timeMs <= a.timeMs + windowMs,
        ),
    )
    .map((a) => ({ atMs: a.timeMs + windowMs, first: nameOf(a) }));
}

/** First event of the latest-starting sequence that this event completes. */
function sequenceEndingAt(
  alert: Steps,
  events: readonly OracleEvent[],
  fromIndex: number,
  endIndex: number,
): OracleEvent | undefined {
  const names = alert.steps.map(({ name }) => name);
  const end = events[endIndex]!;
  if (!end.lets.includes(names.at(-1)!)) return undefined;
  for (let start = endIndex - 1; start >= fromIndex; start--) {
    const first = events[start]!;
    const between = events.slice(start + 1, endIndex);
    if (end.timeMs - first.timeMs > alert.within.ms) return undefined;
    if (first.lets.includes(names[0]!) && hasInOrder(names.slice(1, -1), between)) return first;
    // Anything that starts before this event would have it in between.
    if (alert.until !== undefined && first.lets.includes(alert.until.name)) return undefined;
  }
  return undefined;
}

function hasInOrder(names: readonly string[], events: readonly OracleEvent[]): boolean {
  let step = 0;
  for (const { lets } of events) if (step < names.length && lets.includes(names[step]!)) step++;
  return step === names.length;
}

/** The oldest of the latest events of each side, if this event makes the form hold. */
function allAt(
  alert: Steps,
  events: readonly OracleEvent[],
  fromIndex: number,
  endIndex: number,
): OracleEvent | undefined {
  const names = alert.steps.map(({ name }) => name);
  if (!names.some((name) => events[endIndex]!.lets.includes(name))) return undefined;
  let remembered = events.slice(fromIndex, endIndex + 1);
  const { until } = alert;
  if (until !== undefined) {
    const cleared = remembered.slice(0, -1).findLastIndex(({ lets }) => lets.includes(until.name));
    remembered = remembered.slice(cleared + 1);
  }
  const latest = names.map((name) => remembered.findLast(({ lets }) => lets.includes(name)));
  if (latest.includes(undefined)) return undefined;
  const oldest = remembered.find((event) => latest.includes(event))!;
  return events[endIndex]!.timeMs - oldest.timeMs <= alert.within.ms ? oldest : undefined;
}

/** Each completion an alert of its own, but for the cooldown. */
function eachOne(rule: Rule, hits: readonly Hit[], endMs: number): readonly GroupEpisode[] {
  const result: GroupEpisode[] = [];
  let lastMs = -Infinity;
  let suppressed = 0;
  for (const { atMs, first } of hits) {
    if (atMs > endMs) break;
    if (atMs - lastMs < rule.cooldownMs) suppressed++;
    else {
      result.push({ state: 'resolved', firedAtMs: atMs, count: 1, suppressed, first });
      lastMs = atMs;
      suppressed = 0;
    }
  }
  return result;
}

function hitStates(
  rule: Rule,
  hits: readonly Hit[],
  heals: readonly number[],
  endMs: number,
  how: { readonly reason: string; readonly isCounted: boolean },
): readonly GroupEpisode[] {
  const result: GroupEpisode[] = [];
  const instants = [...new Set(hits.map(({ atMs }) => atMs))].filter((atMs) => atMs <= endMs);
  const hitsAt = (instantMs: number): number => hits.filter(({ atMs }) => atMs === instantMs).length;
  let from: (atMs: number) => boolean = () => true;
  let suppressed = 0;
  for (;;) {
    const firedAtMs = instants.find((atMs) => from(atMs));
    if (firedAtMs === undefined) return result;
    const { first } = hits.find(({ atMs }) => atMs === firedAtMs)!;
    const healedMs = Math.min(...heals.filter((atMs) => atMs >= firedAtMs));
    let lastMs = firedAtMs;
    for (const atMs of instants)
      if (atMs > lastMs && atMs <= lastMs + rule.resolveAfterMs && atMs <= healedMs) lastMs = atMs;
    const quietMs = lastMs + rule.resolveAfterMs;
    const isHealed = healedMs <= quietMs;
    const resolvedAtMs = isHealed ? healedMs : quietMs;
    const counted = instants.filter((atMs) => atMs >= firedAtMs && atMs <= lastMs);
    const count = how.isCounted ? counted.reduce((sum, atMs) => sum + hitsAt(atMs), 0) : 1;
    const open = { pendingAtMs: firedAtMs, firedAtMs, count, suppressed, first };
    if (resolvedAtMs > endMs || resolvedAtMs === Infinity) {
      result.push({ state: 'firing', ...open });
      return result;
    }
    result.push({ state: 'resolved', ...open, resolvedAtMs, reason: isHealed ? 'healed' : how.reason });
    const cooledMs = resolvedAtMs + rule.cooldownMs;
    suppressed = instants.filter((atMs) => atMs > resolvedAtMs && atMs < cooledMs).length;
    from = (atMs) => atMs > resolvedAtMs && atMs >= cooledMs;
  }
}

/** A time over which the form holds: from the deadline up to, not including, the healing event. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly first: string;
}

/** Forms that hold over a span. */
export function spanning(
  rule: Rule,
  events: readonly OracleEvent[],
  { endMs, armedMs }: Surroundings,
): readonly GroupEpisode[] {
  const { alert } = rule;
  if (alert.kind === 'stays') return spanStates(rule, staySpans(alert, events), endMs, rule.resolveAfterMs);
  if (alert.kind !== 'nothing') return [];
  const duringMs = alert.during.ms;
  if (armedMs !== undefined) {
    if (armedMs === Infinity) return [];
    const before = spanAfter(armedMs, duringMs, events[0]?.timeMs ?? Infinity, `/0/-1@${armedMs}`);
    return spanStates(rule, [...before, ...quietSpans(events, duringMs)], endMs, Infinity);
  }
  const forgetAfterMs = alert.seenWithin?.ms ?? 86_400_000;
  return lives(events, forgetAfterMs).flatMap((members) => {
    const forgottenMs = members.at(-1)!.timeMs + forgetAfterMs;
    const spans = quietSpans(members, duringMs);
    return retired(spanStates(rule, spans, Math.min(endMs, forgottenMs - 1), Infinity), forgottenMs, endMs);
  });
}

function spanAfter(fromMs: number, duringMs: number, nextMs: number, first: string): readonly Span[] {
  return nextMs > fromMs + duringMs ? [{ fromMs: fromMs + duringMs, toMs: nextMs, first }] : [];
}

function quietSpans(events: readonly OracleEvent[], duringMs: number): readonly Span[] {
  return events.flatMap((event, i) =>
    spanAfter(event.timeMs, duringMs, events[i + 1]?.timeMs ?? Infinity, nameOf(event)),
  );
}

function staySpans(alert: Spec<'stays'>, events: readonly OracleEvent[]): readonly Span[] {
  const said = events.filter(({ values }) => (values[alert.field.name] ?? []).length > 0);
  const isV = (event: OracleEvent | undefined): boolean =>
    event?.values[alert.field.name]?.[0] === alert.value.text;
  return said.flatMap((event, i) => {
    if (!isV(event) || isV(said[i - 1])) return [];
    const other = said.slice(i + 1).find((later) => !isV(later));
    return spanAfter(event.timeMs, alert.during.ms, other?.timeMs ?? Infinity, nameOf(event));
  });
}

function spanStates(
  rule: Rule,
  spans: readonly Span[],
  endMs: number,
  expireAfterMs: number,
): readonly GroupEpisode[] {
  if (rule.resolveNever)
    return eachOne(
      rule,
      spans.map(({ fromMs, first }) => ({ atMs: fromMs, first })),
      endMs,
    );
  const result: GroupEpisode[] = [];
  let cooledMs = -Infinity;
  let suppressed = 0;
  for (const { fromMs, toMs, first } of spans) {
    if (fromMs > endMs) break;
    if (fromMs < cooledMs) suppressed++;
    const firedAtMs = Math.max(fromMs, cooledMs);
    if (firedAtMs >= toMs || firedAtMs > endMs) continue;
    const open = { pendingAtMs: firedAtMs, firedAtMs, count: 1, suppressed, first };
    const resolvedAtMs = Math.min(toMs, firedAtMs + expireAfterMs);
    if (resolvedAtMs > endMs || resolvedAtMs === Infinity) {
      result.push({ state: 'firing', ...open });
      break;
    }
    result.push({
      state: 'resolved',
      ...open,
      resolvedAtMs,
      reason: resolvedAtMs === toMs ? 'healed' : 'expired',
    });
    cooledMs = resolvedAtMs + rule.cooldownMs;
    suppressed = 0;
  }
  return result;
}

/** Forms that fire at one event and are never a state. */
export function single(
  rule: Rule,
  events: readonly OracleEvent[],
  { endMs, ruleFirstMs }: Surroundings,
): readonly GroupEpisode[] {
  const { alert } = rule;
  if (alert.kind !== 'changes' && alert.kind !== 'new') return [];
  const windowMs = alert.within.ms;
  const said = events.filter(({ values }) => (values[alert.field.name] ?? []).length > 0);
  const valuesOf = ({ values }: OracleEvent) => values[alert.field.name] ?? [];
  const isHit = (event: OracleEvent, i: number): boolean => {
    if (alert.kind === 'new') {
      const shown = said.slice(0, i).filter(({ timeMs }) => timeMs >= event.timeMs - windowMs);
      const isNew = valuesOf(event).some((value) => !shown.some((other) => valuesOf(other).includes(value)));
      return isNew && event.timeMs >= ruleFirstMs + windowMs;
    }
    const before = said[i - 1];
    if (before === undefined || event.timeMs - before.timeMs > windowMs) return false;
    const [was, is] = [valuesOf(before)[0], valuesOf(event)[0]];
    if (was === is) return false;
    return (
      (alert.from === undefined || was === alert.from.text) &&
      (alert.to === undefined || is === alert.to.text)
    );
  };
  const hits = said.filter(isHit).map((event) => ({ atMs: event.timeMs, first: nameOf(event) }));
  return eachOne(rule, hits, endMs);
}
