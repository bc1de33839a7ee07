/** Delivery: the outbox, the channels and the dispatcher between them, and the plan that fills it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogArchive } from '../../archive/archive.ts';
import type { Config } from '../../config/config.ts';
import type { Transition } from '../../event/alert.ts';
import { createMask } from '../../event/mask/mask.ts';
import type { Clock } from '../../event/clock.ts';
import type { StateTables } from '../../event/state-tables.ts';
import { authoredOnce } from '../../notify/message/authored.ts';
import { createChannels } from '../../notify/channels/create.ts';
import { startDispatcher } from '../../notify/outbox/dispatcher.ts';
import { openOutbox, type Outbox } from '../../notify/outbox/outbox.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';
import type { OutboxRow } from '../../notify/outbox-row.ts';
import type { Doubt } from '../../notify/notice.ts';
import { plan, receiversOf, type PlanContext } from '../../notify/message/plan.ts';
import { runbookReader } from '../../notify/message/runbook-files.ts';
import { planSelf, selfReceivers, type SelfPlanContext } from '../../notify/message/self/plan.ts';
import { selfMeaning, selfRules } from '../../notify/message/self/rules.ts';
import { undelivered, type Undelivered } from '../../notify/outbox/undelivered.ts';
import { interestOf } from '../../rule/interest.ts';
import { toKql } from '../../rule/kql.ts';
import { createEvidence, withEvidence } from './archive-lines.ts';
import { createProbes, type ProbeProblem } from './probes.ts';
import type { RulesInForce, ReceiverState, RunOptions } from '../types.ts';

interface ChannelProblem extends ProbeProblem {
  /** Nothing at all goes out there, and it is our doing. */
  readonly isStuck?: true;
}

export interface Delivery {
  readonly outbox: Outbox;
  /** As of `EngineOptions`. */
  planner(): (transition: Transition) => readonly OutboxRow[];
  wake(): void;
  /** Asks each receiver of the rules in force whether messages can be sent to it. Never rejects. */
  probe(): Promise<void>;
  /** Receivers that refuse us, by the last probe, or are owed messages and do not take them. */
  failing(nowMs: number): readonly ReceiverState[];
  /** Some rule in force, or one of Tocsin's own, tells this receiver (as `failing` names it). */
  tells(receiver: string): boolean;
  /** What the last probe found, by receiver; and where nothing goes out because the outbox cannot be used. */
  readonly problems: () => ReadonlyMap<string, ChannelProblem | undefined>;
  /** Sends what can go now; true if nothing waits. */
  drain(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface DeliveryParts {
  readonly clock: Clock;
  /** Of the state file, with those of the outbox among them. */
  readonly tables: StateTables;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'rule'>;
  readonly archive: LogArchive;
  /** Alerts about times up to here (ms since epoch) may have been told before; -Infinity: none. */
  readonly toldBeforeMs: () => number;
  /** Why results of a rule may be wrong at the moment. */
  readonly doubts: (rule: string) => readonly Doubt[];
}

export function openDelivery(
  config: Config,
  { telemetry, terminal }: RunOptions,
  { tables, rules, archive, toldBeforeMs, doubts, clock }: DeliveryParts,
): Delivery {
  const outbox = openOutbox(tables, () => clock.nowMs(), toldBeforeMs);
  const evidence = createEvidence({
    ...{ config, archive, rule: (name: string) => rules.rule(name), clock: () => clock.steadyMs() },
  });
  const mask = createMask(config.mask);
  const made = createChannels(config.channels, telemetry, {
    templatesDir: join(config.rulesDir, 'templates'),
    mask,
    ...(terminal === undefined ? {} : { terminal }),
  });
  const channels = new Map([...made].map(([kind, channel]) => [kind, withEvidence(channel, evidence)]));
  const dispatcher = startDispatcher({ outbox, channels, telemetry, clock });
  const probes = createProbes(channels, telemetry);
  const context: PlanContext = {
    config,
    rulebook: runbookReader(config.rulesDir),
    told: (threadId) => outbox.told(threadId),
    doubts,
    isShown: (name, value) => mask.value(value, name) === value,
    kql: (rule) => toKql(interestOf(rule), config.schema),
  };
  const everybody = (): readonly Receiver[] =>
    byName(rules.ruleset().rules.flatMap((rule) => receiversOf(rule, config.routes)));
  const shipped = runbookReader(shippedRules);
  const selfContext: SelfPlanContext = {
    ...context,
    config,
    everybody,
    rulebook: (path) => context.rulebook(path) ?? shipped(path),
  };
  /** Of the rules in force, and of Tocsin's own. */
  const receivers = (): readonly Receiver[] =>
    byName([
      ...everybody(),
      ...Object.entries(selfRules).flatMap(([name, rule]) => selfReceivers(name, rule, selfContext)),
    ]);
  const owed = undelivered(tables);
  return {
    outbox,
    planner() {
      const authored = authoredOnce(context);
      const ofSelf = authoredOnce(selfContext);
      return (transition) =>
        transition.episode.meaning === selfMeaning
          ? planSelf(transition, selfContext, ofSelf)
          : plan(transition, rules.rule(transition.episode.rule), context, authored);
    },
    failing: (nowMs) => {
      const known = new Set(receivers().map(receiverName));
      // Nobody needs to mend a receiver that was taken out of the configuration, once nothing waits for it.
      const lasting = owed(nowMs).filter(
        ({ receiver, waiting }) => waiting > 0 || known.has(receiverName(receiver)),
      );
      return failingReceivers(probes.found, lasting);
    },
    tells: (receiver) => receivers().some((each) => receiverName(each) === receiver),
    wake: () => dispatcher.wake(),
    probe: () => probes.ask(receivers()),
    problems: () =>
      new Map([
        ...probes.found,
        ...pausedReceivers(dispatcher.paused()),
        ...stuckReceivers(dispatcher.stuck()),
      ]),
    drain: (withinMs) => dispatcher.drain(withinMs),
    async close() {
      await Promise.allSettled([...channels.values()].map((channel) => channel.close()));
    },
  };
}

/** Shipped with the program: runbooks of its own rules, for folders that do not have them. */
const shippedRules = fileURLToPath(new URL('../../../rules/', import.meta.url));

function stuckReceivers(stuck: ReadonlyMap<string, string>): ReadonlyMap<string, ChannelProblem> {
  const fix = 'make room on the disk of data_dir, or mend its rights; delivery goes on by itself';
  return new Map(
    [...stuck].map(([name, because]) => [
      name,
      { problem: `the outbox cannot be used: ${because}`, fix, isStuck: true },
    ]),
  );
}

function pausedReceivers(paused: ReadonlyMap<string, string>): ReadonlyMap<string, ChannelProblem> {
  const fix =
    'its messages wait and go out by themselves; send it less, or see what stands between it and Tocsin';
  return new Map([...paused].map(([name, problem]) => [name, { problem, fix }]));
}

/** Each once. */
function byName(receivers: readonly Receiver[]): readonly Receiver[] {
  return [...new Map(receivers.map((receiver) => [receiverName(receiver), receiver])).values()];
}

function failingReceivers(
  problems: ReadonlyMap<string, ChannelProblem | undefined>,
  owed: readonly Undelivered[],
): readonly ReceiverState[] {
  const states = new Map<string, ReceiverState>();
  for (const [name, found] of problems)
    if (found !== undefined)
      states.set(name, { receiver: name, waiting: 0, givenUp: 0, problem: found.problem });
  for (const { receiver, because, ...counts } of owed) {
    const name = receiverName(receiver);
    const problem = states.get(name)?.problem ?? because;
    const why = problem === undefined ? {} : { problem };
    states.set(name, { receiver: name, ...counts, ...why });
  }
  return [...states.values()];
}
