/** Delivery: the outbox, the channels and the dispatcher between them, and the plan that fills it. */
import type { LogArchive } from '../../archive/archive.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import { receiverName } from '../../event/receiver.ts';
import type { StateTables } from '../../event/state-tables.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel } from '../../notify/channel.ts';
import type { Doubt } from '../../notify/notice.ts';
import { startDispatcher } from '../../notify/outbox/dispatcher.ts';
import type { Outbox } from '../../notify/outbox/outbox.ts';
import { undelivered } from '../../notify/outbox/undelivered.ts';
import type { ReceiverState, RulesInForce, RunOptions } from '../types.ts';
import { createArchiveLines, withArchiveLines } from './archive-lines.ts';
import { createPlanning, type Planning } from './planning.ts';
import { createProbes } from './probes.ts';
import { channelProblems, failingReceivers, type ChannelProblems } from './receiver-states.ts';

export interface DeliverySide extends Pick<Planning, 'planner'> {
  readonly outbox: Outbox;
  wake(): void;
  /** Asks each receiver of the rules in force whether messages can be sent to it. Never rejects. */
  probe(): Promise<void>;
  /** Receivers that refuse us, by the last probe, or are owed messages and do not take them. */
  failing(nowMs: number): readonly ReceiverState[];
  /** Some rule in force, or one of Tocsin's own, tells this receiver (as `failing` names it). */
  tells(receiver: string): boolean;
  /** What the last probe found, by receiver; and where nothing goes out because the outbox cannot be used. */
  readonly problems: () => ChannelProblems;
  /** Sends what can go now; true if nothing waits. */
  drain(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface DeliverySideOptions extends Pick<RunOptions, 'random'> {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** Of the state file, with those of the outbox among them. */
  readonly tables: StateTables;
  /** By kind. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'rule'>;
  readonly archive: Pick<LogArchive, 'search'>;
  /** Why results of a rule may be wrong at the moment. */
  readonly doubts: (rule: string) => readonly Doubt[];
  /** As of the dispatcher. */
  readonly giveUpAfterMs?: number;
}

export function openDeliverySide(options: DeliverySideOptions): DeliverySide {
  const { outbox, rules, telemetry } = options;
  const planning = createPlanning(options);
  const archiveLines = createArchiveLines({ ...options, rule: (name) => rules.rule(name) });
  const channels = new Map(
    [...options.channels].map(([kind, channel]) => [kind, withArchiveLines(channel, archiveLines)]),
  );
  const dispatcher = startDispatcher({ ...options, channels });
  const probes = createProbes(channels, telemetry);
  const owed = undelivered(options.tables);
  return {
    outbox,
    planner: () => planning.planner(),
    failing(nowMs) {
      const known = new Set(planning.receivers().map(receiverName));
      // Nobody needs to mend a receiver that was taken out of the configuration, once nothing waits for it.
      const lasting = owed(nowMs).filter(
        ({ receiver, waiting }) => waiting > 0 || known.has(receiverName(receiver)),
      );
      return failingReceivers(probes.found, lasting);
    },
    tells: (receiver) => planning.receivers().some((each) => receiverName(each) === receiver),
    wake: () => dispatcher.wake(),
    probe: () => probes.ask(planning.receivers()),
    problems: () => channelProblems(probes.found, dispatcher.paused(), dispatcher.stuck()),
    drain: (withinMs) => dispatcher.drain(withinMs),
    async close() {
      await Promise.allSettled([...channels.values()].map((channel) => channel.close()));
    },
  };
}
