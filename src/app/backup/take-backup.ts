/**
 * `tocsin backup`: copies data_dir while a process works on it. Each database is copied as of one moment. The order of these moments makes
 * the copy whole (docs/adr/0022):
 *
 *   spool held, `finished` of files.db read → state.db, archive.db → files.db → dead letters → spool
 *
 * A line that a position has passed must be in a file copied after that position. A line that it has not passed must still be in a file
 * held before it.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { chmod, copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { markAsCopy } from '../../detect/store/age.ts';
import { makeFilesPrivate } from '../../event/private-files.ts';
import { finishedFiles, putFinishedFiles } from '../../ingest/file/copy-registry.ts';
import { holdSpools } from '../../ingest/stdin/copy-spool.ts';
import { backupErrorOf } from './backup-error.ts';
import { copyDatabase } from './copy-database.ts';
import { writeManifest, type Manifest } from './manifest.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** The files of dead letters in data_dir, which are copied as they are. */
const LETTERS = ['dead-letters.ndjson', 'dead-letters.retrying.ndjson'] as const;
const LAST_GOOD_RULES = 'last-good-rules.json';

/** Returns the path of the archive's database. It holds the lines, or their positions in Elasticsearch. */
export function archiveFile({ archive, dataDir }: Pick<Config, 'archive' | 'dataDir'>): string {
  return archive.kind === 'sqlite' ? archive.path : join(dataDir, 'archive.db');
}

/** Copies data_dir into `folder`, which must be empty or not exist. Throws FixableError; everything that was begun is deleted then. */
export async function takeBackup(
  config: Pick<Config, 'archive' | 'dataDir'>,
  folder: string,
  clock: () => Date = () => new Date(),
): Promise<Manifest> {
  makeFilesPrivate();
  const target = resolve(folder);
  if (!existsSync(join(config.dataDir, 'state.db')))
    throw new FixableError(
      'backup',
      `There is nothing to copy in ${config.dataDir}.`,
      'Start `tocsin run` first, or correct data_dir.',
    );
  await refuseUsed(target);
  const partial = join(dirname(target), `.${basename(target)}.incomplete`);
  try {
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true, mode: 0o700 });
    const manifest = await copyInto(partial, config, clock());
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw backupErrorOf(error, target);
  }
}

async function refuseUsed(target: string): Promise<void> {
  const found = await readdir(target).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FixableError(
      'backup',
      `${target} is no folder that can be read.`,
      'Name a folder that is not there yet.',
      { cause: error },
    );
  });
  if (found.length > 0)
    throw new FixableError(
      'backup',
      `${target} is not empty.`,
      'Name a folder that is not there yet; each backup has one of its own.',
    );
}

async function copyInto(
  to: string,
  config: Pick<Config, 'archive' | 'dataDir'>,
  at: Date,
): Promise<Manifest> {
  const { dataDir } = config;
  const paths: string[] = [];
  const copy = async (
    from: string,
    name: string,
    change?: Parameters<typeof copyDatabase>[2],
  ): Promise<void> => {
    if (!existsSync(from)) return;
    await copyDatabase(from, join(to, name), change);
    paths.push(name);
  };
  const files = join(dataDir, 'files.db');
  const spools = await holdSpools(join(dataDir, 'spool'));
  try {
    const finished = finishedFiles(files);
    await copy(join(dataDir, 'state.db'), 'state.db', (database) => markAsCopy(database, at.getTime()));
    await copy(archiveFile(config), 'archive.db');
    await copy(files, 'files.db', (database) => putFinishedFiles(database, finished));
    paths.push(...(await copyLetters(dataDir, to)));
    for (const path of await spools.copyTo(join(to, 'spool'))) paths.push(join('spool', path));
  } finally {
    await spools.close();
  }
  paths.push(...(await copyIfThere(dataDir, to, LAST_GOOD_RULES)));
  return writeManifest(to, at, paths);
}

/**
 * Copies the files of dead letters. `tocsin dlq retry` moves letters from one file to the other and back; where that happened meanwhile,
 * both are copied again. A letter that is in both files counts once.
 */
async function copyLetters(dataDir: string, to: string): Promise<string[]> {
  const identities = (): Promise<string> =>
    Promise.all(
      LETTERS.map((name) =>
        stat(join(dataDir, name)).then(
          ({ ino }) => String(ino),
          () => 'none',
        ),
      ),
    ).then((found) => found.join());
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = await identities();
    const copied: string[] = [];
    for (const name of LETTERS) copied.push(...(await copyIfThere(dataDir, to, name)));
    if ((await identities()) === before) return copied;
    for (const name of copied) await rm(join(to, name));
  }
  throw new FixableError(
    'backup',
    'The dead letters are being sent again without an end.',
    'Wait until `tocsin dlq retry` is over.',
  );
}

async function copyIfThere(dataDir: string, to: string, name: string): Promise<string[]> {
  try {
    await copyFile(join(dataDir, name), join(to, name));
    // `copyFile` gives the copy the permissions of the original.
    await chmod(join(to, name), 0o600);
    return [name];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
