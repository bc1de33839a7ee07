/**
 * From a transition to messages: who is told, and what the message says. Pure: the same transition gives the same rows with
 * the same keys, so that a replay adds nothing to the outbox.
 */
import { createHash } from 'node:crypto';
import type { Transition } from '../event/alert.ts';
import type { Value } from '../event/event.ts';
import type { Config, Route } from '../config/config.ts';
import type { Rule } from '../rule/ast.ts';
import { kibanaLink } from './kibana.ts';
import type { Notice, RuleView, RunbookText } from './notice.ts';
import type { OutboxRow, Receiver, Told } from './outbox.ts';
import { runbookUrl } from './runbook.ts';

export interface PlanContext {
  readonly config: Pick<Config, 'routes' | 'language' | 'kibana' | 'http'>;
  /** Text of a runbook by its path relative to the rules folder, undefined where there is none. */
  rulebook(path: string): string | undefined;
  /** Who was told of the thread's firing: `told` of the outbox. */
  told(threadId: string): Told | undefined;
  /** The rule's condition in Kibana's language. */
  kql(rule: Rule): string;
}

/**
 * The messages of a transition, one a receiver. Corrections and resolutions go to those who got the firing, or will get it.
 * `rule` may be undefined where it was removed since: the messages then show it as it was at the firing.
 */
export function plan(
  transition: Transition,
  rule: Rule | undefined,
  context: PlanContext,
): readonly OutboxRow[] {
  if (!transition.announce) return [];
  const { threadId, kind, episode } = transition;
  const told = kind === 'fired' ? undefined : context.told(threadId);
  if (kind !== 'fired' && !told) return [];
  const receivers = told?.receivers ?? (rule ? receiversOf(rule, context.config.routes) : []);
  const view = rule ? viewOf(rule) : told?.notice.rule;
  if (!view) return [];
  const runbook = rule ? runbookOf(rule, kind, context) : told?.notice.runbook;
  const kibanaUrl = (rule && kibanaOf(rule, transition, context)) ?? told?.notice.kibanaUrl;
  const notice: Notice = {
    kind,
    threadId,
    rule: view,
    episode,
    samples: episode.samples,
    values: valuesOf(transition),
    language: context.config.language,
    ...(transition.because === undefined ? {} : { because: transition.because }),
    ...(runbook ? { runbook } : {}),
    ...(kibanaUrl === undefined ? {} : { kibanaUrl }),
    ...alertUrlOf(threadId, context),
  };
  const version = versionOf(transition);
  return receivers.map((receiver) => ({
    key: createHash('sha256')
      .update(JSON.stringify([threadId, receiver.channel, receiver.target, kind, version]))
      .digest('hex')
      .slice(0, 32),
    receiver,
    notice,
  }));
}

function alertUrlOf(threadId: string, { config }: PlanContext): { alertUrl?: string } {
  const base = config.http?.baseUrl;
  return base === undefined ? {} : { alertUrl: `${base.replace(/\/+$/u, '')}/alerts/${threadId}` };
}

/** The rule's own receivers, else those of the first route that fits; each once. */
export function receiversOf(
  rule: Pick<Rule, 'name' | 'severity' | 'owner' | 'labels' | 'notify'>,
  routes: readonly Route[],
): readonly Receiver[] {
  const chosen = rule.notify.length > 0 ? rule.notify : (routes.find((route) => fits(route, rule))?.to ?? []);
  const byName = new Map<string, Receiver>();
  for (const { channel, target } of chosen) byName.set(`${channel}:${target}`, { channel, target });
  return [...byName.values()];
}

function fits(route: Route, rule: Pick<Rule, 'name' | 'severity' | 'owner' | 'labels'>): boolean {
  return (
    (route.severity?.includes(rule.severity) ?? true) &&
    (route.rule?.includes(rule.name) ?? true) &&
    (route.owner === undefined || (rule.owner !== undefined && route.owner.includes(rule.owner))) &&
    Object.entries(route.labels).every(([name, value]) => rule.labels[name] === value)
  );
}

function viewOf(rule: Rule): RuleView {
  const { alert } = rule;
  const threshold = thresholdOf(alert);
  const windowMs = 'within' in alert ? alert.within.ms : alert.during.ms;
  return {
    name: rule.name,
    severity: rule.severity,
    labels: rule.labels,
    alertText: rule.alertText,
    windowMs,
    ...(rule.title === undefined ? {} : { title: rule.title }),
    ...(rule.owner === undefined ? {} : { owner: rule.owner }),
    ...(rule.whenText === undefined ? {} : { whenText: rule.whenText }),
    ...(threshold === undefined ? {} : { threshold }),
  };
}

/** N of `count >= N` or `count > N` alone: the least count that fires. */
function thresholdOf(alert: Rule['alert']): number | undefined {
  if (alert.kind !== 'aggregate' || alert.comparisons.length !== 1) return undefined;
  const { left, op, right } = alert.comparisons[0]!;
  if (left.kind !== 'count' || right.kind !== 'number') return undefined;
  if (op === '>=') return right.value;
  return op === '>' ? Math.floor(right.value) + 1 : undefined;
}

/** Only a firing shows the steps; what follows it names the runbook. */
function runbookOf(rule: Rule, kind: Transition['kind'], context: PlanContext): RunbookText | undefined {
  if (rule.runbook === undefined) return undefined;
  const inChinese = rule.runbook.replace(/\.md$/u, '.zh.md');
  const paths = context.config.language === 'zh' ? [inChinese, rule.runbook] : [rule.runbook];
  for (const path of paths) {
    const markdown = context.rulebook(path);
    if (markdown === undefined) continue;
    const url = runbookUrl(markdown);
    return { path, markdown: kind === 'fired' ? markdown : '', ...(url === undefined ? {} : { url }) };
  }
  return undefined;
}

function kibanaOf(rule: Rule, { episode }: Transition, context: PlanContext): string | undefined {
  const { kibana } = context.config;
  return kibana && kibanaLink(kibana, context.kql(rule), episode, viewOf(rule).windowMs ?? 0);
}

/** The group, then the fields of the latest sample, for the placeholders of the runbook. */
function valuesOf({ episode }: Transition): Readonly<Record<string, readonly Value[]>> {
  const group = Object.entries(episode.group).map(([name, value]) => [name, [value]] as const);
  return { ...episode.samples.at(-1)?.fields, ...Object.fromEntries(group) };
}

/** What tells two messages of the same kind in a thread apart. */
function versionOf({ episode }: Transition): string {
  const { alertId, state, firedAtMs, resolvedAtMs, reason, count } = episode;
  return JSON.stringify([alertId, state, firedAtMs, resolvedAtMs, reason, count]);
}
