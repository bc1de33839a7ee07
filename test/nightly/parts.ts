/** The parts of a night, in order: tests from fresh seeds, then the benches, which need the machine for themselves. */
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/** Variables of the environment that a command is given beside those that are set. */
export type Settings = Readonly<Record<string, string>>;

export interface TestPart {
  readonly kind: 'tests';
  readonly name: string;
  /** Arguments of vitest. */
  readonly args: readonly string[];
  readonly settings: Settings;
  /** Settings with which a single seed is run again: as little as possible beside it. */
  readonly alone: Settings;
}

export interface BenchPart {
  readonly kind: 'bench';
  readonly name: string;
  readonly file: string;
  readonly settings: Settings;
}

export type Part = TestPart | BenchPart;

const NIGHTLY = ['--config', 'test/nightly/config.ts'];
const ROOT = resolve(import.meta.dirname, '../..');

/** Each part has a seed of its own from `freshSeed`, unless TOCSIN_SEED is set. Other settings that are set stay as they are, too. */
export function partsOfANight(
  env: Readonly<Record<string, string | undefined>>,
  freshSeed: () => number,
): Part[] {
  const set = (settings: Settings): Settings =>
    Object.fromEntries(Object.entries(settings).map(([name, usual]) => [name, env[name] ?? usual]));
  const seed = (): string => env['TOCSIN_SEED'] ?? String(freshSeed());
  return [
    {
      kind: 'tests',
      name: 'simulation',
      args: ['test/simulation'],
      // About ten minutes each.
      settings: { ...set({ TOCSIN_CASES: '30000', TOCSIN_PROCESS_RUNS: '3000' }), TOCSIN_SEED: seed() },
      alone: { TOCSIN_CASES: '1', TOCSIN_PROCESS_RUNS: '1' },
    },
    {
      kind: 'tests',
      name: 'fuzz',
      args: [...NIGHTLY, 'test/fuzz'],
      settings: { ...set({ TOCSIN_FUZZ_MS: '600000' }), TOCSIN_SEED: seed() },
      alone: { TOCSIN_FUZZ_MS: '1' },
    },
    {
      kind: 'tests',
      name: 'chaos',
      args: [...NIGHTLY, '--exclude', 'test/fuzz/**'],
      settings: { TOCSIN_SEED: seed() },
      alone: {},
    },
    ...globSync('test/bench/*.bench.ts', { cwd: ROOT })
      .sort()
      .map((file): BenchPart => {
        const name = basename(file, '.bench.ts');
        return { kind: 'bench', name, file, settings: { TOCSIN_SEED: seed() } };
      }),
  ];
}

/** The parts that `names` says, or all. Throws for a name that none has. */
export function chosen(parts: readonly Part[], names: readonly string[]): readonly Part[] {
  const known = parts.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name));
}
