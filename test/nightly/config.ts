/** Tests that are too long for every run (`*.nightly.ts`). One after the other: each starts servers of its own. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.nightly.ts'],
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 240_000,
    pool: 'forks',
  },
});
