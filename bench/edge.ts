/**
 * The whole flow of a job (seven requests, three photos) by 32 clients at once: the Worker in the local runtime, asked
 * without a proxy before it, beside the server on Node, each with its data on a disk and in memory. All take turns in
 * the same run, and each figure is the median of its rounds. What a job writes is counted by test/edge/cost.test.ts.
 *
 *   node bench/edge.ts [rounds] [seconds of each] [folder in memory]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startLocalEdge } from '../scripts/edge/local.ts';
import { LoadedServer, wholeFlow } from './edge/flow.ts';
import { histogram, machine, median, probeFsync } from './lifecycles/measure.ts';

const clients = 32;
const [rounds = 3, seconds = 8] = process.argv.slice(2, 4).map(Number);
const places = { 'on disk': tmpdir(), 'in memory': process.argv[4] ?? '/dev/shm' };

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

async function startNode(folder: string): Promise<Running> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const main = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url));
  const args = [main, 'serve', '--dev', '--port', String(port), '--data', folder, '--log-level', 'error'];
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
  return { url, stop };
}

function startWorker(folder: string): Promise<Running> {
  const onLine = (line: string): void => console.error(line);
  return startLocalEdge({ port: 0, folder, vars: { LOG_LEVEL: 'error' }, onLine });
}

const starters = { node: startNode, worker: startWorker };

interface Round {
  readonly jobsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly cpuMs: number;
  readonly startSeconds: number;
  readonly memoryMb: number;
}

async function round(start: (folder: string) => Promise<Running>, place: string): Promise<Round> {
  const folder = mkdtempSync(join(place, 'waybill-bench-edge-'));
  const began = performance.now();
  const running = await start(folder);
  const startSeconds = (performance.now() - began) / 1000;
  try {
    return { ...(await load(running.url)), startSeconds };
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function load(url: string): Promise<Omit<Round, 'startSeconds'>> {
  const server = new LoadedServer(url, clients);
  const users = Array.from({ length: clients }, (_, index) => `bench-${index}`);
  for (const user of users) await server.open(user, 10_000_000);
  // To warm up.
  await untilOver(server, users, 2);
  const flow = histogram();
  const before = descendants();
  const began = performance.now();
  const jobs = await untilOver(server, users, seconds, flow.time);
  const elapsed = (performance.now() - began) / 1000;
  const { cpuMs, memoryMb } = descendants();
  server.close();
  return {
    jobsPerSecond: jobs / elapsed, p50: Number(flow.p(50)), p95: Number(flow.p(95)),
    cpuMs: (cpuMs - before.cpuMs) / jobs, memoryMb,
  };
}

async function untilOver(
  server: LoadedServer,
  users: readonly string[],
  forSeconds: number,
  time: (call: () => Promise<string | null>) => Promise<string | null> = (call) => call(),
): Promise<number> {
  const until = performance.now() + forSeconds * 1000;
  let jobs = 0;
  const client = async (user: string): Promise<void> => {
    while (performance.now() < until) {
      if ((await time(() => wholeFlow(server, user))) === null) throw new Error('a slot was taken that should be free');
      jobs += 1;
    }
  };
  await Promise.all(users.map(client));
  return jobs;
}

/** What the processes below this one have used, and have in memory. Linux. */
function descendants(): { readonly cpuMs: number; readonly memoryMb: number } {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      // Behind the name, which may have spaces: the second is the parent, the twelfth and thirteenth are the times in
      // user and system mode in hundredths of a second, the twenty-second the pages in memory.
      const [, parent = 0, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
      const [user = 0, system = 0] = fields.slice(9);
      return [{ pid: Number(name), parent, cpuMs: (user + system) * 10, pages: fields[19] ?? 0 }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
  const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isBelow(parent));
  };
  const below = processes.filter(({ pid }) => isBelow(pid));
  const sum = (of: (one: (typeof below)[number]) => number): number => below.reduce((all, one) => all + of(one), 0);
  return { cpuMs: sum(({ cpuMs }) => cpuMs), memoryMb: Math.round((sum(({ pages }) => pages) * 4096) / 1024 ** 2) };
}

console.log(`${machine()}; fdatasync of one page ${probeFsync(places['on disk']).toFixed(0)}/s; ${rounds} rounds`);
const results = new Map<string, Round[]>();
for (let count = 0; count < rounds; count++) {
  for (const [where, place] of Object.entries(places)) {
    for (const [name, start] of Object.entries(starters)) {
      const key = `${name} ${where}`;
      results.set(key, [...(results.get(key) ?? []), await round(start, place)]);
    }
  }
}
for (const [key, all] of results) {
  const of = (what: keyof Round): number => median(all.map((one) => one[what]));
  console.log(
    `${key}: ${of('jobsPerSecond').toFixed(0)} jobs/s, ${of('cpuMs').toFixed(1)} ms of processor time per job, ` +
      `whole flow p50 ${of('p50').toFixed(0)} ms, p95 ${of('p95').toFixed(0)} ms; ` +
      `started in ${of('startSeconds').toFixed(2)} s, ${of('memoryMb')} MB at the end`,
  );
}
