/**
 * The edges of the pipelines: their state, sources, archive and channels, on this machine and on others.
 * `machineEdges` are those of the product. The simulation brings edges of its own (test/simulation), and everything between the edges is
 * the same code.
 */
import { join } from 'node:path';
import type { LogArchive } from '../archive/archive.ts';
import { createArchive } from '../archive/create.ts';
import type { RestartableArchive } from '../archive/restartable.ts';
import type { Config } from '../config/config.ts';
import { openStateStore, type StateStore } from '../detect/store/store.ts';
import type { Clock } from '../event/clock.ts';
import { threadsOfMachine, type KernelThreads } from '../event/kernel/kernel-threads.ts';
import { createMask } from '../event/mask/mask.ts';
import type { StateTables } from '../event/state-tables.ts';
import type { Telemetry } from '../event/telemetry.ts';
import type { FirstStart } from '../ingest/source.ts';
import type { Channel } from '../notify/channel.ts';
import { createChannels } from '../notify/channels/create.ts';
import { openOutbox, type Outbox } from '../notify/outbox/outbox.ts';
import { openDescriptors } from './health/descriptor-watch.ts';
import { archiveReading } from './pipeline/archive-reading.ts';
import { openSources, type OpenSource } from './pipeline/sources.ts';
import { rulesFolder, type RulesFolder } from './rules/rules-folder.ts';
import type { RunOptions } from './types.ts';

export interface Edges {
  /** Opens the state, or creates it. Throws FixableError. */
  openStore(path: string): StateStore;
  /** Opens the outbox in the state file. `toldBeforeMs`: see `openOutbox` in notify/outbox/outbox.ts. */
  openOutbox(tables: StateTables, nowMs: () => number, toldBeforeMs: () => number): Outbox;
  rulesFolder(config: Config, clock: Clock): RulesFolder;
  /** Opens all sources. Where one fails (FixableError), the sources that are open already are closed again. */
  openSources(
    config: Config,
    telemetry: Telemetry,
    clock: Clock,
    firstStart: (source: string) => FirstStart | undefined,
  ): Promise<readonly OpenSource[]>;
  /** Creates the archive without opening it. Rejects with FixableError for a certificate that cannot be read. */
  createArchive(
    config: Config,
    telemetry: Telemetry,
    clock: Clock,
  ): Promise<LogArchive & Pick<RestartableArchive, 'restart'>>;
  /** Creates the channels, by kind. Connects to none of them. */
  createChannels(
    config: Config,
    telemetry: Telemetry,
    options: { readonly clock: Clock } & Pick<RunOptions, 'terminal'>,
  ): ReadonlyMap<string, Channel>;
  /** Creates the threads that read lines; undefined where there are none. */
  kernelThreads(telemetry: Telemetry): KernelThreads | undefined;
  /** Returns the names of the descriptors that the process has open; undefined on systems that do not tell. */
  openDescriptors(): Promise<readonly string[] | undefined>;
}

export const machineEdges: Edges = {
  openStore: openStateStore,
  openOutbox,
  rulesFolder,
  openSources,
  createArchive: (config, telemetry, clock) => {
    const { archive, schema, dataDir } = config;
    return createArchive(archive, schema, dataDir, telemetry, clock, archiveReading(config));
  },
  createChannels: ({ channels, rulesDir, mask }, telemetry, options) =>
    createChannels(channels, telemetry, {
      ...options,
      templatesDir: join(rulesDir, 'templates'),
      mask: createMask(mask),
    }),
  kernelThreads: ({ log }) =>
    threadsOfMachine((error) =>
      log.warn(
        { 'event.action': 'kernel-thread', error },
        'a thread that reads lines has failed; another thread does its work',
      ),
    ),
  openDescriptors,
};
