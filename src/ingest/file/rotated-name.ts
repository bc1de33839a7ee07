/** Recognises the file names that rotation makes of the name of a log: `app.log.1`, `app.log-20261123.gz`, `app-2026-11-23.log`. */
import { extname } from 'node:path';
import { unpackedName } from '../compression.ts';

/** The text after the whole name of the log: a number or a date. */
const SUFFIX = /^[._-]\d[\d_.:T-]*$|^\.(old|bak)$/;
/** The text before the extension: only a date, since `worker-1.log` is no older `worker.log`. */
const DATE = /^[._-]\d{4}[._-]?\d{2}[._-]?\d{2}[\d_.:T-]*$/;

/** Returns true when `name` is a name that rotation gives an older file of the log `base` (both without folder). */
export function isRotated(base: string, name: string): boolean {
  const plain = unpackedName(name);
  if (plain === base) return name !== base;
  if (plain.startsWith(base)) return SUFFIX.test(plain.slice(base.length));
  const extension = extname(base);
  const stem = base.slice(0, base.length - extension.length);
  if (extension === '' || !plain.startsWith(stem) || !plain.endsWith(extension)) return false;
  return DATE.test(plain.slice(stem.length, -extension.length));
}

const LOG_WITH_SUFFIX = /^(.+?)(?:[._-]\d[\d_.:T-]*|\.(?:old|bak))$/;
const LOG_WITH_DATE = /^(.+?)[._-]\d{4}[._-]?\d{2}[._-]?\d{2}[\d_.:T-]*(\.[^.]+)$/;

/** Returns the name of the log of which rotation made a file with this name (without folder), or that was compressed under it. */
export function logNameOf(name: string): string {
  const plain = unpackedName(name);
  const dated = LOG_WITH_DATE.exec(plain);
  if (dated !== null && isRotated(`${dated[1]}${dated[2]}`, name)) return `${dated[1]}${dated[2]}`;
  return LOG_WITH_SUFFIX.exec(plain)?.[1] ?? plain;
}
