/** Opens a source of any kind. */
import type { SourceConfig } from '../config/config.ts';
import type { SourceKind, SourceKindConfigs } from '../config/sources/kinds.ts';
import type { Clock } from '../event/clock.ts';
import type { Telemetry } from '../event/telemetry.ts';
import { openFileSource } from './file/source.ts';
import { openKafkaSource } from './kafka/source.ts';
import type { FirstStart, LogSource } from './source.ts';
import { openStdinSource } from './stdin/source.ts';

export interface SourceParts {
  /** The folder that holds the registry of files, and the spools. */
  readonly dataDir: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Undefined where lines of the source had been read before. */
  readonly firstStart: FirstStart | undefined;
}

type Open<K extends SourceKind> = (
  config: SourceConfig & { readonly kind: SourceKindConfigs[K] },
  parts: SourceParts,
) => Promise<LogSource>;

const open: { readonly [K in SourceKind]: Open<K> } = {
  kafka: (config, { telemetry, clock, firstStart }) => openKafkaSource(config, telemetry, clock, firstStart),
  file: (config, { dataDir, telemetry, clock, firstStart }) =>
    openFileSource(config, dataDir, telemetry, { clock, ...(firstStart && { firstStart }) }),
  stdin: (config, { dataDir, telemetry, clock }) => openStdinSource(config, dataDir, telemetry, clock),
};

/** Rejects with FixableError when the source cannot be opened. */
export function openSource(config: SourceConfig, parts: SourceParts): Promise<LogSource> {
  return openAs(config.kind.kind, config.kind, config, parts);
}

function openAs<K extends SourceKind>(
  name: K,
  kind: SourceKindConfigs[K],
  config: SourceConfig,
  parts: SourceParts,
): Promise<LogSource> {
  return open[name]({ ...config, kind }, parts);
}
