/** From a transition of one of Tocsin's own rules to messages: like any other alert, through the same outbox and channels. */
import type { Transition } from '../../../event/alert.ts';
import type { Config } from '../../../config/config.ts';
import type { Receiver } from '../../../event/receiver.ts';
import type { OutboxRow } from '../../outbox-row.ts';
import { authoredOnce, type Authored } from '../authored.ts';
import { receiversOf, rowsOf, type PlanContext } from '../plan.ts';
import { selfLabels, selfRule, type SelfRule } from './rules.ts';

export interface SelfPlanContext extends Omit<PlanContext, 'kql' | 'doubts'> {
  readonly config: PlanContext['config'] & Pick<Config, 'selfAlerts' | 'http'>;
  /** Every receiver that some rule in force tells. */
  everybody(): readonly Receiver[];
}

/** The messages of a transition, one a receiver; none for a rule that is not Tocsin's own. `authored`: what those of a batch share. */
export function planSelf(
  transition: Transition,
  context: SelfPlanContext,
  authored: Authored = authoredOnce(context),
): readonly OutboxRow[] {
  const { threadId, kind, episode } = transition;
  const { rule: name, severity } = episode;
  const rule = selfRule(name);
  if (!transition.announce || rule === undefined) return [];
  const told = kind === 'fired' ? undefined : context.openingOf(threadId);
  if (kind !== 'fired' && told === undefined) return [];
  const receivers = told?.receivers ?? selfReceivers(name, rule, context);
  const runbook = authored.runbook(rule.runbook, kind);
  const pages = addressOfPages(context.config);
  const figures = Object.entries({
    ...episode.figures,
    ...episode.group,
    ...(pages !== undefined && { 'http.listen': pages }),
  });
  const shown = {
    rule: {
      ...{ name, severity, labels: selfLabels, alertText: '' },
      title: rule.title[context.config.language],
    },
    samples: [],
    values: Object.fromEntries(figures.map(([figure, value]) => [figure, [value]])),
    ...(runbook && { runbook }),
  };
  return rowsOf(transition, receivers, shown, context);
}

/** Where a program on this machine finds the pages, which `{{http.listen}}` of a runbook names. */
function addressOfPages({ http }: SelfPlanContext['config']): string | undefined {
  if (http === undefined) return undefined;
  const { host, port } = http;
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::' || host === '::1') return `localhost:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `self_alerts.notify`, else the first route that fits, else everybody whom some rule tells: trouble must reach somebody. */
export function selfReceivers(
  name: string,
  { severity }: Pick<SelfRule, 'severity'>,
  { config, everybody }: Pick<SelfPlanContext, 'config' | 'everybody'>,
): readonly Receiver[] {
  const notify = config.selfAlerts.notify ?? [];
  const chosen = receiversOf({ name, severity, labels: selfLabels, notify }, config.routes);
  return chosen.length > 0 ? chosen : everybody();
}
