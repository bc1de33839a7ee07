/** Whether what a simulated process found, and what people got, is the oracle's: nothing false, lost, or twice but what says so. */
import type { Episode } from '../../src/event/alert.ts';
import type { StoredEpisode } from '../../src/detect/store/alerts.ts';
import type { Rule } from '../../src/rule/ast.ts';
import type { OracleEpisode } from '../support/oracle.ts';
import { alertsOnDisk } from './process-machine.ts';
import type { Arrived } from './process-receivers.ts';
import { episodesOf, reignsOf, type Reign } from './process-reigns.ts';
import { ruleKey, TARGETS, type Simulated } from './process-world.ts';

/** The first thing that is wrong with the run, for whoever looks for the fault; undefined: all is well. `dir`: of its disk. */
export function untruthOf(run: Simulated, dir: string): string | undefined {
  const stored = alertsOnDisk(dir);
  const reigns = reignsOf(run.committed, run.lines, run.sources);
  for (const name of new Set([...run.rules.values()].map(({ rule }) => rule.name))) {
    const own = stored.filter(({ episode }) => episode.rule === name);
    const wrong =
      untrueAlerts(
        own.map(({ episode }) => episode),
        reigns.filter(({ rule }) => rule === name),
        run,
      ) ?? untrueMessages(name, own, run);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  return undefined;
}

function untrueAlerts(own: readonly Episode[], reigns: readonly Reign[], run: Simulated): string | undefined {
  const ruleOf = ({ rule: name, meaning }: Reign) => run.rules.get(ruleKey({ name, meaning }))!;
  const expected = reigns.flatMap((reign) => {
    const { simulated, rule } = ruleOf(reign);
    return episodesOf(reign, simulated, rule, run.finalMs).map(facts);
  });
  const isExpected = new Set(expected);
  const isAsTold = (one: Episode): boolean =>
    reigns.some((reign) => isEndedAsTold(one, reign, windowMsOf(ruleOf(reign).rule)));
  const found = own.filter((one) => isExpected.has(facts(one)) || !isAsTold(one)).map(facts);
  const missing = without(expected, found);
  const untrue = without(found, expected);
  if (missing.length + untrue.length === 0) return undefined;
  return `not found:\n${missing.join('\n')}\nnot true:\n${untrue.join('\n')}`;
}

/**
 * What was told, and was not settled when its rule ended: nobody knows whether it should have been. What was told of a time that was
 * settled may still have been waiting for a firing behind it, of the same events, to become that one.
 */
function isEndedAsTold(episode: Episode, { meaning, ended, finalMs }: Reign, windowMs: number): boolean {
  if (ended === undefined || episode.meaning !== meaning) return false;
  const isOpen = episode.firedAtMs! + windowMs > finalMs;
  return isOpen && (episode.reason === undefined || episode.reason === ended);
}

const windowMsOf = ({ alert }: Rule): number => ('within' in alert ? alert.within.ms : alert.during.ms);

/** The items but for these, each as often as it is there. */
function without(items: readonly string[], others: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const other of others) left.set(other, (left.get(other) ?? 0) + 1);
  return items.filter((item) => {
    const count = left.get(item) ?? 0;
    left.set(item, count - 1);
    return count <= 0;
  });
}

function untrueMessages(name: string, own: readonly StoredEpisode[], run: Simulated): string | undefined {
  for (const target of TARGETS) {
    const got = run.arrived.filter((each) => each.target === target && each.notice.rule.name === name);
    const wrong = untrueTo(got, own);
    if (wrong !== undefined) return `to ${target}: ${wrong}`;
  }
  return undefined;
}

function untrueTo(got: readonly Arrived[], truth: readonly StoredEpisode[]): string | undefined {
  const seen = new Set<string>();
  const standing = new Map<string, Arrived['notice']>();
  for (const { notice, possibleDuplicate, isInThread } of got) {
    const { kind, threadId, episode } = notice;
    const message = `${threadId} ${kind} ${episode.alertId} ${facts(episode)}`;
    if (seen.has(message)) {
      if (!possibleDuplicate) return `Twice, unmarked: ${message}`;
      continue;
    }
    seen.add(message);
    if (kind !== 'fired' && !isInThread) return `Outside its thread: ${message}`;
    if ((kind === 'fired') === standing.has(threadId))
      return `${kind === 'fired' ? 'Fired twice' : 'Before its firing'}: ${message}`;
    if (kind === 'withdrawn') standing.delete(threadId);
    else standing.set(threadId, notice);
  }
  const threads = truth.map(({ threadId }) => threadId);
  const [told, lacking] = [[...standing.keys()], without(threads, [...standing.keys()])];
  if (lacking.length > 0) return `Not told: ${lacking.join()}`;
  const untrue = without(told, threads);
  if (untrue.length > 0) return `Told, and not so: ${untrue.join()}`;
  for (const { threadId, episode } of truth) {
    const last = standing.get(threadId)!;
    // A resolution says how it all was; an event alert is over as it is told.
    const isWell =
      last.kind === 'resolved' ? facts(last.episode) === facts(episode) : episode.reason === undefined;
    if (!isWell)
      return `The end of ${threadId} is ${facts(episode)}, and not ${last.kind} ${facts(last.episode)}`;
  }
  return undefined;
}

/** What a settled episode is held to; how far one that is still firing has grown is not written down at every event. */
function facts(one: Episode | OracleEpisode): string {
  const { group, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, count, suppressed } = one;
  const by: unknown = typeof group === 'string' ? JSON.parse(group) : Object.values(group);
  const grown = state === 'firing' ? undefined : count;
  return JSON.stringify([by, state, pendingAtMs, firedAtMs, resolvedAtMs, reason, grown, suppressed]);
}
