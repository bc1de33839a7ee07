/** Makes the archive that the configuration names. */
import type { ArchiveConfig, ArchiveConfigs, ArchiveKind } from '../config/archives/kinds.ts';
import type { Clock } from '../event/clock.ts';
import type { Schema } from '../event/event.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { toElasticsearch } from '../rule/elasticsearch.ts';
import type { LogArchive, ReadingModule } from './archive.ts';
import { RestartableArchive } from './restartable.ts';

interface ArchiveParts {
  readonly schema: Schema;
  /** Folder of positions and dead letters. */
  readonly dataDir: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly reading: ReadingModule | undefined;
}

/** A kind is loaded only where it is configured: the client of Elasticsearch alone takes a third of a command's start. */
const load: {
  readonly [K in ArchiveKind]: (config: ArchiveConfigs[K], parts: ArchiveParts) => Promise<() => LogArchive>;
} = {
  async sqlite(config, { schema, telemetry, clock, reading }) {
    const { SqliteArchive } = await import('./sqlite/sqlite-archive.ts');
    return () => new SqliteArchive(config, schema, telemetry, clock, reading);
  },
  async elasticsearch(config, { schema, dataDir, telemetry, clock }) {
    const { ElasticsearchArchive } = await import('./elasticsearch/elasticsearch-archive.ts');
    return () =>
      new ElasticsearchArchive(config, schema, dataDir, telemetry, { toQuery: toElasticsearch, clock });
  },
};

/**
 * Creates the archive without opening it. Writing needs `open`. `search` works without it, so that a search needs no right to write.
 * `dataDir`: folder of positions and dead letters. `reading`: how lines become events; only writing needs it. Rejects with FixableError for a
 * certificate that cannot be read.
 */
export async function createArchive(
  config: ArchiveConfig,
  schema: Schema,
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
  reading?: ReadingModule,
): Promise<RestartableArchive> {
  const parts: ArchiveParts = { schema, dataDir, telemetry, clock, reading };
  return new RestartableArchive(await loadAs(config.kind, config, parts));
}

function loadAs<K extends ArchiveKind>(
  kind: K,
  config: ArchiveConfigs[K],
  parts: ArchiveParts,
): Promise<() => LogArchive> {
  return load[kind](config, parts);
}
