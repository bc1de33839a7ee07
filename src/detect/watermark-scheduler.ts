/**
 * Which rules have anything to do when time goes on. Rules of the same sources are settled up to the same time; one is visited only
 * when something of it falls due, or when events came for it, so that what a batch costs does not grow with the rules.
 */
import type { RuleRun } from './rule-run.ts';
import { Timers } from './time/timers.ts';

export interface Settling {
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
  settle(untilMs: (from: readonly string[]) => number): void;
  /** Matches that wait to be settled, of all runs. */
  waiting(): number;
  /** When something of a run is next due; Infinity: never, unless an event comes. */
  nextMs(): number;
}

/** Rules of the same sources. */
interface Group {
  readonly from: readonly string[];
  readonly members: Map<number, Member>;
  /** When each member is next to be visited, by its number. */
  readonly timers: Timers;
  /** To be visited next time in any case. */
  readonly disturbed: Set<Member>;
  settledMs: number;
}

interface Member {
  readonly run: RuleRun;
  readonly number: number;
  readonly group: Group;
  /** The group's time does not hold for it yet. */
  isFresh: boolean;
  waiting: number;
}

export function createSettling(): Settling {
  const groups = new Map<string, Group>();
  const members = new Map<RuleRun, Member>();
  let nextNumber = 0;
  let waiting = 0;

  function groupOf({ rule, sourcesKey }: RuleRun): Group {
    let group = groups.get(sourcesKey);
    if (group === undefined) {
      group = {
        ...{ from: rule.from, members: new Map(), timers: new Timers() },
        ...{ disturbed: new Set(), settledMs: -Infinity },
      };
      groups.set(sourcesKey, group);
    }
    return group;
  }

  function join(run: RuleRun): Member {
    const group = groupOf(run);
    const member = { run, number: nextNumber++, group, isFresh: true, waiting: 0 };
    members.set(run, member);
    group.members.set(member.number, member);
    return member;
  }

  function tellTime({ run, group, isFresh }: Member): void {
    if (!isFresh) run.settledUpTo(group.settledMs);
  }

  /** It has done what there was to do: when is it to be visited again? */
  function arm(member: Member): void {
    const { run, group, number } = member;
    waiting += run.waiting() - member.waiting;
    member.waiting = run.waiting();
    group.timers.arm(number, run.nextMs());
    if (run.isRestless) group.disturbed.add(member);
  }

  function due(group: Group, untilMs: number): Set<Member> {
    const found = new Set(group.disturbed);
    group.disturbed.clear();
    for (let n = group.timers.take(untilMs); n >= 0; n = group.timers.take(untilMs))
      found.add(group.members.get(n)!);
    return found;
  }

  return {
    add(run) {
      const member = join(run);
      member.group.disturbed.add(member);
    },
    restore(run) {
      const member = join(run);
      const { group } = member;
      const { settledMs } = run;
      member.isFresh = settledMs === -Infinity;
      group.settledMs = Math.max(group.settledMs, settledMs);
      if (member.isFresh) group.disturbed.add(member);
      arm(member);
    },
    remove(run) {
      const member = members.get(run)!;
      const { group, number } = member;
      members.delete(run);
      group.members.delete(number);
      group.timers.disarm(number);
      group.disturbed.delete(member);
      waiting -= member.waiting;
      if (group.members.size === 0) groups.delete(run.sourcesKey);
    },
    upToDate(run) {
      tellTime(members.get(run)!);
      return run;
    },
    disturb(run) {
      const member = members.get(run)!;
      member.group.disturbed.add(member);
    },
    settle(untilMs) {
      const visits: { readonly member: Member; readonly toMs: number }[] = [];
      const times = new Map<Group, number>();
      for (const group of groups.values()) {
        const toMs = untilMs(group.from);
        times.set(group, toMs);
        for (const member of due(group, toMs)) visits.push({ member, toMs });
      }
      visits.sort((a, b) => a.member.number - b.member.number);
      for (const { member, toMs } of visits) {
        tellTime(member);
        member.run.settle(toMs);
        member.isFresh = false;
        arm(member);
      }
      for (const [group, toMs] of times) group.settledMs = Math.max(group.settledMs, toMs);
    },
    waiting: () => waiting,
    nextMs: () => Math.min(Infinity, ...[...groups.values()].map(({ timers }) => timers.next())),
  };
}
