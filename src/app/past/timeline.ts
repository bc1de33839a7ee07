/**
 * Describes for people the course of a rule over its events: which event came when, and what the rule's window held then
 * (window-values.ts). It is computed from the matches at hand, apart from the detector: it explains and never decides.
 */
import type { Episode } from '../../event/alert.ts';
import type { Match } from '../../event/match.ts';
import { comparisonsOf, windowOf } from '../../rule/alert-parts.ts';
import type { AlertSpec } from '../../rule/ast.ts';
import { printExpr } from '../../rule/print.ts';
import { windowValues, type MeasuredSide } from './window-values.ts';

export interface TimelineRow {
  readonly timeMs: number;
  readonly kind: 'event' | 'fired' | 'resolved';
  /** Values of the `by` fields; empty without `by`. */
  readonly group: string;
  /** The line of the event, or the text that says what became of the episode. */
  readonly text: string;
  /** The values of the rule's window at that time, or the role of the event in the rule; absent where the event plays no role. */
  readonly window?: string;
  /** Number of rows left out right before this one; absent: none. */
  readonly leftOut?: number;
}

/** A line that the rule may or may not have matched. */
interface TimelineEvent {
  readonly timeMs: number;
  readonly position: Match['position'];
  readonly line: string;
}

export interface TimelineOptions {
  readonly alert: AlertSpec;
  /** The events in their order; absent: those that matched. */
  readonly events?: readonly TimelineEvent[];
  /** The matches in the order of events. */
  readonly matches: readonly Match[];
  readonly episodes: readonly Episode[];
  /** Maximum number of rows, 6 or more. Lines are left out first; firings with the line before them are left out last. */
  readonly max: number;
}

/** Returns the rows in the order of time, and how many rows were left out. */
export function timeline(options: TimelineOptions): {
  readonly rows: readonly TimelineRow[];
  readonly omitted: number;
} {
  const { alert, matches, episodes, max } = options;
  const places = new Map(matches.map((match) => [placeOf(match.position), match]));
  const lines = (options.events ?? matches.map(asEvent)).map((event) => ({
    timeMs: event.timeMs,
    told: undefined,
    event,
    match: places.get(placeOf(event.position)),
  }));
  const told = episodes
    .flatMap((episode) => episodeRows(episode))
    .map((row) => ({ timeMs: row.timeMs, told: row, match: undefined }));
  const all = [...lines, ...told].sort((a, b) => a.timeMs - b.timeMs);
  const shown = worthShowing(
    all.map((each) => each.told !== undefined),
    max,
  );
  const wanted = new Set(shown.flatMap((at) => all[at]!.match ?? []));
  const windowText = windowTexts(alert, matches, wanted);
  const rows = shown.map((at, i): TimelineRow => {
    const each = all[at]!;
    const row = each.told ?? eventRow(each.event, each.match, windowText);
    const leftOut = at - (shown[i - 1] ?? -1) - 1;
    return leftOut === 0 ? row : { ...row, leftOut };
  });
  return { rows, omitted: all.length - rows.length };
}

/**
 * Returns the indices of the rows to show, ascending. A third of the room is for rows of episodes, the first and the last of them. A third
 * is for the lines right before these. The rest is for the beginning and the end.
 */
function worthShowing(told: readonly boolean[], max: number): readonly number[] {
  if (told.length <= max) return told.map((_, at) => at);
  const third = Math.floor(max / 3);
  const tellings = told.flatMap((is, at) => (is ? [at] : []));
  const kept = new Set(fromBothEnds(tellings, third).flatMap((at) => (at === 0 ? [at] : [at - 1, at])));
  const others = told.flatMap((_, at) => (kept.has(at) ? [] : [at]));
  for (const at of fromBothEnds(others, max - kept.size)) kept.add(at);
  return [...kept].sort((a, b) => a - b);
}

/** Returns the first and the last elements of a list, `max` in total. */
function fromBothEnds<T>(list: readonly T[], max: number): readonly T[] {
  if (list.length <= max) return list;
  const head = Math.ceil(max / 2);
  return [...list.slice(0, head), ...list.slice(list.length - (max - head))];
}

const placeOf = ({ source, partition, offset }: Match['position']): string =>
  `${source}/${partition}/${offset}`;

const asEvent = ({ timeMs, position, shown }: Match): TimelineEvent => ({
  timeMs,
  position,
  line: shown.excerpt,
});

function eventRow(
  { timeMs, line }: TimelineEvent,
  match: Match | undefined,
  windowText: (match: Match) => string,
): TimelineRow {
  if (match === undefined) return { timeMs, kind: 'event', group: '', text: line };
  const group = match.group.map(String).join(', ');
  return { timeMs, kind: 'event', group, text: line, window: windowText(match) };
}

function episodeRows(episode: Episode): TimelineRow[] {
  const { firedAtMs, resolvedAtMs, reason, count } = episode;
  const group = Object.values(episode.group).map(String).join(', ');
  const rows: TimelineRow[] = [];
  if (firedAtMs !== undefined)
    rows.push({ timeMs: firedAtMs, kind: 'fired', group, text: 'fires', window: `count ${count}` });
  if (firedAtMs !== undefined && resolvedAtMs !== undefined)
    rows.push({
      timeMs: resolvedAtMs,
      kind: 'resolved',
      group,
      text: `resolves${reason === undefined ? '' : `: ${reason}`}`,
    });
  return rows;
}

/**
 * Returns a function that describes each wanted match: the values that the rule compares over the window ending with it, or its roles in
 * the rule.
 */
function windowTexts(
  alert: AlertSpec,
  matches: readonly Match[],
  wanted: ReadonlySet<Match>,
): (match: Match) => string {
  const comparisons = comparisonsOf(alert);
  if (comparisons.length === 0) return rolesText;
  const values = windowValues(comparisons, windowOf(alert).ms, matches, wanted);
  return (match) => values.get(match)!.map(sideText).join(', ');
}

function rolesText({ conditions, values }: Match): string {
  const roles = conditions.filter((name) => name !== 'when');
  const read = Object.entries(values ?? {}).map(([name, held]) => `${name} = ${held.map(String).join(', ')}`);
  return [...roles, ...read].join(', ') || 'matches';
}

const sideText = ({ expr, value }: MeasuredSide): string => `${printExpr(expr)} = ${numberText(value)}`;

function numberText(value: number | undefined): string {
  return value === undefined ? 'none' : String(Number(value.toPrecision(6)));
}
