/** Makes the archive that the configuration names. */
import type { ArchiveConfig, ArchiveConfigs, ArchiveKind } from '../config/archives/kinds.ts';
import type { Clock } from '../event/clock.ts';
import type { Schema } from '../event/event.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { toElasticsearch } from '../rule/elasticsearch.ts';
import type { LogArchive, ReadingModule } from './archive.ts';
import { ElasticsearchArchive } from './elasticsearch/elasticsearch-archive.ts';
import { RestartableArchive } from './restartable.ts';
import { SqliteArchive } from './sqlite/sqlite-archive.ts';

interface ArchiveParts {
  readonly schema: Schema;
  /** Folder of positions and dead letters. */
  readonly dataDir: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly reading: ReadingModule | undefined;
}

const create: {
  readonly [K in ArchiveKind]: (config: ArchiveConfigs[K], parts: ArchiveParts) => LogArchive;
} = {
  sqlite: (config, { schema, telemetry, clock, reading }) =>
    new SqliteArchive(config, schema, telemetry, clock, reading),
  elasticsearch: (config, { schema, dataDir, telemetry, clock }) =>
    new ElasticsearchArchive(config, schema, dataDir, telemetry, { toQuery: toElasticsearch, clock }),
};

/**
 * Creates the archive without opening it. Writing needs `open`. `search` works without it, so that a search needs no right to write.
 * `dataDir`: folder of positions and dead letters. `reading`: how lines become events; only writing needs it. Throws FixableError for a
 * certificate that cannot be read.
 */
export function createArchive(
  config: ArchiveConfig,
  schema: Schema,
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
  reading?: ReadingModule,
): RestartableArchive {
  const parts: ArchiveParts = { schema, dataDir, telemetry, clock, reading };
  return new RestartableArchive(() => createAs(config.kind, config, parts));
}

function createAs<K extends ArchiveKind>(
  kind: K,
  config: ArchiveConfigs[K],
  parts: ArchiveParts,
): LogArchive {
  return create[kind](config, parts);
}
