/**
 * How long a command job takes from its submission until the first line of its output is in a client's hands, through a
 * started server, beside a bare `docker run` of the same image and command; and until the job has ended. Then how many
 * such jobs a second a pool of warm workers does, each of which is a process.
 *
 *   node bench/jobs.ts [rounds]      20 unless said; needs Docker at its usual socket, bash and busybox-static
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../src/main/client/index.ts';
import { parseConfig } from '../src/main/config/parse.ts';
import { agentFile } from '../src/main/node/agent-file.ts';
import { createLogger } from '../src/main/node/logger.ts';
import { startServer } from '../src/main/node/server.ts';
import { importWorkerImage } from '../src/providers/docker/image/index.ts';

const rounds = Number(process.argv[2] ?? 20);
const image = 'waybill-bench-jobs:1';
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
await importWorkerImage({ agentFile: await agentFile() }, { image }, new AbortController().signal);
const env = { WAYBILL_DOCKER_ENABLED: 'true', WAYBILL_WORKER_IMAGE: image };
const server = await startServer(parseConfig(['--dev', '--port', '0', '--data', folder], env), {
  logger: createLogger('error', () => {}),
});
const client = createClient({ server: server.url, token: 'bench' });

interface Times {
  readonly firstLine: number;
  readonly end: number;
}

async function job(provider: string): Promise<Times> {
  const began = performance.now();
  const { id } = await client.submitCommand({ body: { command: 'echo hi', requirements: { provider } } });
  let firstLine = Number.NaN;
  for await (const event of client.followJobLogs({ params: { id } })) {
    if (event.type === 'line') firstLine = performance.now() - began;
    if (event.type === 'end') break;
  }
  return { firstLine, end: performance.now() - began };
}

async function dockerRun(): Promise<Times> {
  const began = performance.now();
  const child = spawn('docker', ['run', '--rm', '--init', '--entrypoint', '/bin/sh', image, '-c', 'echo hi'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const firstLine = performance.now() - began;
  await once(child, 'exit');
  return { firstLine, end: performance.now() - began };
}

/** The loop of leases and that of tests come between otherwise. */
async function ready(): Promise<void> {
  for (;;) {
    const { providers } = await client.listProviders();
    if (providers.every(({ health }) => health?.healthy)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const ways: Readonly<Record<string, () => Promise<Times>>> = {
  'docker run': dockerRun, docker: () => job('docker'), process: () => job('process'),
};
await ready();
const times: Record<string, Times[]> = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, way] of Object.entries(ways)) {
    const taken = await way();
    // The first of each warms up.
    if (round > 0) times[name]?.push(taken);
  }
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
for (const part of ['firstLine', 'end'] as const) {
  const bare = (times['docker run'] ?? []).map((each) => each[part]);
  for (const [name, all] of Object.entries(times)) {
    const values = all.map((each) => each[part]);
    const show = (share: number): string => {
      const ms = at(values, share);
      return `p${share * 100} ${Math.round(ms)} ms (${(ms / at(bare, share)).toFixed(2)} of docker run)`;
    };
    console.log(`${part.padEnd(10)} ${name.padEnd(11)} ${show(0.5)}, ${show(0.95)}`);
  }
}

const [workers, jobs] = [8, 1_000];
const pool = { size: workers, jobsPerWorker: 1_000 };
await client.registerProvider({ body: { name: 'warm', type: 'process', maxWorkers: workers, pool } });
const warm = async (): Promise<number> => (await client.listFleetWorkers({ query: { state: 'READY' } })).workers.length;
while ((await warm()) < workers) await new Promise((resolve) => setTimeout(resolve, 100));
const began = performance.now();
await inTurns(jobs, 2 * workers, async () => {
  const { id } = await client.submitCommand({ body: { command: 'true', requirements: { provider: 'warm' } } });
  for await (const event of client.followJobLogs({ params: { id } })) if (event.type === 'end') return;
});
console.log(`${Math.round((jobs * 1_000) / (performance.now() - began))} jobs a second on ${workers} warm workers`);

/** So many times, at most so many at once. */
async function inTurns(times: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) await work();
  }));
}

await server.close();
rmSync(folder, { recursive: true });
