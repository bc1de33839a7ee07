/** The contract of a kind of channel, beyond that of every kind. */
import type { z } from 'zod';
import type { Kind } from '../kind.ts';

export interface ChannelKindOf<Schema extends z.ZodType, Built> extends Kind<Schema, Built> {
  /** What is wrong with a receiver's address on it, with the fix after a semicolon; undefined when messages can be sent there. */
  targetProblem(target: string, config: Built): string | undefined;
  /** Whether users may write its messages anew: `templates/KIND.hbs` in the rules folder. */
  readonly hasTemplate: boolean;
}
