/**
 * `tocsin restore`: makes a backup the new data_dir. A backup is never mixed with files that are there already, because positions, lines
 * and the numbers of files belong together. All files are first copied beside their place and then renamed into it, state.db last.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { chmod, copyFile, open, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Config } from '../../config/config.ts';
import { lockStore } from '../../detect/store/lock.ts';
import { backupErrorOf } from './backup-error.ts';
import { checkWhole } from './copy-database.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { archiveFile } from './take-backup.ts';
import { makeFolderPrivate } from '../../event/private-files.ts';
import { FixableError } from '../../event/fixable-error.ts';

/** Names in data_dir that do not keep a backup from being put there. */
const HARMLESS: readonly string[] = ['state.db.lock', 'lost+found'];

/**
 * Puts the backup in `folder` into data_dir. Throws FixableError, also where a process is running (of the place `state`). After an error
 * data_dir is as it was then, except for files that end with `.restoring`.
 */
export async function putBack(
  config: Pick<Config, 'archive' | 'dataDir'>,
  folder: string,
): Promise<Manifest> {
  const from = resolve(folder);
  const manifest = readManifest(from);
  makeFolderPrivate(config.dataDir);
  const unlock = lockStore(join(config.dataDir, 'state.db'));
  try {
    refuseUsed(config);
    for (const { path } of manifest.files) if (path.endsWith('.db')) checkDatabase(join(from, path));
    const places = manifest.files.map(({ path }) => ({ from: join(from, path), to: placeOf(path, config) }));
    for (const place of places) await copyBeside(place.from, place.to);
    const isState = ({ to }: { readonly to: string }): number => Number(to.endsWith('state.db'));
    for (const { to } of places.sort((a, b) => isState(a) - isState(b))) await rename(`${to}.restoring`, to);
    return manifest;
  } catch (error) {
    throw backupErrorOf(error, config.dataDir);
  } finally {
    unlock();
  }
}

function refuseUsed(config: Pick<Config, 'archive' | 'dataDir'>): void {
  const found = readdirSync(config.dataDir).filter(
    (name) => !HARMLESS.includes(name) && !name.endsWith('.restoring'),
  );
  const archive = archiveFile(config);
  if (existsSync(archive) && !found.includes('archive.db')) found.push(archive);
  if (found.length === 0) return;
  throw new FixableError(
    'backup',
    `${config.dataDir} is in use: ${found.slice(0, 5).join(', ')}${found.length > 5 ? ' …' : ''}.`,
    `Move it away first (mv ${config.dataDir} ${config.dataDir}.before): nothing of it can be mixed with a backup.`,
  );
}

/** Checks a database of the backup, so that damage of its medium is found before anything is put in place. */
function checkDatabase(path: string): void {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    checkWhole(database, path);
  } catch (error) {
    throw backupErrorOf(error, path);
  } finally {
    database.close();
  }
}

function placeOf(path: string, config: Pick<Config, 'archive' | 'dataDir'>): string {
  return path === 'archive.db' ? archiveFile(config) : join(config.dataDir, path);
}

async function copyBeside(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, `${to}.restoring`);
  // `copyFile` gives the copy the permissions of the original.
  await chmod(`${to}.restoring`, 0o600);
  const copy = await open(`${to}.restoring`, 'r+');
  try {
    await copy.sync();
  } finally {
    await copy.close();
  }
}
