/** The kind of archive that is configured with `sqlite:`. It is embedded in the process. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Kind } from '../kind.ts';
import { maybeEmpty, positive, word } from '../values.ts';

const schema = maybeEmpty(
  z.strictObject({
    path: word('a file name', './data/archive.db').optional(),
    retention: positive('30d').prefault('30d'),
  }),
);

export interface SqliteArchiveConfig {
  readonly kind: 'sqlite';
  /** Absolute path of the database. */
  readonly path: string;
  readonly retentionMs: number;
}

export const sqlite: Kind<typeof schema, SqliteArchiveConfig> = {
  schema,
  build: ({ path, retention }, { at, dataDir }) => ({
    kind: 'sqlite',
    path: path === undefined ? resolve(dataDir, 'archive.db') : at(path),
    retentionMs: retention,
  }),
};
