/**
 * The whole flow of a job (seven requests, three photos) by 32 clients at once: the Worker under `wrangler dev`
 * beside the server on Node, in turns in the same run, each with its data on the same disk.
 *
 *   node bench/edge.ts [seconds]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalEdge } from '../scripts/edge/wrangler.ts';
import { LoadedServer, wholeFlow } from './edge/flow.ts';
import { histogram, machine, probeFsync } from './lifecycles/measure.ts';

const clients = 32;
const seconds = Number(process.argv[2] ?? '8');
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-edge-'));

interface Running {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

async function startNode(): Promise<Running> {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const main = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url));
  const args = [main, 'serve', '--dev', '--port', String(port), '--data', join(folder, 'node'), '--log-level', 'error'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/readyz`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error('the server did not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  return { url, pid: child.pid ?? 0, stop };
}

const starters: Record<string, () => Promise<Running>> = {
  node: startNode,
  worker: () => startLocalEdge({ port: 0, folder: join(folder, 'edge'), show: false, vars: { LOG_LEVEL: 'error' } }),
};

console.log(`${machine()}; fdatasync of one page ${probeFsync(folder).toFixed(0)}/s`);
try {
  for (const [name, start] of Object.entries(starters)) {
    const began = performance.now();
    const running = await start();
    const started = performance.now() - began;
    try {
      const { jobs, elapsed, flow } = await load(running.url);
      console.log(
        `${name}: ${(jobs / elapsed).toFixed(0)} jobs/s, whole flow p50 ${flow.p(50)} ms, p95 ${flow.p(95)} ms; ` +
          `started in ${(started / 1000).toFixed(2)} s, ${memoryMb(running.pid)} MB at the end`,
      );
    } finally {
      await running.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function load(url: string): Promise<{ jobs: number; elapsed: number; flow: ReturnType<typeof histogram> }> {
  const server = new LoadedServer(url, clients);
  const users = Array.from({ length: clients }, (_, index) => `bench-${index}`);
  for (const user of users) await server.open(user, 10_000_000);
  await Promise.all(users.map((user) => wholeFlow(server, user)));
  const flow = histogram();
  const began = performance.now();
  let jobs = 0;
  const client = async (user: string): Promise<void> => {
    while (performance.now() - began < seconds * 1000) {
      const jobId = await flow.time(() => wholeFlow(server, user));
      if (jobId === null) throw new Error('a slot was taken that should be free');
      jobs += 1;
    }
  };
  await Promise.all(users.map(client));
  server.close();
  return { jobs, elapsed: (performance.now() - began) / 1000, flow };
}

/** Of the process and all below it. */
function memoryMb(root: number): number {
  const parents = new Map<number, number>();
  const sizes = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]));
      sizes.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  let kilobytes = 0;
  for (const [pid, size] of sizes) if (isBelow(pid)) kilobytes += size;
  return Math.round(kilobytes / 1024);
}
