/** What is wrong with a configuration file: where, what, and how to mend it. Never holds the value of a secret. */
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

/** One block a problem: `tocsin.yaml:12:3: what` and the fix below it. */
export function formatProblems(problems: readonly ConfigProblem[]): Shown {
  return joined(problems.map(formatProblem), shown`\n`);
}

function formatProblem({ file, line, column, message, fix }: ConfigProblem): Shown {
  const path = relative('', file);
  const name = path === '' || path.startsWith('..') ? file : path;
  const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`;
  return shown`${place}: ${message}\n  fix: ${fix}`;
}

/** A key of the file. */
export type Path = readonly (string | number)[];
/** Takes a finding at a key; `atKey`: it is about the key itself, not about its value. */
export type Report = (path: Path, message: string, fix: string, atKey?: boolean) => void;
