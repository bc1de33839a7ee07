/** The figures of a workload as they are written down (test/bench/results/WORKLOAD.json). */
import { join } from 'node:path';
import type { Engine } from './engines.ts';
import type { Failed, Measured, Settings } from './measure.ts';

export const RESULTS = join(import.meta.dirname, '../results');

export interface CaseResult {
  readonly label: string;
  readonly rules: number;
  readonly lines: number;
  /** As they must be; absent where engines count alerts. */
  readonly matchesALine?: number;
  /** Tocsin first. */
  readonly engines: readonly (Measured | Failed)[];
}

export interface Results extends Settings {
  readonly workload: string;
  readonly title: string;
  readonly about: string;
  /** ISO 8601. */
  readonly date: string;
  readonly commit: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGib: number;
    readonly node: string;
  };
  /** Each engine had one core. */
  readonly isPinned: boolean;
  readonly notes: readonly {
    readonly engine: string;
    readonly note: string;
    readonly matches: Engine<unknown>['matches'];
  }[];
  readonly cases: readonly CaseResult[];
}

/** How the CPU time of a line grows from the fewest rules to the most: as rules ^ exponent. Undefined where the rules are always as many. */
export function exponentOf({ cases }: Pick<Results, 'cases'>, engine: string): number | undefined {
  const measured = cases.flatMap(({ rules, engines }) => {
    const found = engines.find((each) => each.engine === engine);
    return found === undefined || 'failed' in found ? [] : [{ rules, rate: found.cpuRate }];
  });
  const [first, last] = [measured[0], measured.at(-1)];
  if (first === undefined || last === undefined || first.rules !== 1 || last.rules < 100) return undefined;
  return Math.log(first.rate / last.rate) / Math.log(last.rules / first.rules);
}
