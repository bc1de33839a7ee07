/** A problem of a configuration file: the place, the problem, and the fix. It never contains the value of a secret. */
import { relative } from 'node:path';
import { joined, shown, type Shown } from '../event/shown.ts';

export interface ConfigProblem {
  readonly file: string;
  /** 1-based; absent where the file could not be read at all. */
  readonly line?: number;
  readonly column?: number;
  /** The key, for people: `sources.orders.lateness`. */
  readonly path: string;
  readonly message: string;
  readonly fix: string;
}

/** Formats each problem as a block: `tocsin.yaml:12:3: what`, and the fix below it. */
export function formatProblems(problems: readonly ConfigProblem[]): Shown {
  return joined(problems.map(formatProblem), shown`\n`);
}

function formatProblem({ file, line, column, message, fix }: ConfigProblem): Shown {
  const path = relative('', file);
  const name = path === '' || path.startsWith('..') ? file : path;
  const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`;
  return shown`${place}: ${message}\n  fix: ${fix}`;
}

/** The path of a key in the file. */
export type Path = readonly (string | number)[];
/** Takes a problem at a key. `atKey`: the problem is in the key itself, not in its value. */
export type Report = (path: Path, message: string, fix: string, atKey?: boolean) => void;
