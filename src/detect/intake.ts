/**
 * Takes a batch into the detector: each match goes to one run, in time or too late. A match that comes too late counts in no window; it is
 * only judged aside (judged-aside.ts).
 */
import { matchColumnsOf, type MatchColumns } from '../event/match-columns.ts';
import { Arrivals } from './arrivals.ts';
import type { AnyBatch } from './input/input.ts';
import type { Waiting } from './input/waiting.ts';
import type { JudgedAside } from './judged-aside.ts';
import type { Samples } from './lifecycle/samples.ts';
import type { RuleRun } from './rule-run.ts';
import type { RunsInForce } from './runs-in-force.ts';
import type { SharedWaiting } from './time/waiting-keys.ts';
import type { Partitions } from './time/watermarks.ts';
import type { WatermarkScheduler } from './watermark-scheduler.ts';

export interface IntakeParts {
  readonly runs: RunsInForce;
  readonly partitions: Pick<Partitions, 'read' | 'latenessFor'>;
  readonly samples: Samples;
  readonly shared: SharedWaiting;
  readonly scheduler: Pick<WatermarkScheduler, 'upToDate' | 'disturb'>;
  readonly aside: Pick<JudgedAside, 'late'>;
}

/** Takes a batch in; returns true if a match came too late. */
export function takeIn(batch: AnyBatch, parts: IntakeParts): boolean {
  const { runs, partitions, samples, scheduler, shared } = parts;
  const matches = matchColumnsOf(batch.matches);
  const seenOffset = partitions.read(batch);
  const arrivals = new Arrivals(matches, shared);
  const late = lateIn(batch, { seenOffset, runs, shared });
  for (const { run, taken } of takersOf(matches, { seenOffset, runs, samples })) {
    const tooLate = scheduler.upToDate(run).accept(arrivals, taken);
    if (tooLate.length > 0) late.set(run, [...(late.get(run) ?? []), ...tooLate]);
    scheduler.disturb(run);
  }
  for (const [run, of] of late) notCounted(scheduler.upToDate(run), of, parts);
  return late.size > 0;
}

interface TakeOptions {
  /** Greatest offset of a match seen before. A match that is not above it is replayed. */
  readonly seenOffset: number;
  readonly runs: RunsInForce;
  /** Keeps each event of which a run takes a match. */
  readonly samples?: Pick<Samples, 'keepEvent'>;
}

/** A run, and the places of the matches that it takes from a batch. */
interface Taker {
  readonly run: RuleRun;
  readonly taken: number[];
  /** The last conditions that are enough for the rule. */
  enough: readonly string[] | undefined;
}

/**
 * Returns the runs that take matches. Without a match that is replayed, whose rule is gone, for which the rule's `when` does not hold, or
 * whose group does not fit.
 */
function takersOf(matches: MatchColumns, { seenOffset, runs, samples }: TakeOptions): readonly Taker[] {
  const { length, rules, ruleNames, events, of } = matches;
  const { offsets } = of;
  const takers: (Taker | 'none' | undefined)[] = [];
  const found: Taker[] = [];
  let keptEvent = -1;
  for (let at = 0; at < length; at++) {
    const event = events[at]!;
    if (offsets[event]! <= seenOffset) continue;
    const rule = rules[at]!;
    const taker = (takers[rule] ??= takerOf(runs.get(ruleNames[rule]!)));
    if (taker === 'none' || !takes(taker, matches, at)) continue;
    if (taker.taken.length === 0) found.push(taker);
    taker.taken.push(at);
    if (event === keptEvent) continue;
    samples?.keepEvent(of, event);
    keptEvent = event;
  }
  return found;
}

function takerOf(run: RuleRun | undefined): Taker | 'none' {
  return run === undefined ? 'none' : { run, taken: [], enough: undefined };
}

function takes(taker: Taker, matches: MatchColumns, at: number): boolean {
  const { hasWhen, alert } = taker.run.rule;
  if (matches.groupValues[matches.groups[at]!]!.length !== alert.by.length) return false;
  const satisfied = matches.conditions(at);
  if (!hasWhen || satisfied === taker.enough) return true;
  if (!satisfied.includes('when')) return false;
  taker.enough = satisfied;
  return true;
}

/** Returns the matches that the matcher found to be too late, by their runs. */
function lateIn(
  { late }: AnyBatch,
  { shared, ...options }: TakeOptions & Pick<IntakeParts, 'shared'>,
): Map<RuleRun, readonly Waiting[]> {
  const found = new Map<RuleRun, readonly Waiting[]>();
  if (late === undefined) return found;
  const arrivals = new Arrivals(matchColumnsOf(late), shared);
  for (const { run, taken } of takersOf(arrivals.matches, options))
    found.set(
      run,
      taken.map((match) => arrivals.waiting(match, run.rule)),
    );
  return found;
}

function notCounted(run: RuleRun, events: readonly Waiting[], { partitions, aside }: IntakeParts): void {
  const { finalMs } = run;
  aside.late(
    run,
    events.map((event) => ({
      event,
      latenessMs: partitions.latenessFor(event.position, event.timeMs, finalMs),
    })),
  );
}
