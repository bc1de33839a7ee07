/**
 * Finds the rules that have something to do when the watermark advances. Rules of the same sources are final up to the same time. A rule is
 * visited only when one of its timers is due or when events came for it. So the cost of a batch does not grow with the number of rules.
 */
import type { RuleRun } from './rule-run.ts';
import { SourceGroup, type Member } from './source-group.ts';

export interface WatermarkScheduler {
  /** Adds a run that has seen no watermark yet. It is visited by the next `finalise`, whatever it waits for. */
  add(run: RuleRun): void;
  /** Adds a run that a checkpoint restored. */
  restore(run: RuleRun): void;
  remove(run: RuleRun): void;
  /** Returns the run with its `finalMs` brought up to date. Do not read or change a run without this call. */
  upToDate(run: RuleRun): RuleRun;
  /** Records that something came for the run: the next `finalise` visits it. */
  disturb(run: RuleRun): void;
  /** Makes each group of sources final up to the time that `untilMs` gives for it. Visits runs in the order in which they were added. */
  finalise(untilMs: (from: readonly string[]) => number): void;
  /** Matches in the event-time buffers of all runs. */
  waiting(): number;
  /** The next time at which a run has something due; Infinity: never, until an event comes. */
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

  /** Sets when the member is visited again, after it did all there was to do. */
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
