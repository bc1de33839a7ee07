/**
 * Takes a batch into the detector: each match goes to one run, in time or too late. A match that comes too late counts in no window; it is
 * only judged aside (judged-aside.ts).
 */
import type { Match } from '../event/match.ts';
import { groupKeys } from './input/group-key.ts';
import type { BatchInput, DetectRule } from './input/input.ts';
import { underStateNames } from './input/let-names.ts';
import { waiting, type Waiting } from './input/waiting.ts';
import type { JudgedAside } from './judged-aside.ts';
import type { Samples } from './lifecycle/samples.ts';
import type { RuleRun } from './rule-run.ts';
import type { RunsInForce } from './runs-in-force.ts';
import type { Partitions } from './time/watermarks.ts';
import type { WatermarkScheduler } from './watermark-scheduler.ts';

export interface IntakeParts {
  readonly runs: RunsInForce;
  readonly partitions: Pick<Partitions, 'read' | 'latenessFor'>;
  readonly samples: Samples;
  readonly scheduler: Pick<WatermarkScheduler, 'upToDate' | 'disturb'>;
  readonly aside: Pick<JudgedAside, 'late'>;
}

/** Takes a batch in; returns true if a match came too late. */
export function takeIn(batch: BatchInput, parts: IntakeParts): boolean {
  const { runs, partitions, samples, scheduler } = parts;
  const seenOffset = partitions.read(batch);
  const arrived = byRun(batch.matches, { seenOffset, runs, keep: (match) => samples.keep(match) });
  const late = byRun(batch.late ?? [], { seenOffset, runs });
  for (const [run, events] of arrived) {
    const tooLate = scheduler.upToDate(run).accept(events);
    if (tooLate.length > 0) late.set(run, [...(late.get(run) ?? []), ...tooLate]);
    scheduler.disturb(run);
  }
  for (const [run, events] of late) notCounted(scheduler.upToDate(run), events, parts);
  return late.size > 0;
}

interface TakeOptions {
  /** Greatest offset of a match seen before. A match that is not above it is replayed. */
  readonly seenOffset: number;
  readonly runs: RunsInForce;
  /** Called with each match that a run takes. */
  readonly keep?: (match: Match) => void;
}

/** A run, and the matches that it takes from a batch; `events` is empty until the first of them. */
interface Taker {
  readonly run: RuleRun;
  readonly rule: DetectRule;
  readonly events: Waiting[];
}

/**
 * Returns the matches by their runs. Without a match that is replayed, whose rule is gone, for which the rule's `when` does not hold, or
 * whose group does not fit.
 */
function byRun(
  matches: readonly Match[],
  { seenOffset, runs, keep }: TakeOptions,
): Map<RuleRun, readonly Waiting[]> {
  const takers = new Map<string, Taker | 'none'>();
  const found = new Map<RuleRun, readonly Waiting[]>();
  const keyOf = groupKeys();
  for (const match of matches) {
    if (match.position.offset <= seenOffset) continue;
    let taker = takers.get(match.rule);
    if (taker === undefined) takers.set(match.rule, (taker = takerOf(runs.get(match.rule))));
    if (taker === 'none' || !takes(taker.rule, match)) continue;
    keep?.(match);
    if (taker.events.length === 0) found.set(taker.run, taker.events);
    taker.events.push(waiting(underStateNames(taker.rule, match), keyOf(match)));
  }
  return found;
}

function takerOf(run: RuleRun | undefined): Taker | 'none' {
  return run === undefined ? 'none' : { run, rule: run.rule, events: [] };
}

function takes({ hasWhen, alert }: DetectRule, { conditions, group }: Match): boolean {
  return group.length === alert.by.length && (!hasWhen || conditions.includes('when'));
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
