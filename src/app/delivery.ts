/** Delivery: the outbox, the channels and the dispatcher between them, and the plan that fills it. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LogArchive } from '../archive/archive.ts';
import type { Config } from '../config/config.ts';
import type { Transition } from '../event/alert.ts';
import type { RunOptions } from '../app.ts';
import { createChannels } from '../notify/channels/create.ts';
import { startDispatcher } from '../notify/dispatcher.ts';
import { openOutbox, type Outbox, type OutboxRow } from '../notify/outbox.ts';
import { plan, receiversOf, type PlanContext } from '../notify/plan.ts';
import { runbookReader } from '../notify/runbook-files.ts';
import { interestOf } from '../rule/interest.ts';
import { toKql } from '../rule/kql.ts';
import { createEvidence, withEvidence } from './evidence.ts';
import type { RulesInForce } from './rules-in-force.ts';

interface ChannelProblem {
  readonly problem: string;
  readonly fix: string;
}

export interface Delivery {
  readonly outbox: Outbox;
  readonly plan: (transition: Transition) => readonly OutboxRow[];
  wake(): void;
  /** Asks each receiver of the rules in force whether messages can be sent to it. Never rejects. */
  probe(): Promise<void>;
  /** What the last probe found, by receiver. */
  readonly problems: () => ReadonlyMap<string, ChannelProblem | undefined>;
  /** Sends what can go now; true if nothing waits. */
  drain(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export function openDelivery(
  config: Config,
  { telemetry, terminal }: RunOptions,
  database: DatabaseSync,
  rules: RulesInForce,
  archive: LogArchive,
): Delivery {
  const outbox = openOutbox(database);
  const evidence = createEvidence({ config, archive, rule: (name) => rules.rule(name) });
  const made = createChannels(config.channels, telemetry, {
    templatesDir: join(config.rulesDir, 'templates'),
    ...(terminal === undefined ? {} : { terminal }),
  });
  const channels = new Map([...made].map(([kind, channel]) => [kind, withEvidence(channel, evidence)]));
  const dispatcher = startDispatcher({ outbox, channels, telemetry });
  const problems = new Map<string, ChannelProblem | undefined>();
  const context: PlanContext = {
    config,
    rulebook: runbookReader(config.rulesDir),
    told: (threadId) => outbox.told(threadId),
    kql: (rule) => toKql(interestOf(rule), config.schema),
  };
  return {
    outbox,
    plan: (transition) => plan(transition, rules.rule(transition.episode.rule), context),
    wake: () => dispatcher.wake(),
    async probe() {
      const receivers = new Map(
        rules
          .ruleset()
          .rules.flatMap((rule) => receiversOf(rule, config.routes))
          .map((receiver) => [`${receiver.channel}:${receiver.target}`, receiver]),
      );
      for (const name of problems.keys()) if (!receivers.has(name)) problems.delete(name);
      await Promise.all(
        [...receivers].map(async ([name, { channel, target }]) => {
          const found = await channels.get(channel)?.probe(target);
          if (found !== undefined && problems.get(name)?.problem !== found.problem) {
            telemetry.log.error(
              { 'event.action': 'receiver-refuses', 'tocsin.receiver': name },
              `${name}: ${found.problem}; ${found.fix}. Its messages wait in the outbox`,
            );
          }
          problems.set(name, found);
        }),
      );
    },
    problems: () => problems,
    drain: (withinMs) => dispatcher.drain(withinMs),
    async close() {
      await Promise.allSettled([...channels.values()].map((channel) => channel.close()));
    },
  };
}
