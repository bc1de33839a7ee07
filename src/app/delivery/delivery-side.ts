/** Delivery: the outbox, the channels, the dispatcher between them, and the planning that fills the outbox. */
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
  /** Returns the receivers that refused at the last probe, and those that are owed messages and do not take them. */
  failing(nowMs: number): readonly ReceiverState[];
  /** True where a rule in force, or a rule of Tocsin's own, sends to this receiver (named as in `failing`). */
  tells(receiver: string): boolean;
  /** The problems that the last probe found, by receiver; also the receivers to which nothing goes out because the outbox cannot be used. */
  readonly problems: () => ChannelProblems;
  /** Sends the messages that can go now. Resolves to true if none waits after that. */
  drain(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface DeliverySideOptions extends Pick<RunOptions, 'random'> {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly outbox: Outbox;
  /** The tables of the state file; the tables of the outbox are among them. */
  readonly tables: StateTables;
  /** The channels by kind. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly rules: Pick<RulesInForce, 'ruleset' | 'rule'>;
  readonly archive: Pick<LogArchive, 'search'>;
  /** Returns the doubts about the results of a rule at the moment. */
  readonly doubts: (rule: string) => readonly Doubt[];
  /** See the option of the dispatcher. */
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
      // A receiver that was removed from the configuration is no problem for people once no message waits for it.
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
      dispatcher.stop();
      await Promise.allSettled([...channels.values()].map((channel) => channel.close()));
    },
  };
}
