/** What package-lock.json says of the packages that the product needs: for the shrinkwrap in the package and the list of licences. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly [key: string]: unknown;
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
  readonly [key: string]: unknown;
}

function lockFile(): LockFile {
  return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;
}

/** By their place in node_modules; without what only a checkout needs. */
export function neededPackages(): ReadonlyMap<string, LockedPackage> {
  const all = Object.entries(lockFile().packages);
  return new Map(all.filter(([place, { dev }]) => place !== '' && dev !== true));
}

/** npm-shrinkwrap.json of the published package: whoever installs it gets exactly what it was tested with. */
export function shrinkwrap(own: Readonly<Record<string, unknown>>): object {
  const { name, version, license, engines, bin, dependencies } = own;
  const itself = { name, version, license, engines, bin, dependencies };
  return { ...lockFile(), name, version, packages: { '': itself, ...Object.fromEntries(neededPackages()) } };
}
