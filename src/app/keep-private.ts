/** data_dir is for the user of the process alone; where others may look into it all the same, that is said at the start. */
import type { Config } from '../config/config.ts';
import { makeFolderPrivate } from '../event/private-files.ts';
import type { Telemetry } from '../event/telemetry.ts';

/** Throws the system's error where data_dir cannot be made. */
export function keepPrivate(config: Config, { log }: Pick<Telemetry, 'log'>): void {
  const { dataDir } = config;
  const because = makeFolderPrivate(dataDir, sharedPaths(config));
  if (because === undefined) return;
  log.warn(
    { 'event.action': 'data-dir-shared', 'file.path': dataDir },
    `other users may look into ${dataDir}: ${because}. The files of Tocsin in it are closed to them; better give it a folder of its own`,
  );
}

/** What people, and the programs that write logs, need beside Tocsin. */
function sharedPaths({
  file,
  rulesDir,
  sources,
}: Pick<Config, 'file' | 'rulesDir' | 'sources'>): readonly string[] {
  const logs = sources.flatMap(({ kind }) => (kind.kind === 'file' ? kind.paths : []));
  return [file, rulesDir, ...logs];
}
