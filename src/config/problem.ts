/** What is wrong with a configuration file: where, what, and how to mend it. Never holds the value of a secret. */
import { relative } from 'node:path';

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
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem({ file, line, column, message, fix }: ConfigProblem): string {
  const shown = relative('', file);
  const name = shown === '' || shown.startsWith('..') ? file : shown;
  const place = line === undefined ? name : `${name}:${line}:${column ?? 1}`;
  return `${place}: ${message}\n  fix: ${fix}`;
}
