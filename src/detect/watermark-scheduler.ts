/**
 * Which rules have anything to do when time goes on. Rules of the same sources are settled up to the same time; one is visited only
 * when something of it falls due, or when events came for it, so that what a batch costs does not grow with the rules.
 */
import type { RuleRun } from './rule-run.ts';
import { SourceGroup, type Member } from './source-group.ts';

export interface WatermarkScheduler {
  /** A run that has not been settled yet: it is visited at the next settling, whatever it waits for. */
  add(run: RuleRun): void;
  /** A run as a snapshot left it. */
  restore(run: RuleRun): void;
  remove(run: RuleRun): void;
  /** The run, told up to what time it is settled. Ask it for nothing and give it nothing otherwise. */
  upToDate(run: RuleRun): RuleRun;
  /** Something came for the run: it is visited at the next settling. */
  disturb(run: RuleRun): void;
  /** Settles everything up to the time that holds for each group of sources, in the order in which the runs were added. */
  finalise(untilMs: (from: readonly string[]) => number): void;
  /** Matches that wait to be settled, of all runs. */
  waiting(): number;
  /** When something of a run is next due; Infinity: never, unless an event comes. */
  nextMs(): number;
}

export function createWatermarkScheduler(): WatermarkScheduler {
  const groups = new Map<string, SourceGroup>();
  const members = new Map<RuleRun, Member>();
  let nextNumber = 0;
  let waiting = 0;

  function join(run: RuleRun): Member {
    let group = groups.get(run.sourcesKey);
    if (group === undefined) groups.set(run.sourcesKey, (group = new SourceGroup(run.rule.from)));
    const member = { run, number: nextNumber++, group, isFresh: true, waiting: 0 };
    members.set(run, member);
    group.add(member);
    return member;
  }

  function tellTime({ run, group, isFresh }: Member): void {
    if (!isFresh) run.finalUpTo(group.finalMs);
  }

  /** It has done what there was to do: when is it to be visited again? */
  function arm(member: Member): void {
    const { run, group } = member;
    waiting += run.waiting() - member.waiting;
    member.waiting = run.waiting();
    group.arm(member);
  }

  return {
    add(run) {
      const member = join(run);
      member.group.disturb(member);
    },
    restore(run) {
      const member = join(run);
      const { group } = member;
      const { finalMs } = run;
      member.isFresh = finalMs === -Infinity;
      group.finalUpTo(finalMs);
      if (member.isFresh) group.disturb(member);
      arm(member);
    },
    remove(run) {
      const member = members.get(run)!;
      members.delete(run);
      waiting -= member.waiting;
      member.group.remove(member);
      if (member.group.size === 0) groups.delete(run.sourcesKey);
    },
    upToDate(run) {
      tellTime(members.get(run)!);
      return run;
    },
    disturb(run) {
      const member = members.get(run)!;
      member.group.disturb(member);
    },
    finalise(untilMs) {
      const times = [...groups.values()].map((group) => ({ group, toMs: untilMs(group.from) }));
      const visits = times.flatMap(({ group, toMs }) => group.due(toMs).map((member) => ({ member, toMs })));
      visits.sort((a, b) => a.member.number - b.member.number);
      for (const { member, toMs } of visits) {
        tellTime(member);
        member.run.finalise(toMs);
        member.isFresh = false;
        arm(member);
      }
      for (const { group, toMs } of times) group.finalUpTo(toMs);
    },
    waiting: () => waiting,
    nextMs: () => Math.min(Infinity, ...[...groups.values()].map((group) => group.nextMs())),
  };
}
