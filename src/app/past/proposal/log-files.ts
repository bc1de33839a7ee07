/** Finds the logs among files and folders that somebody names. Files that rotation made of one log are one log. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import { unpackedName } from '../../../ingest/compression.ts';
import { logNameOf } from '../../../ingest/file/rotated-name.ts';
import { StartError } from '../../start-error.ts';

export interface FoundLog {
  /** A name for its source. */
  readonly name: string;
  /** `path` of the source: a file or a glob. */
  readonly path: string;
  /** The file to look at. */
  readonly file: string;
}

export interface FoundLogs {
  readonly logs: readonly FoundLog[];
  /** More files are there than are looked at. */
  readonly isCut: boolean;
}

const FILES_MAX = 1_000;
const LOGS_MAX = 50;
const DEPTH_MAX = 4;

/** `base`: the folder of the configuration, to which paths are relative. Fails with StartError for a path that cannot be read. */
export function findLogs(paths: readonly string[], base: string): FoundLogs {
  const files = [...new Set(paths.flatMap((path) => filesAt(resolve(path))))].toSorted();
  const groups = [
    ...Map.groupBy(files.slice(0, FILES_MAX), (file) => join(dirname(file), logNameOf(basename(file)))),
  ];
  const names = new Set<string>();
  const logs = groups.slice(0, LOGS_MAX).map(([live, all]): FoundLog => {
    const isLive = all.includes(live);
    const path = isLive
      ? literal(live)
      : join(literal(dirname(live)), globOf(all.map((file) => basename(file))));
    return { name: nameFor(live, names), path: shortest(path, base), file: isLive ? live : newest(all) };
  });
  return { logs, isCut: files.length > FILES_MAX || groups.length > LOGS_MAX };
}

function filesAt(path: string): readonly string[] {
  const stat = statOf(path);
  if (!stat.isDirectory()) return [path];
  const found: string[] = [];
  const open: [folder: string, depth: number][] = [[path, 1]];
  for (let next = open.shift(); next !== undefined && found.length <= FILES_MAX; next = open.shift()) {
    const [folder, depth] = next;
    for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isFile()) found.push(join(folder, entry.name));
      else if (entry.isDirectory() && depth < DEPTH_MAX) open.push([join(folder, entry.name), depth + 1]);
    }
  }
  if (found.length === 0)
    throw new StartError(
      3,
      `there is no file in ${path}`,
      'name a folder with logs, or the files themselves',
    );
  return found;
}

function statOf(path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    throw new StartError(3, `${path} cannot be read: ${(error as Error).message}`, 'check the path', {
      cause: error,
    });
  }
}

const newest = (files: readonly string[]): string =>
  files.reduce((a, b) => (statOf(b).mtimeMs > statOf(a).mtimeMs ? b : a));

/** Returns a glob that fits the path; signs of globs in it may stand for themselves alone. */
const literal = (path: string): string => path.replaceAll(/[[\]{}()*?!\\]/gu, '?');

const DATE = /\d{4}[._-]?\d{2}[._-]?\d{2}[\d_:T-]*/u;

/** The parts of the names that differ become a star, and so does the date of a single one. */
function globOf(names: readonly string[]): string {
  const [first, second] = names;
  if (second === undefined) return literal(first!).replace(DATE, '*');
  const length = Math.min(...names.map((name) => name.length));
  let begin = 0;
  while (begin < length && names.every((name) => name[begin] === first![begin])) begin += 1;
  let end = 0;
  while (end < length - begin && names.every((name) => name.at(-1 - end) === first!.at(-1 - end))) end += 1;
  // A date is one part, although all of this year begin alike.
  const head = first!.slice(0, begin).replace(/\d+[\d_.:T-]*$/u, '');
  const tail = first!.slice(first!.length - end).replace(/^[\d_:T-]+/u, '');
  return `${literal(head)}*${literal(tail)}`;
}

/** Makes a name that a source may have and that no other has. */
function nameFor(file: string, taken: Set<string>): string {
  const plain = unpackedName(basename(file));
  const stem = plain.slice(0, plain.length - extname(plain).length).replaceAll(/[^\w-]+/gu, '_');
  const folder = basename(dirname(file)).replaceAll(/[^\w-]+/gu, '_');
  // Pods call all their logs 0.log.
  const wanted = /^[A-Za-z]/u.test(stem)
    ? stem
    : /^[A-Za-z]/u.test(folder)
      ? `${folder}_${stem}`
      : `log_${stem}`;
  const short = wanted.slice(0, 50);
  let name = short;
  for (let i = 2; taken.has(name); i += 1) name = `${short}_${i}`;
  taken.add(name);
  return name;
}

function shortest(path: string, base: string): string {
  const inside = relative(base, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}
