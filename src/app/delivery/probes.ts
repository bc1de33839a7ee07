/** Asks receivers whether messages can be sent to them, and remembers the last answer of each. */
import { oneLine } from '../../event/answer.ts';
import { guarded } from '../../event/supervisor.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import type { Channel } from '../../notify/channel.ts';
import { receiverName, type Receiver } from '../../event/receiver.ts';

export interface ProbeProblem {
  readonly problem: string;
  readonly fix: string;
}

export interface Probes {
  /** Asks each of these receivers and forgets all others. Never rejects. */
  ask(receivers: readonly Receiver[]): Promise<void>;
  /** The last answers, by `receiverName`; undefined means no problem. */
  readonly found: ReadonlyMap<string, ProbeProblem | undefined>;
}

const TEXT_LENGTH_MAX = 500;

export function createProbes(channels: ReadonlyMap<string, Channel>, telemetry: Telemetry): Probes {
  const found = new Map<string, ProbeProblem | undefined>();

  const problemOf = ({ channel, target }: Receiver): Promise<ProbeProblem | undefined> =>
    guarded<ProbeProblem | undefined>(
      'probes',
      telemetry,
      async () => channels.get(channel)?.probe(target),
      (error) => ({ problem: `the probe broke: ${String(error)}`, fix: 'report it with the log' }),
    );

  return {
    found,
    async ask(receivers) {
      const asked = new Map(receivers.map((receiver) => [receiverName(receiver), receiver]));
      for (const name of found.keys()) if (!asked.has(name)) found.delete(name);
      await Promise.all(
        [...asked].map(async ([name, receiver]) => {
          const said = await problemOf(receiver);
          const now = said && {
            problem: oneLine(said.problem, TEXT_LENGTH_MAX),
            fix: oneLine(said.fix, TEXT_LENGTH_MAX),
          };
          if (now !== undefined && found.get(name)?.problem !== now.problem) {
            telemetry.log.error(
              { 'event.action': 'receiver-refuses', 'tocsin.receiver': name },
              `${name}: ${now.problem}; ${now.fix}. Its messages wait in the outbox`,
            );
          }
          found.set(name, now);
        }),
      );
    },
  };
}
