import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Two cores: more workers than that only make the real servers slower to answer.
    maxWorkers: 2,
    // Generous: a limit is there to end what hangs, not to measure.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
  },
});
