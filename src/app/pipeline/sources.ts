/** Opens the configured sources, whatever their kind. */
import type { Config, SourceConfig } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { openFileSource } from '../../ingest/file/source.ts';
import { joinLines } from '../../ingest/join-lines.ts';
import { openKafkaSource } from '../../ingest/kafka/source.ts';
import type { LogSource } from '../../ingest/source.ts';
import { openStdinSource } from '../../ingest/stdin/source.ts';

export interface OpenSource {
  readonly config: SourceConfig;
  readonly source: LogSource;
}

/** Opens all of them; those already open are closed again when one fails (SourceError). */
export async function openSources(
  config: Config,
  telemetry: Telemetry,
  clock: Clock,
): Promise<readonly OpenSource[]> {
  const settled = await Promise.allSettled(
    config.sources.map((each) => openSource(each, config.dataDir, telemetry, clock)),
  );
  const opened = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = settled.find((result) => result.status === 'rejected');
  if (failure === undefined) return opened;
  await Promise.allSettled(opened.map(({ source }) => source.close()));
  throw failure.reason;
}

async function openSource(
  config: SourceConfig,
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
): Promise<OpenSource> {
  const source = await openKind(config, dataDir, telemetry, clock);
  const start = config.decode.multilineStart;
  if (start === undefined) return { config, source };
  return {
    config,
    source: { ...source, open: async (options) => joinLines(await source.open(options), start, options) },
  };
}

function openKind(
  config: SourceConfig,
  dataDir: string,
  telemetry: Telemetry,
  clock: Clock,
): Promise<LogSource> {
  const { kind } = config;
  switch (kind.kind) {
    case 'kafka':
      return openKafkaSource({ ...config, kind }, telemetry, clock);
    case 'file':
      return openFileSource({ ...config, kind }, dataDir, telemetry, { clock });
    case 'stdin':
      return openStdinSource({ ...config, kind }, dataDir, telemetry, clock);
  }
}
