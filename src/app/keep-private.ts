/** Keeps data_dir for the user of the process alone. Where others may look into it all the same, a warning at the start says so. */
import type { Config } from '../config/config.ts';
import { makeFolderPrivate } from '../event/private-files.ts';
import type { Telemetry } from '../event/telemetry.ts';

/** Creates data_dir, or takes the rights of others from it. Throws the system's error where it cannot be created. */
export function keepPrivate(config: Config, { log }: Pick<Telemetry, 'log'>): void {
  const { dataDir } = config;
  const because = makeFolderPrivate(dataDir, sharedPaths(config));
  if (because === undefined) return;
  log.warn(
    { 'event.action': 'data-dir-shared', 'file.path': dataDir },
    `other users may look into ${dataDir}: ${because}. The files of Tocsin in it are closed to them; better give it a folder of its own`,
  );
}

/**
 * Returns the files and folders that others need beside Tocsin: people need the configuration and the rules, programs need the logs that
 * they write.
 */
function sharedPaths({
  file,
  rulesDir,
  sources,
}: Pick<Config, 'file' | 'rulesDir' | 'sources'>): readonly string[] {
  const logs = sources.flatMap(({ kind }) => (kind.kind === 'file' ? kind.paths : []));
  return [file, rulesDir, ...logs];
}
