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

/** The candidate that was probably meant, undefined when none is near. Damerau-Levenshtein (restricted), at most a third wrong. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, rows[i - 2]![j - 2]! + 1);
      row.push(cost);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
