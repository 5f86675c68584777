/**
 * What many followers of GET /api/events cost a server.
 *
 *   node bench/followers.ts [followers] [tasks] [stalled]      1,000 followers, 2,000 tasks, none stalled unless said
 *
 * The server is in a process of its own, over SQLite in the temporary folder, or over the database that DATABASE_URL
 * names. Each follower is a user of its own, with as many tasks as the others; `stalled` more (100 at most), who follow
 * one user each, read nothing. Tasks are submitted a hundred a request and canceled one by one: two events each.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [followers = 1_000, tasks = 2_000, stalled = 0] = process.argv.slice(2).map(Number);
const cli = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const server = spawn(process.execPath, [cli, 'serve', '--dev', '--port', '0', '--data', folder], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, MAX_CONNECTIONS_PER_ADDRESS: '0', LOG_LEVEL: 'error' },
});
server.stderr.pipe(process.stderr);
const url = await new Promise<string>((resolve) => {
  server.stdout.on('data', (chunk: Buffer) => {
    const [, found] = /listens on (\S+)/.exec(chunk.toString()) ?? [];
    if (found !== undefined) resolve(found);
  });
});

const userOf = (n: number): string => `user-${n}`;
const submittedAt = new Map<string, number>();
const delays: number[] = [];
let heard = 0;

/** Resolves once the server says where the stream begins. */
function follow(user: string, query: string, hear: ((text: string) => void) | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/api/events${query}`, { agent: false, headers: { authorization: `Bearer ${user}` } });
    asked.on('error', reject).on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`the stream was answered ${response.statusCode}`));
      response.setEncoding('utf8').on('data', (text: string) => {
        const hasBegun = text.includes('id: ');
        if (hasBegun) resolve();
        if (hear !== null) hear(text);
        else if (hasBegun) response.pause();
      });
      response.on('error', () => {});
    });
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
function ask(user: string, method: string, path: string, body?: unknown): Promise<any> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${user}`, 'content-type': 'application/json' };
    const sent = request(url + path, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('end', () => resolve(JSON.parse(text).data));
    });
    sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Processor time of the server so far, in seconds, and its memory in MiB. */
function cost(): { readonly cpu: number; readonly mib: number } {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const [, pages = '0'] = readFileSync(`/proc/${server.pid}/statm`, 'utf8').split(' ');
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, mib: (Number(pages) * 4_096) / 1_048_576 };
}

async function run(): Promise<{ readonly seconds: number; readonly cpu: number; readonly mib: number }> {
  const before = cost();
  const startedAt = performance.now();
  const each = Math.max(1, Math.floor(tasks / Math.max(1, followers)));
  const users = Math.ceil(tasks / each);
  await Promise.all(Array.from({ length: 16 }, async (_, lane) => {
    for (let n = lane; n < users; n += 16) {
      const jobs = Array.from({ length: each }, () => ({ type: 'none', data: null }));
      const { results } = await ask(userOf(n), 'POST', '/api/v1/jobs/bulk', { action: 'create', jobs });
      for (const { id } of results) {
        submittedAt.set(id, performance.now());
        await ask(userOf(n), 'DELETE', `/api/v1/jobs/${id}`);
      }
    }
  }));
  const after = cost();
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, cpu: after.cpu - before.cpu, mib: after.mib };
}

const shown = ({ seconds, cpu, mib }: Awaited<ReturnType<typeof run>>): string =>
  `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time, ${mib.toFixed(0)} MiB`;

try {
  await run();
  console.log(`nobody follows: ${shown(await run())}`);
  for (let n = 0; n < followers; n += 1) {
    await follow(userOf(n), '', (text) => {
      for (const [, id = ''] of text.matchAll(/event: TaskCanceled\n[^\n]*"jobId":"([^"]+)"/g)) {
        delays.push(performance.now() - (submittedAt.get(id) ?? 0));
      }
      heard += text.match(/\nevent: |^event: /g)?.length ?? 0;
    });
  }
  for (let n = 0; n < stalled; n += 1) await follow('admin', `?owner=${userOf(n)}`, null);
  console.log(`${followers} follow, ${stalled} of them stalled beside: ${shown(await run())}`);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  delays.sort((a, b) => a - b);
  const at = (part: number): string => (delays[Math.floor(delays.length * part)] ?? 0).toFixed(0);
  console.log(`${heard} events heard; from submission to the news of the end p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
