/** The kind of source that is configured with `stdin:`. */
import { z } from 'zod';
import type { Kind } from '../kind.ts';
import { parseSize, SIZE_SHAPE } from '../units.ts';
import { maybeEmpty, parsed } from '../values.ts';

const schema = maybeEmpty(
  z.strictObject({ spool: parsed('a size (512MiB, 2GiB)', '1GiB', parseSize, SIZE_SHAPE).prefault('1GiB') }),
);

export interface StdinSourceConfig {
  readonly kind: 'stdin';
  /** Maximum size of the spool on disk, bytes. */
  readonly spoolBytes: number;
}

export const stdin: Kind<typeof schema, StdinSourceConfig> = {
  schema,
  build: ({ spool }) => ({ kind: 'stdin', spoolBytes: spool }),
};
