/** Combines the states of receivers: from the last probe, from the dispatcher, and from the messages that they are owed. */
import { receiverName } from '../../event/receiver.ts';
import type { Undelivered } from '../../notify/outbox/undelivered.ts';
import type { ReceiverState } from '../types.ts';
import type { ProbeProblem } from './probes.ts';

interface ChannelProblem extends ProbeProblem {
  /** True where nothing at all goes out to the receiver, and Tocsin's side is the reason. */
  readonly isStuck?: true;
}

/** The problems by `receiverName`. */
export type ChannelProblems = ReadonlyMap<string, ChannelProblem | undefined>;

/**
 * Combines the problems. `probed`: those of the last probe. `paused`, `stuck`: those of the dispatcher, by name. A receiver with several
 * has the last of them.
 */
export function channelProblems(
  probed: ChannelProblems,
  paused: ReadonlyMap<string, string>,
  stuck: ReadonlyMap<string, string>,
): ChannelProblems {
  return new Map([...probed, ...pausedReceivers(paused), ...stuckReceivers(stuck)]);
}

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

/** Returns the receivers that refuse messages, or that are owed messages and do not take them. */
export function failingReceivers(
  probed: ChannelProblems,
  owed: readonly Undelivered[],
): readonly ReceiverState[] {
  const states = new Map<string, ReceiverState>();
  for (const [name, found] of probed)
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
