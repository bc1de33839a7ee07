/** The kind of channel that is configured with `channels.terminal`. */
import { z } from 'zod';
import { maybeEmpty } from '../values.ts';
import type { ChannelKindOf } from './kind.ts';

const schema = maybeEmpty(z.strictObject({}));

export const terminal: ChannelKindOf<typeof schema, object> = {
  schema,
  build: (block) => block,
  targetProblem: (target) =>
    target === '' ? undefined : { message: '`terminal` takes no target', fix: 'write `terminal`' },
  hasTemplate: true,
};
