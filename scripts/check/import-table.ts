/** A part of src, and what its files may import. The first row whose folder fits a file is the one that holds. */
export interface Layer {
  /** Below src. `stores/*` makes every folder of stores a layer of its own, none of which imports another. */
  readonly folder: string;
  /**
   * Folders below src that it may import besides its own; ANY for all but those in `mayNot`. `./domain` is that of
   * the same folder of `kinds/*`.
   */
  readonly may: readonly string[];
  readonly mayNot?: readonly string[];
  /** Packages from npm; ANY for every one that package.json declares. */
  readonly packages?: readonly string[];
  /** Runs on Node only; false where it must run on Workers or in a browser as well. */
  readonly node: boolean;
  /** Files of a layer without Node that are for Node after all. */
  readonly nodeFiles?: RegExp;
}

export const ANY = '*';

const RULES = ['ports', 'domain'];
const PROVIDES = [...RULES, 'providers/shared'];
const USES = ['application', 'contract', ...RULES, './application', './contract', './domain'];

/** What is not taken apart yet: files of the core that know a kind. */
export const NOT_YET: readonly (readonly [from: string, to: string])[] = [
];

export const IMPORT_TABLE: readonly Layer[] = [
  { folder: 'domain', may: [], node: false },
  { folder: 'ports', may: ['domain'], node: false },
  { folder: 'application', may: RULES, node: false },
  { folder: 'services', may: ['application', ...RULES], node: false },
  {
    folder: 'stores/sqlite',
    may: RULES,
    packages: ['better-sqlite3'],
    // Durable Objects run the same SQL.
    node: false,
    nodeFiles: /^node[^/]*\.ts$/,
  },
  { folder: 'stores/postgres', may: RULES, packages: ['pg'], node: true },
  // Both are SQLite, and run its statements: inside an object of one job or user, and for what is common to all.
  { folder: 'stores/durable-object', may: [...RULES, 'stores/sqlite'], node: false },
  { folder: 'stores/d1', may: [...RULES, 'stores/sqlite'], node: false },
  { folder: 'stores/*', may: RULES, node: true },
  { folder: 'objects/s3', may: RULES, packages: ['aws4fetch'], node: false },
  { folder: 'objects/r2', may: RULES, node: false },
  { folder: 'objects/*', may: RULES, node: true },
  { folder: 'providers/shared', may: RULES, node: true },
  { folder: 'providers/docker', may: PROVIDES, packages: ['dockerode', 'tar-stream'], node: true },
  { folder: 'providers/kubernetes', may: PROVIDES, packages: ['@kubernetes/client-node'], node: true },
  { folder: 'providers/*', may: PROVIDES, node: true },
  { folder: 'imaging/local', may: RULES, packages: ['sharp', 'onnxruntime-web'], node: true },
  { folder: 'imaging/*', may: [...RULES, 'http'], packages: ['zod'], node: true },
  { folder: 'shops/*', may: [...RULES, 'http'], packages: ['zod'], node: true },
  { folder: 'contract', may: ['domain'], packages: ['zod'], node: false },
  // Requests with time limits and retries, for whoever asks a server.
  { folder: 'http', may: ['domain'], node: false },
  // Who asks, and how much at once, whichever way they come.
  { folder: 'transports/access', may: ['application', 'contract'], node: false },
  // Pages for people who read, of the API and of the guides.
  { folder: 'transports/documentation', may: ['contract'], packages: ['marked'], node: false },
  {
    folder: 'transports/rest',
    may: ['transports/access', 'transports/documentation', 'application', 'contract'],
    packages: ['hono'],
    node: false,
  },
  {
    folder: 'transports/grpc',
    may: ['transports/access', 'application', 'contract'],
    packages: ['@grpc/grpc-js', '@bufbuild/protobuf'],
    node: true,
  },
  { folder: 'transports/cli', may: ['client', 'contract'], node: true },
  // Tools for assistants, over the client as the commands are.
  {
    folder: 'transports/mcp',
    may: ['transports/documentation', 'client', 'contract'],
    packages: ['@modelcontextprotocol/server', 'zod'],
    node: false,
  },
  { folder: 'transports/*', may: ['application', 'contract'], node: true },
  {
    folder: 'worker',
    may: ['contract', 'http', 'domain'],
    packages: ['@grpc/grpc-js', '@bufbuild/protobuf'],
    node: true,
  },
  // Users run it in browsers and on Workers.
  { folder: 'client', may: ['contract', 'http'], node: false },
  { folder: 'kinds/*/domain', may: ['domain'], node: false },
  {
    folder: 'kinds/*/contract',
    may: ['contract', 'domain', './domain'],
    packages: ['zod', '@cfworker/json-schema'],
    node: false,
  },
  { folder: 'kinds/*/application', may: ['application', ...RULES, './domain'], node: false },
  {
    folder: 'kinds/*/rest',
    may: ['transports/rest', 'transports/access', ...USES],
    packages: ['client-zip'],
    node: false,
  },
  {
    folder: 'kinds/*/grpc',
    may: ['transports/grpc', 'transports/access', ...USES],
    packages: ['@bufbuild/protobuf'],
    node: true,
  },
  {
    folder: 'kinds/*/cli',
    may: ['transports/cli', 'client', 'contract', './contract'],
    packages: ['shlex'],
    node: true,
  },
  // Some read files of this machine as the commands do.
  {
    folder: 'kinds/*/mcp',
    may: ['transports/mcp', 'transports/cli', 'client', 'contract', './contract', './cli'],
    packages: ['zod'],
    node: true,
  },
  // What callers and workers share: in browsers and on Workers too.
  {
    folder: 'kinds/*/typed',
    may: ['client', 'http', 'contract', './contract', 'worker'],
    packages: ['@standard-schema/spec'],
    node: false,
  },
  {
    folder: 'kinds/*/worker',
    may: ['worker', 'http', 'contract', './contract', 'domain', './domain', './typed'],
    packages: ['@bufbuild/protobuf', 'picomatch'],
    node: true,
  },
  {
    folder: 'kinds/*/console',
    may: ['console', 'client', 'contract', './contract', 'domain', './domain'],
    packages: ['preact', '@preact/signals', 'lucide-preact'],
    node: false,
  },
  { folder: 'kinds/*/simulation', may: ['testing', 'services', ...USES], node: true },
  { folder: 'kinds/*', may: ['transports/rest', 'services', 'kinds/module.ts', ...USES, './rest'], node: false },
  { folder: 'kinds', may: ['transports/rest', 'services', 'contract'], node: false },
  { folder: 'testing', may: [ANY], mayNot: ['main', 'kinds'], packages: ['vitest', 'fast-check'], node: true },
  {
    folder: 'console',
    may: ['client', 'contract', 'domain'],
    packages: ['preact', '@preact/signals', 'lucide-preact'],
    node: false,
  },
  {
    folder: 'main/console',
    may: ['console', 'kinds', 'main/client', 'client', 'contract'],
    packages: ['preact'],
    node: false,
  },
  // The client of all routes, as it is published.
  { folder: 'main/client', may: ['client', 'contract', 'kinds', 'main/routes.ts'], node: false },
  { folder: 'main', may: [ANY], mayNot: ['testing'], packages: [ANY], node: true },
];
