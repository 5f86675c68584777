import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Test files start servers and databases of their own: more at once than this only makes each of them slow. */
const MOST_WORKERS = 8;

export default defineConfig({
  test: {
    maxWorkers: Math.min(availableParallelism(), MOST_WORKERS),
    // One project per runtime.
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
    ],
  },
});
