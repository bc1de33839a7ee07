import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // One more than the cores of a small machine: the long files mostly wait for servers and processes.
    maxWorkers: 3,
    // Generous: a limit is there to end what hangs, not to measure.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
});
