import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Two cores: more workers than that only make the real servers slower to answer.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 180_000,
    pool: 'forks',
  },
});
