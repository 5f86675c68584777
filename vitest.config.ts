import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { edgeProject } from './test/edge/project.ts';

/** Test files start servers and databases of their own: more at once than this only makes each of them slow. */
const MOST_WORKERS = 8;

/** A machine that does more than these tests takes several times as long. Milliseconds. */
const hungAfterMs = 60_000;
/**
 * Modules are Node's own, as in production. Vite's would each be rewritten for each project, and would look up what
 * they import at each use, which takes a while in loops over pixels.
 */
const byNode = { viteModuleRunner: false, nodeLoader: false } as const;
/** One of thousands must not refuse a whole run; `npm test` names it. Elsewhere a race may be a fault of ours. */
const retry = process.env.CI === undefined ? 0 : 1;
const onNode = {
  pool: 'forks', testTimeout: hungAfterMs, hookTimeout: hungAfterMs, retry, experimental: byNode,
} as const;
/** One process for all files of a project that a worker gets, one after the other. */
const shared = { isolate: false } as const;

/**
 * Those that change nothing of their process: one process takes them file after file, and what they import is loaded
 * once, which takes longer than many of them. A file that replaces a global for good or measures the process belongs
 * elsewhere.
 */
const sharing = ['application', 'client', 'config', 'domain', 'http', 'rest', 'services'].map(
  (name) => `test/${name}/**/*.test.ts`,
);

/** Those that start servers in their own process, likewise. */
const withServers = ['grpc', 'guides', 'product-image', 'server', 'shops', 'worker'].map(
  (name) => `test/${name}/**/*.test.ts`,
);

/** Those that share processes with the other files of their folder, and with no others. */
const amongThemselves = ['cli', 'command', 'house', 'objects', 'providers', 'simulation'];

/**
 * Those in a browser, after all others: Chromium fails its requests (ERR_NETWORK_CHANGED) whenever the machine gets or
 * loses a network interface, as it does for each container of other tests.
 */
const inBrowser = ['test/console/**/*.test.ts', 'test/imaging/browser.test.ts'];

/** After all others, as many at once as there are cores: each has a browser beside it, or never waits for anything. */
const onAllCores = {
  sequence: { groupOrder: 1 }, maxWorkers: Math.min(availableParallelism(), MOST_WORKERS),
} as const;

/**
 * Those that cut out, measure no memory and draw no SVG, which whatever decodes photos switches off: the models' code
 * is compiled as it runs, 4 s in each process.
 */
const onModels = [
  'backdrop', 'background', 'colour', 'confidence', 'conversion', 'cut-out', 'formats', 'hard-rooms', 'materials',
  'matting', 'output', 'own-model', 'paint', 'people', 'product/*', 'replicate', 'rooms', 'surfaces', 'transparent',
  'white-on-white', 'wishes',
].map((name) => `test/imaging/${name}.test.ts`);

/** Those that need a PostgreSQL server, and nothing else. The suite of stores has a table that no other store has. */
const onPostgres = ['test/postgres/**/*.test.ts'];
const postgresStores = ['test/stores/postgres/**/*.test.ts'];
const sqliteStores = ['test/stores/sqlite/**/*.test.ts'];
/**
 * Each in a process of its own. In one that others had shared, Node sometimes refused all keys of WebCrypto. Plans are
 * looked at of every statement that the process knows.
 */
const alonePostgres = ['test/postgres/product-images.test.ts', 'test/stores/postgres/plans.test.ts'];
const aloneSqlite = ['test/stores/sqlite/plans.test.ts'];

/** Those of the contract that no store has a part in: addresses, methods, pages. */
const onNoStore = ['test/contract/image-set/{error-pages,http}.test.ts'];

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
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/contract/**', 'test/edge/**', ...onWorker, ...onPostgres, ...postgresStores, ...sharing,
            ...withServers, ...inBrowser, ...onModels, ...amongThemselves.map((name) => `test/${name}/**`),
            // All but those that stay alone.
            'test/stores/sqlite/!(plans).test.ts',
          ],
        },
      },
      { test: { ...onNode, name: 'sharing', ...shared, include: sharing } },
      { test: { ...onNode, name: 'sqlite-stores', ...shared, include: sqliteStores, exclude: aloneSqlite } },
      { test: { ...onNode, name: 'servers', ...shared, include: withServers } },
      ...amongThemselves.map((name) => (
        { test: { ...onNode, name, ...shared, include: [`test/${name}/**/*.test.ts`] } }
      )),
      { test: { ...onNode, ...onAllCores, name: 'models', ...shared, include: onModels } },
      {
        test: {
          ...onNode,
          ...onAllCores,
          ...shared,
          name: 'console',
          include: inBrowser,
        },
      },
      {
        test: {
          ...onNode, ...shared, name: 'postgres', include: onPostgres, exclude: alonePostgres,
          globalSetup: 'test/postgres/setup.ts',
        },
      },
      {
        test: {
          ...onNode, ...shared, name: 'postgres-stores', include: postgresStores, exclude: alonePostgres,
          globalSetup: 'test/postgres/setup.ts',
        },
      },
      {
        test: { ...onNode, name: 'postgres-alone', include: alonePostgres, globalSetup: 'test/postgres/setup.ts' },
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
          exclude: onNoStore,
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
          env: { WAYBILL_TARGET: 'worker' },
          globalSetup: 'test/contract/worker-setup.ts',
        },
      },
      edgeProject,
    ],
  },
});
