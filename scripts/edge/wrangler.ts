import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wrangler = `${root}node_modules/wrangler/bin/wrangler.js`;
const configPath = `${root}deploy/wrangler.jsonc`;
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** What the bundler puts in. */
const defines = ['--define', `WAYBILL_VERSION:${JSON.stringify(version)}`];

// Nothing of this is sent or shown anywhere; without these two it costs half the speed.
const environment = {
  ...process.env,
  WRANGLER_SEND_METRICS: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
  X_LOCAL_EXPLORER: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
};

interface WranglerRun {
  readonly child: ChildProcess;
  /** The exit status. */
  readonly ended: Promise<number>;
  /** What it has printed, when it is not shown. */
  readonly printed: () => string;
}

function runWrangler(args: readonly string[], show: boolean): WranglerRun {
  const child = spawn(process.execPath, [wrangler, ...args, '--config', configPath], {
    cwd: root,
    env: environment,
    stdio: show ? ['inherit', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const keep = (chunk: Buffer): void => void (printed = (printed + chunk.toString()).slice(-100_000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  return { child, ended, printed: () => printed };
}

/** Bundles the Worker as it is deployed and puts it into `folder`, or deploys it. Answers the exit status. */
export function deploy(args: readonly string[]): Promise<number> {
  return runWrangler(['deploy', '--minify', ...defines, ...args], true).ended;
}

/** Applies the migrations of D1 where it is deployed. Answers the exit status. */
export function migrateDeployed(): Promise<number> {
  return runWrangler(['d1', 'migrations', 'apply', 's3-db', '--remote'], true).ended;
}

export interface LocalEdge {
  readonly url: string;
  /** What it logged so far, when it is not shown. */
  readonly printed: () => string;
  /** When it has ended by itself. */
  readonly ended: Promise<number>;
  /** The process that everything belongs to. */
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * The Worker on this machine, without an account: its databases migrated, uploads by presigned URL included, in
 * development mode (`Bearer <user id>`), listening on loopback only.
 */
export async function startLocalEdge(options: {
  /** 0: any that is free. */
  readonly port: number;
  /** Folder of everything that is stored. */
  readonly folder: string;
  readonly show: boolean;
  readonly vars?: Readonly<Record<string, string>>;
}): Promise<LocalEdge> {
  const { folder, show, vars = {} } = options;
  const persist = ['--persist-to', folder];
  const migrating = runWrangler(['d1', 'migrations', 'apply', 's3-db', '--local', ...persist], false);
  if ((await migrating.ended) !== 0) throw new Error(`D1 was not migrated:\n${migrating.printed()}`);
  const port = options.port === 0 ? await freePort() : options.port;
  const url = `http://127.0.0.1:${port}`;
  const all: Record<string, string> = {
    PUBLIC_URL: url,
    WAYBILL_DEV: 'true',
    LOG_LEVEL: 'warn',
    S3_ENDPOINT: `${url}/cdn-cgi/local/r2/s3`,
    R2_ACCESS_KEY_ID: 'localkey',
    R2_SECRET_ACCESS_KEY: 'localsecret',
    ...vars,
  };
  const run = runWrangler(
    [
      'dev', '--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0',
      '--show-interactive-dev-session=false', '--log-level', show ? 'log' : 'warn', ...persist, ...defines,
      ...Object.entries(all).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    show,
  );
  const stop = async (): Promise<void> => {
    run.child.kill('SIGTERM');
    const late = setTimeout(() => run.child.kill('SIGKILL'), 10_000);
    await run.ended;
    clearTimeout(late);
  };
  const ready = await Promise.race([untilReady(`${url}/readyz`), run.ended.then(() => false)]);
  if (!ready) {
    await stop();
    throw new Error(`the Worker did not start:\n${run.printed()}`);
  }
  return { url, printed: run.printed, ended: run.ended, pid: run.child.pid ?? 0, stop };
}

async function untilReady(url: string): Promise<boolean> {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    const answered = await fetch(url).then(({ ok }) => ok, () => false);
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as AddressInfo).port));
    });
  });
}
