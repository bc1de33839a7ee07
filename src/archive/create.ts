/** Makes the archive that the configuration names. */
import type { ArchiveConfig } from '../config/config.ts';
import type { Clock } from '../event/clock.ts';
import type { Schema } from '../event/event.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { toElasticsearch } from '../rule/elasticsearch.ts';
import { ElasticsearchArchive } from './elasticsearch/elasticsearch-archive.ts';
import { RestartableArchive } from './restartable.ts';
import { SqliteArchive } from './sqlite/sqlite-archive.ts';

/**
 * The archive, not opened yet. `open` is needed for writing; `search` works without, so that a search needs no right to write.
 * `dataDir` holds positions and dead letters. Throws FixableError for a certificate that cannot be read.
 */
export function createArchive(
  config: ArchiveConfig,
  schema: Schema,
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
): RestartableArchive {
  return new RestartableArchive(() => {
    switch (config.kind) {
      case 'sqlite':
        return new SqliteArchive(config, schema, telemetry, clock);
      case 'elasticsearch':
        return new ElasticsearchArchive(config, schema, dataDir, telemetry, {
          toQuery: toElasticsearch,
          clock,
        });
    }
  });
}
