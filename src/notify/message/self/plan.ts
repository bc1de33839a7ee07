/** Plans the messages of a transition of Tocsin's own rules. They go through the same outbox and channels as any other alert. */
import type { Transition } from '../../../event/alert.ts';
import type { Config } from '../../../config/config.ts';
import type { Receiver } from '../../../event/receiver.ts';
import type { OutboxRow } from '../../outbox-row.ts';
import { authoredOnce, type Authored } from '../authored.ts';
import { receiversOf, rowsOf, type PlanContext } from '../plan.ts';
import { selfLabels, selfRule, type SelfRule } from './rules.ts';

export interface SelfPlanContext extends Omit<PlanContext, 'kql' | 'doubts'> {
  readonly config: PlanContext['config'] & Pick<Config, 'selfAlerts' | 'http'>;
  /** Returns every receiver of some rule in force. */
  everybody(): readonly Receiver[];
}

/**
 * Returns the messages of a transition, one for each receiver; none for a rule that is not Tocsin's own. `authored`: texts that the
 * transitions of a batch share.
 */
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
      name,
      severity,
      labels: selfLabels,
      alertText: '',
      title: rule.title[context.config.language],
    },
    samples: [],
    values: Object.fromEntries(figures.map(([figure, value]) => [figure, [value]])),
    ...(runbook && { runbook }),
  };
  return rowsOf(transition, receivers, shown, context);
}

/** Returns the address at which a program on this machine finds the pages. A runbook names it as `{{http.listen}}`. */
function addressOfPages({ http }: SelfPlanContext['config']): string | undefined {
  if (http === undefined) return undefined;
  const { host, port } = http;
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::' || host === '::1') return `localhost:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Returns `self_alerts.notify`, or else the receivers of the first route that fits, or else all receivers of any rule: trouble must reach
 * somebody.
 */
export function selfReceivers(
  name: string,
  { severity }: Pick<SelfRule, 'severity'>,
  { config, everybody }: Pick<SelfPlanContext, 'config' | 'everybody'>,
): readonly Receiver[] {
  const notify = config.selfAlerts.notify ?? [];
  const chosen = receiversOf({ name, severity, labels: selfLabels, notify }, config.routes);
  return chosen.length > 0 ? chosen : everybody();
}
