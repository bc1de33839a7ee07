/** Opens the configured sources of every kind. */
import type { Config, SourceConfig } from '../../config/config.ts';
import type { Clock } from '../../event/clock.ts';
import type { Telemetry } from '../../event/telemetry.ts';
import { hasHeaders, withoutHeaders } from '../../ingest/header-lines.ts';
import { joinLines } from '../../ingest/join-lines.ts';
import { joiningOf } from '../../ingest/joining.ts';
import { openSource, type SourceParts } from '../../ingest/open.ts';
import type { FirstStart, LogReader, LogSource, ReaderOptions } from '../../ingest/source.ts';
import { openRecords } from '../../ingest/split-records.ts';

export interface OpenSource {
  readonly config: SourceConfig;
  readonly source: LogSource;
}

/** Opens all sources. Where one fails (FixableError), the sources that are open already are closed again. */
export async function openSources(
  config: Config,
  telemetry: Telemetry,
  clock: Clock,
  firstStart: (source: string) => FirstStart | undefined,
): Promise<readonly OpenSource[]> {
  const { dataDir } = config;
  const openings = await Promise.allSettled(
    config.sources.map((each) =>
      openEvents(each, { dataDir, telemetry, clock, firstStart: firstStart(each.name) }),
    ),
  );
  const opened = openings.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = openings.find((result) => result.status === 'rejected');
  if (failure === undefined) return opened;
  await Promise.allSettled(opened.map(({ source }) => source.close()));
  throw failure.reason;
}

/** Opens a source. Joins several lines into one event, takes headers out and lines apart, where the configuration says so. */
async function openEvents(config: SourceConfig, parts: SourceParts): Promise<OpenSource> {
  const source = await openSource(config, parts);
  const joining = joiningOf(config.decode);
  async function openLines(options: ReaderOptions): Promise<LogReader> {
    const reader = await source.open(options);
    if (hasHeaders(config.decode)) return withoutHeaders(reader);
    return joining === undefined ? reader : joinLines(reader, joining, options);
  }
  return { config, source: { ...source, open: (options) => openRecords(openLines, config, options) } };
}
