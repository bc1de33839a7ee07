/** The contract of a kind of channel, in addition to the contract of every kind (../kind.ts). */
import type { z } from 'zod';
import type { Kind } from '../kind.ts';

/** The reason why a receiver cannot exist, and the text to write instead. */
export interface ReceiverProblem {
  readonly message: string;
  readonly fix: string;
}

export interface ChannelKindOf<Schema extends z.ZodType, Built> extends Kind<Schema, Built> {
  /** Returns the problem of a receiver's target on this channel; undefined when messages can be sent there. */
  targetProblem(target: string, config: Built): ReceiverProblem | undefined;
  /** True where users may write its messages in their own words: `templates/KIND.hbs` in the rules folder. */
  readonly hasTemplate: boolean;
}
