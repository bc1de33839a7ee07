/**
 * What the pipelines touch of this machine and of others: the disk, the sources, the archive, the channels. Those of the product are
 * `machineEdges`; the simulation gives its own (test/simulation), and everything between them is the same.
 */
import { join } from 'node:path';
import type { LogArchive } from '../archive/archive.ts';
import { createArchive } from '../archive/create.ts';
import type { RestartableArchive } from '../archive/restartable.ts';
import type { Config } from '../config/config.ts';
import { openStateStore, type StateStore } from '../detect/store/store.ts';
import type { Clock } from '../event/clock.ts';
import { createMask } from '../event/mask/mask.ts';
import type { StateTables } from '../event/state-tables.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { Channel } from '../notify/channel.ts';
import { createChannels } from '../notify/channels/create.ts';
import { openOutbox, type Outbox } from '../notify/outbox/outbox.ts';
import { openDescriptors } from './health/descriptor-watch.ts';
import { openSources, type OpenSource } from './pipeline/sources.ts';
import { rulesFolder, type RulesFolder } from './rules/rules-folder.ts';
import type { RunOptions } from './types.ts';

export interface Edges {
  /** Opens or creates the state. Throws FixableError. */
  openStore(path: string): StateStore;
  /** The outbox in the state file. `toldBeforeMs`: as of `openOutbox`. */
  openOutbox(tables: StateTables, nowMs: () => number, toldBeforeMs: () => number): Outbox;
  rulesFolder(config: Config, clock: Clock): RulesFolder;
  /** Opens all of them; those already open are closed again when one fails (FixableError). */
  openSources(config: Config, telemetry: Telemetry, clock: Clock): Promise<readonly OpenSource[]>;
  /** Not opened yet. Throws FixableError for a certificate that cannot be read. */
  createArchive(
    config: Config,
    telemetry: Telemetry,
    clock: Clock,
  ): LogArchive & Pick<RestartableArchive, 'restart'>;
  /** By kind. Reaches nothing. */
  createChannels(
    config: Config,
    telemetry: Telemetry,
    options: { readonly clock: Clock } & Pick<RunOptions, 'terminal'>,
  ): ReadonlyMap<string, Channel>;
  /** The descriptors that the process has open, by name; undefined where there is no telling. */
  openDescriptors(): Promise<readonly string[] | undefined>;
}

export const machineEdges: Edges = {
  openStore: openStateStore,
  openOutbox,
  rulesFolder,
  openSources,
  createArchive: ({ archive, schema, dataDir }, telemetry, clock) =>
    createArchive(archive, schema, dataDir, telemetry, clock),
  createChannels: ({ channels, rulesDir, mask }, telemetry, options) =>
    createChannels(channels, telemetry, {
      ...options,
      templatesDir: join(rulesDir, 'templates'),
      mask: createMask(mask),
    }),
  openDescriptors,
};
