/**
 * Plans the messages of a transition: who gets them and what they contain. It is a pure function: the same transition gives the same rows
 * with the same keys, so that a replay adds nothing to the outbox.
 */
import { createHash } from 'node:crypto';
import type { Episode, Sample, Transition } from '../../event/alert.ts';
import { correctionText } from '../../event/correction.ts';
import { comparePositions, type Value } from '../../event/event.ts';
import type { Config, Route } from '../../config/config.ts';
import { routeFits } from '../../config/routes.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';
import { windowOf } from '../../rule/alert-parts.ts';
import type { Rule } from '../../rule/ast.ts';
import { authoredOnce, type Authored, type AuthoredContext } from './authored.ts';
import { knownOf } from './form.ts';
import { kibanaLink, type KibanaLink } from './kibana.ts';
import type { Notice, Doubt } from '../notice.ts';
import type { OutboxRow, ThreadOpening } from '../outbox-row.ts';

export interface PlanContext extends AuthoredContext {
  readonly config: Pick<Config, 'routes' | 'language' | 'timezone' | 'kibana' | 'http'>;
  /** Returns the first message of the thread and the receivers that it went to, from the outbox. */
  openingOf(threadId: string): ThreadOpening | undefined;
  /** Returns why results of a rule may be wrong at the moment. */
  doubts(rule: string): readonly Doubt[];
  /** Returns true if people may see the value of a field. Default: always true. */
  readonly isShown?: (name: string, value: Value) => boolean;
  /** Returns the rule's condition in Kibana's language. */
  kql(rule: Rule): string;
}

/**
 * Returns the messages of a transition, one for each receiver. Corrections and resolutions go to the receivers that got the firing, or will
 * get it. `inForce` is undefined if the rule was removed since. If the rule was removed or changed after the firing, later messages show it
 * as it was at the firing. `authored`: texts that the transitions of a batch share.
 */
export function plan(
  transition: Transition,
  inForce: Rule | undefined,
  context: PlanContext,
  authored: Authored = authoredOnce(context),
): readonly OutboxRow[] {
  if (!transition.announce) return [];
  const { threadId, kind, episode } = transition;
  // A rule whose meaning has changed has other limits than those of the firing, so it is not shown.
  const rule = kind === 'fired' || inForce?.meaning === episode.meaning ? inForce : undefined;
  const openingOf = kind === 'fired' ? undefined : context.openingOf(threadId);
  if (kind !== 'fired' && !openingOf) return [];
  const receivers = openingOf?.receivers ?? (rule ? receiversOf(rule, context.config.routes) : []);
  const view = rule ? authored.view(rule) : openingOf?.notice.rule;
  if (!view) return [];
  const runbook = rule ? authored.runbook(rule.runbook, kind) : openingOf?.notice.runbook;
  const link = (rule && kibanaOf(rule, transition, context)) ?? linkOf(openingOf?.notice);
  const samples = [...episode.samples].sort(byTime);
  const doubts = context.doubts(episode.rule);
  const shown = {
    rule: view,
    samples,
    values: valuesOf(episode, samples, rule),
    ...(doubts.length > 0 && { doubts }),
    ...(runbook && { runbook }),
    ...link,
  };
  return rowsOf(transition, receivers, shown, context);
}

/** Returns the messages of a transition for known receivers. `shown`: content beside the episode itself. */
export function rowsOf(
  transition: Transition,
  receivers: readonly Receiver[],
  shown: Pick<Notice, 'rule' | 'samples' | 'values' | 'doubts' | 'runbook' | keyof KibanaLink>,
  context: Pick<PlanContext, 'config'>,
): readonly OutboxRow[] {
  const { threadId, kind, episode } = transition;
  const notice: Notice = {
    kind,
    threadId,
    episode,
    language: context.config.language,
    ...(context.config.timezone !== undefined && { timezone: context.config.timezone }),
    ...correctionOf(transition),
    ...shown,
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

function correctionOf({ correction }: Transition): Pick<Notice, 'because' | 'correction'> {
  return correction === undefined ? {} : { because: correctionText(correction), correction };
}

function alertUrlOf(threadId: string, { config }: Pick<PlanContext, 'config'>): { alertUrl?: string } {
  const base = config.http?.baseUrl;
  return base === undefined ? {} : { alertUrl: `${base.replace(/\/+$/u, '')}/alerts/${threadId}` };
}

/** Returns the rule's own receivers, or else those of the first route that fits; each one once. */
export function receiversOf(
  rule: Pick<Rule, 'name' | 'severity' | 'owner' | 'labels' | 'notify'>,
  routes: readonly Route[],
): readonly Receiver[] {
  const chosen =
    rule.notify.length > 0 ? rule.notify : (routes.find((route) => routeFits(route, rule))?.to ?? []);
  const byName = new Map<string, Receiver>();
  for (const { channel, target } of chosen)
    byName.set(receiverName({ channel, target }), { channel, target });
  return [...byName.values()];
}

/** Returns the link of the first message of the thread. */
function linkOf(openingOf: Notice | undefined): KibanaLink | undefined {
  if (openingOf?.kibanaUrl === undefined) return undefined;
  return { kibanaUrl: openingOf.kibanaUrl, ...(openingOf.kibanaWider && { kibanaWider: true }) };
}

function kibanaOf(rule: Rule, { episode }: Transition, context: PlanContext): KibanaLink | undefined {
  const { kibana } = context.config;
  if (kibana === undefined) return undefined;
  const { isShown = () => true } = context;
  const group = Object.entries(episode.group);
  // Everybody can read a link, so masked values are left out of it. It then shows more lines than those of the group.
  const shown = group.filter(([name, value]) => isShown(name, value));
  const asked = { ...episode, group: Object.fromEntries(shown) };
  const link = kibanaLink(kibana, context.kql(rule), asked, windowOf(rule.alert).ms);
  return shown.length < group.length ? { ...link, kibanaWider: true } : link;
}

/** Sorts samples in the order in which they happened. */
function byTime(a: Sample, b: Sample): number {
  return a.timeMs - b.timeMs || comparePositions(a.position, b.position);
}

/**
 * Returns the values for the placeholders of the runbook: the group, then the fields of the latest sample whose text is known. Values that
 * the form of the alert knows (`knownOf`) are there even if the line is gone.
 */
function valuesOf(
  { group }: Episode,
  samples: readonly Sample[],
  rule: Rule | undefined,
): Readonly<Record<string, readonly Value[]>> {
  const latest = samples.findLast(({ fields }) => Object.keys(fields).length > 0)?.fields;
  return {
    ...latest,
    ...(rule && knownOf(rule.alert)),
    ...Object.fromEntries(Object.entries(group).map(([name, value]) => [name, [value]])),
  };
}

/** Returns a text that differs for two messages of the same kind in a thread. */
function versionOf({ episode }: Transition): string {
  const { alertId, state, firedAtMs, resolvedAtMs, reason, count } = episode;
  return JSON.stringify([alertId, state, firedAtMs, resolvedAtMs, reason, count]);
}
