/**
 * Takes a batch into the detector: each match goes to one run, in time or too late. A match that comes too late counts in no window; it is
 * only judged aside (judged-aside.ts).
 */
import type { Match } from '../event/match.ts';
import type { BatchInput } from './input/input.ts';
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

type ByRun = Map<RuleRun, Waiting[]>;

/** Takes a batch in; returns true if a match came too late. */
export function takeIn(batch: BatchInput, parts: IntakeParts): boolean {
  const { runs, partitions, samples, scheduler } = parts;
  const seenOffset = partitions.read(batch);
  const arrived: ByRun = new Map();
  const late: ByRun = new Map();
  for (const match of batch.matches) {
    const run = runFor(match, seenOffset, runs);
    if (run === undefined) continue;
    samples.keep(match);
    addTo(arrived, run, match);
  }
  for (const match of batch.late ?? []) {
    const run = runFor(match, seenOffset, runs);
    if (run !== undefined) addTo(late, run, match);
  }
  for (const [run, events] of arrived) {
    const tooLate = scheduler.upToDate(run).accept(events);
    if (tooLate.length > 0) late.set(run, [...(late.get(run) ?? []), ...tooLate]);
    scheduler.disturb(run);
  }
  for (const [run, events] of late) notCounted(scheduler.upToDate(run), events, parts);
  return late.size > 0;
}

/**
 * Returns the run of the match's rule. Undefined if the match is replayed, if its rule is gone, if the rule's `when` does not hold, or if
 * its group does not fit.
 */
function runFor(match: Match, seenOffset: number, runs: RunsInForce): RuleRun | undefined {
  const run = runs.get(match.rule);
  if (run === undefined || match.position.offset <= seenOffset) return undefined;
  if (run.rule.hasWhen && !match.conditions.includes('when')) return undefined;
  return match.group.length === run.rule.alert.by.length ? run : undefined;
}

function addTo(lists: ByRun, run: RuleRun, match: Match): void {
  const event = waiting(underStateNames(run.rule, match));
  const list = lists.get(run);
  if (list === undefined) lists.set(run, [event]);
  else list.push(event);
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
