/** The list of the files in a backup, `backup.json`. It is written last, so that a folder without it is no backup. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FixableError } from '../../event/fixable-error.ts';

export interface Manifest {
  readonly format: number;
  /** When the backup was begun, ISO 8601. */
  readonly at: string;
  /** The files in the order in which they were copied; paths are relative to the folder. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

const MANIFEST_FILE = 'backup.json';
const KNOWN_FORMAT = 1;

export function writeManifest(folder: string, at: Date, paths: readonly string[]): Manifest {
  const files = paths.map((path) => ({ path, bytes: statSync(join(folder, path)).size }));
  const manifest: Manifest = { format: KNOWN_FORMAT, at: at.toISOString(), files };
  writeFileSync(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  return manifest;
}

/** Reads the manifest and checks the sizes of the files. Throws FixableError where the folder is no backup or not a whole one. */
export function readManifest(folder: string): Manifest {
  const manifest = parsed(folder);
  if (manifest.format !== KNOWN_FORMAT)
    throw new FixableError(
      'backup',
      `${folder} is a backup of format ${manifest.format}; this version of Tocsin knows ${KNOWN_FORMAT}.`,
      'Put it back with the version that made it.',
    );
  for (const { path, bytes } of manifest.files) {
    const size = statSync(join(folder, path), { throwIfNoEntry: false })?.size;
    if (size === bytes) continue;
    const found = size === undefined ? 'is missing' : `has ${size} bytes instead of ${bytes}`;
    throw new FixableError(
      'backup',
      `${join(folder, path)} ${found}: the backup is not as it was made.`,
      'Take another copy of it, or an earlier backup.',
    );
  }
  return manifest;
}

function parsed(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8')) as Manifest;
  } catch (error) {
    throw new FixableError(
      'backup',
      `${folder} is no backup: its ${MANIFEST_FILE} cannot be read.`,
      'Name a folder that `tocsin backup` has made.',
      { cause: error },
    );
  }
}
