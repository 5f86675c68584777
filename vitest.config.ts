import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { edgeProject } from './test/edge/project.ts';

/** Test files start servers and databases of their own: more at once than this only makes each of them slow. */
const MOST_WORKERS = 8;

const onNode = { pool: 'forks', testTimeout: 20_000, hookTimeout: 20_000 } as const;

/** Those that need a PostgreSQL server, and nothing else. */
const onPostgres = ['test/stores/postgres/**/*.test.ts', 'test/postgres/**/*.test.ts'];

/** Those of the contract that the Worker has no part in: it does image sets. */
const onServers = ['test/contract/task/**'];

/** Those of the Worker alone that need it running. */
const onWorker = ['test/edge-server/**/*.test.ts'];

export default defineConfig({
  test: {
    maxWorkers: Math.min(availableParallelism(), MOST_WORKERS),
    // Tests of failures make servers log: that is for those that fail.
    silent: 'passed-only',
    // One project per runtime; the contract's own tests are run against each server from the same files.
    projects: [
      {
        test: {
          ...onNode,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contract/**', 'test/edge/**', ...onWorker, ...onPostgres],
        },
      },
      {
        test: { ...onNode, name: 'postgres', include: onPostgres, globalSetup: 'test/postgres/setup.ts' },
      },
      {
        test: {
          ...onNode,
          name: 'contract-node',
          include: ['test/contract/**/*.test.ts'],
          env: { WAYBILL_TARGET: 'node' },
        },
      },
      {
        test: {
          ...onNode,
          name: 'contract-postgres',
          include: ['test/contract/**/*.test.ts'],
          env: { WAYBILL_TARGET: 'postgres' },
          globalSetup: 'test/postgres/setup.ts',
        },
      },
      {
        test: {
          ...onNode,
          name: 'contract-worker',
          include: ['test/contract/**/*.test.ts', ...onWorker],
          exclude: onServers,
          env: { WAYBILL_TARGET: 'worker' },
          globalSetup: 'test/contract/worker-setup.ts',
        },
      },
      edgeProject,
    ],
  },
});
