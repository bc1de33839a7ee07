/** Makes the archive that the configuration names. */
import type { ArchiveConfig } from '../config/config.ts';
import type { Schema } from '../event/event.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { LogArchive } from './archive.ts';
import { SqliteArchive } from './sqlite/sqlite-archive.ts';

/**
 * The archive, not opened yet. `open` is needed for writing; `search` works without, so that a search needs no right to write.
 * `dataDir` holds positions and dead letters.
 */
export function createArchive(
  config: ArchiveConfig,
  schema: Schema,
  dataDir: string,
  telemetry: Telemetry,
): LogArchive {
  if (config.kind === 'sqlite') return new SqliteArchive(config, schema, telemetry);
  throw new Error(`no archive of kind ${config.kind} in ${dataDir}`);
}
