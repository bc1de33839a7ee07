/**
 * Plans the messages that a transition causes. Messages of a rule in force go to the receivers of the rule. Messages of Tocsin's own rules
 * go to the receivers that are configured for them, or else to the receivers of all rules.
 */
import { fileURLToPath } from 'node:url';
import type { Config } from '../../config/config.ts';
import type { Transition } from '../../event/alert.ts';
import { createMask } from '../../event/mask/mask.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';
import { authoredOnce } from '../../notify/message/authored.ts';
import { plan, receiversOf, type PlanContext } from '../../notify/message/plan.ts';
import { runbookReader } from '../../notify/message/runbook-files.ts';
import { planSelf, selfReceivers, type SelfPlanContext } from '../../notify/message/self/plan.ts';
import { SELF_MEANING, selfRules } from '../../notify/message/self/rules.ts';
import type { Doubt } from '../../notify/notice.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import { interestOf } from '../../rule/interest.ts';
import { toKql } from '../../rule/kql.ts';
import type { RulesInForce } from '../types.ts';

export interface Planning {
  /** Implements `EngineOptions.planner`. */
  planner(): (transition: Transition) => readonly OutboxRow[];
  /** Returns each receiver of the rules in force and of Tocsin's own rules, once. */
  receivers(): readonly Receiver[];
}

export interface PlanningOptions {
  readonly config: Config;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'rule'>;
  readonly outbox: Pick<Outbox, 'openingOf'>;
  /** Returns the doubts about the results of a rule at the moment. */
  readonly doubts: (rule: string) => readonly Doubt[];
}

/** The rules folder that is shipped with the program. It has the runbooks of Tocsin's own rules, for rules folders that lack them. */
const SHIPPED_RULES = fileURLToPath(new URL('../../../rules/', import.meta.url));

export function createPlanning({ config, rules, outbox, doubts }: PlanningOptions): Planning {
  const mask = createMask(config.mask);
  const context: PlanContext = {
    config,
    rulebook: runbookReader(config.rulesDir),
    openingOf: (threadId) => outbox.openingOf(threadId),
    doubts,
    isShown: (name, value) => mask.value(value, name) === value,
    kql: (rule) => toKql(interestOf(rule), config.schema),
  };
  const everybody = (): readonly Receiver[] =>
    byName(rules.ruleset().rules.flatMap((rule) => receiversOf(rule, config.routes)));
  const shipped = runbookReader(SHIPPED_RULES);
  const selfContext: SelfPlanContext = {
    ...context,
    config,
    everybody,
    rulebook: (path) => context.rulebook(path) ?? shipped(path),
  };
  return {
    planner() {
      const authored = authoredOnce(context);
      const ofSelf = authoredOnce(selfContext);
      return (transition) =>
        transition.episode.meaning === SELF_MEANING
          ? planSelf(transition, selfContext, ofSelf)
          : plan(transition, rules.rule(transition.episode.rule), context, authored);
    },
    receivers: () =>
      byName([
        ...everybody(),
        ...Object.entries(selfRules).flatMap(([name, rule]) => selfReceivers(name, rule, selfContext)),
      ]),
  };
}

/** Drops receivers that appear twice. */
function byName(receivers: readonly Receiver[]): readonly Receiver[] {
  return [...new Map(receivers.map((receiver) => [receiverName(receiver), receiver])).values()];
}
