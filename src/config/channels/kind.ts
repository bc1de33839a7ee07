/** The contract of a kind of channel, beyond that of every kind. */
import type { z } from 'zod';
import type { Kind } from '../kind.ts';

/** Why a receiver cannot be, and what to write instead. */
export interface ReceiverProblem {
  readonly message: string;
  readonly fix: string;
}

export interface ChannelKindOf<Schema extends z.ZodType, Built> extends Kind<Schema, Built> {
  /** What is wrong with a receiver's address on it; undefined when messages can be sent there. */
  targetProblem(target: string, config: Built): ReceiverProblem | undefined;
  /** Whether users may write its messages anew: `templates/KIND.hbs` in the rules folder. */
  readonly hasTemplate: boolean;
}
