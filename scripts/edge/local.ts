import { build } from 'esbuild';
import type { Miniflare } from 'miniflare';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consoleFolder } from '../../src/main/node/console-files.ts';
import { wranglerConfig } from './config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

export interface LocalEdge {
  readonly url: string;
  stop(): Promise<void>;
}

export interface LocalEdgeOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Folder of everything that is stored, as `wrangler dev --persist-to` has it. */
  readonly folder: string;
  readonly vars?: Readonly<Record<string, string>>;
  /** Called with each line that the Worker logs. */
  readonly onLine: (line: string) => void;
}

/** How often a port is looked for that nobody takes between the look and the start. */
const tries = 5;

/**
 * The Worker on this machine, without an account: its databases migrated, uploads by presigned URL included, in
 * development mode (`Bearer <user id>`), listening on loopback only. In workerd by Miniflare, as under `wrangler dev`,
 * which puts two proxies before it.
 */
export async function startLocalEdge(options: LocalEdgeOptions): Promise<LocalEdge> {
  // Either takes half a second, the one in a process of its own.
  const [script, runtime, pages] = await Promise.all([bundled(), import('miniflare'), consoleFolder()]);
  for (let left = tries; ; left--) {
    try {
      return await start(options, { script, runtime, pages });
    } catch (error) {
      if (left <= 1 || !isTaken(error) || (options.port !== 0 && isTaken(error, workerSocket))) throw error;
    }
  }
}

/** How Miniflare names the socket of the Worker itself. */
export const workerSocket = 'direct:';

/** Whether another program listens at the address of this socket of Miniflare's, or of any. */
export function isTaken(error: unknown, socket = ''): boolean {
  return new RegExp(`address already in use.*"${socket}`, 'i').test(String(error));
}

async function start(
  { port, folder, vars, onLine }: LocalEdgeOptions,
  { script, runtime, pages }: {
    readonly script: string; readonly runtime: typeof import('miniflare'); readonly pages: string;
  },
): Promise<LocalEdge> {
  const [free, s3Port] = await freePorts();
  const workerPort = port === 0 ? free : port;
  const url = `http://127.0.0.1:${workerPort}`;
  const { vars: configured, ...worker } = wranglerConfig(pages);
  const bindings = {
    ...configured,
    PUBLIC_URL: url,
    WAYBILL_DEV: 'true',
    LOG_LEVEL: 'warn',
    S3_ENDPOINT: `http://127.0.0.1:${s3Port}/cdn-cgi/local/r2/s3`,
    R2_ACCESS_KEY_ID: 'localkey',
    R2_SECRET_ACCESS_KEY: 'localsecret',
    ...vars,
  };
  const miniflare = new runtime.Miniflare(
    runtime.convertV4MiniflareOptions({
      host: '127.0.0.1',
      // Of its own entry, which serves R2's S3 endpoint.
      port: s3Port,
      cf: false,
      logRequests: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ message }) => onLine(message),
      resourcePersistencePath: join(folder, 'v3'),
      workers: [{
        ...worker,
        bindings,
        // Each request goes straight to the Worker.
        unsafeDirectSockets: [{ host: '127.0.0.1', port: workerPort }],
        modules: [{ type: 'ESModule', path: 'worker.js', contents: script }],
      }],
    }),
  );
  try {
    await miniflare.ready;
    await migrate(miniflare);
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    throw error;
  }
  return { url, stop: () => miniflare.dispose() };
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}src/main/cloudflare/worker.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser', 'import'],
    external: ['cloudflare:*', 'node:*'],
    loader: { '.sql': 'text', '.html': 'text' },
    define: { WAYBILL_VERSION: JSON.stringify(version) },
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** The table is wrangler's own. */
const migrations = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

async function migrate(miniflare: Miniflare): Promise<void> {
  const database = await miniflare.getD1Database('DB');
  await database.prepare(migrations).run();
  const { results } = await database.prepare('SELECT name FROM d1_migrations').all();
  const applied = new Set(results.map(({ name }: { name: string }) => name));
  for (const name of readdirSync(`${root}migrations/d1`).toSorted()) {
    if (applied.has(name)) continue;
    const script = readFileSync(`${root}migrations/d1/${name}`, 'utf8');
    const done = database.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    await database.batch([database.prepare(script), done]);
  }
}

/** Two of them, which differ. */
async function freePorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = servers.map((server) => new Promise<number>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  }));
  const [first = 0, second = 0] = await Promise.all(ports);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [first, second];
}
