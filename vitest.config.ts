import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { edgeProject } from './test/edge/project.ts';

/** Test files start servers and databases of their own: more at once than this only makes each of them slow. */
const MOST_WORKERS = 8;

/** A machine that does more than these tests takes several times as long. Milliseconds. */
const hungAfterMs = 60_000;
const onNode = { pool: 'forks', testTimeout: hungAfterMs, hookTimeout: hungAfterMs } as const;
/** One process for all files of a project that a worker gets, one after the other. */
const shared = { isolate: false } as const;

/**
 * Those that change something of their process, or measure it: each has one of its own. All others share one for each
 * worker, file after file, and what they import is loaded once, which takes longer than many of them.
 */
const apart = [
  'cli/process', 'command/worker-ends', 'console/parts', 'house/launcher', 'imaging/decoding', 'imaging/formats',
  'imaging/restyler', 'providers/docker-behavior', 'simulation/commands',
].map((name) => `test/${name}.test.ts`);

/** Those of pictures: a restyler leaves its process readers of photos only, and the models' code is compiled once. */
const onPictures = ['test/imaging/**/*.test.ts', 'test/worker/restyled.test.ts'];

/** Those that need a PostgreSQL server, and nothing else. */
const onPostgres = ['test/stores/postgres/**/*.test.ts', 'test/postgres/**/*.test.ts'];

/** Those of the contract that the Worker has no part in: it does image sets. */
const onServers = ['test/contract/task/**'];

/** Those of the Worker alone that need it running. */
const onWorker = ['test/edge-server/**/*.test.ts'];

export default defineConfig({
  test: {
    // Two more than there are cores: while a file waits for a process or a timer, another has something to do.
    maxWorkers: Math.min(availableParallelism() + 2, MOST_WORKERS),
    // Tests of failures make servers log: that is for those that fail.
    silent: 'passed-only',
    // One project per runtime; the contract's own tests are run against each server from the same files.
    projects: [
      {
        test: {
          ...onNode,
          ...shared,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contract/**', 'test/edge/**', ...onWorker, ...onPostgres, ...onPictures, ...apart],
        },
      },
      { test: { ...onNode, ...shared, name: 'pictures', include: onPictures, exclude: apart } },
      { test: { ...onNode, name: 'apart', include: apart } },
      {
        test: { ...onNode, ...shared, name: 'postgres', include: onPostgres, globalSetup: 'test/postgres/setup.ts' },
      },
      {
        test: {
          ...onNode,
          ...shared,
          name: 'contract-node',
          include: ['test/contract/**/*.test.ts'],
          env: { WAYBILL_TARGET: 'node' },
        },
      },
      {
        test: {
          ...onNode,
          ...shared,
          name: 'contract-postgres',
          include: ['test/contract/**/*.test.ts'],
          env: { WAYBILL_TARGET: 'postgres' },
          globalSetup: 'test/postgres/setup.ts',
        },
      },
      {
        test: {
          ...onNode,
          ...shared,
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
