/**
 * What lists and bulk requests over large tasks cost a server that has 512 MB of heap.
 *
 *   node bench/large-rows.ts [tasks] [query]      1,000 tasks of 250 KB; "fields=data,errorLog,result" of each list
 *
 * The server is a process of its own on SQLite in the temporary folder, or on the empty database that DATABASE_URL
 * names. First 40 clients ask for a page and do not read the answer, then 12 users' bulk requests cancel what their
 * filter finds, all at once. How long the loop stood still is measured in the server's process (`loop-delay.mjs`): on
 * the clock, and in processor time of its thread, to which other processes on a busy machine add little. The data are
 * rows of small values; with LARGE_TEXT set one string, which is far quicker to read and write.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [tasks = '1000', query = 'fields=data,errorLog,result'] = process.argv.slice(2);
const users = 12;
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
const port = 20_000 + Math.floor(Math.random() * 20_000);
const main = fileURLToPath(new URL('../src/main/cli.ts', import.meta.url));
const args = ['serve', '--dev', '--port', String(port), '--data', folder, '--log-level', 'error'];
const preload = fileURLToPath(new URL('loop-delay.mjs', import.meta.url));
const delays = join(folder, 'loop-delay.json');
const server = spawn(process.execPath, ['--max-old-space-size=512', '--import', preload, main, ...args], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, LOOP_DELAY_FILE: delays },
});
let ended: string | null = null;
const exited = new Promise<void>((resolve) =>
  server.once('exit', (code, signal) => {
    ended = signal ?? String(code);
    resolve();
  }),
);

async function call(path: string, user = 'bench-0', body?: unknown): Promise<{ status: number; body: any }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${user}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

function memoryMb(): number {
  if (ended !== null) return 0;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024);
}

async function loopDelay(): Promise<{ delayMs: number; turnMs: number }> {
  rmSync(delays, { force: true });
  server.kill('SIGUSR2');
  while (ended === null && !existsSync(delays)) await sleep(5);
  return JSON.parse(readFileSync(delays, 'utf8'));
}

/** Runs it, and says how long the loop stood still at most and how much memory the server had at most. */
async function watched(name: string, work: () => Promise<string>): Promise<void> {
  let peak = 0;
  await loopDelay();
  const watching = setInterval(() => (peak = Math.max(peak, memoryMb())), 20);
  const began = performance.now();
  const said = await work().catch((error: unknown) => String(error));
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  clearInterval(watching);
  if (ended !== null) return console.log(`${name}: ${said}, ${seconds} s; the server died (${ended})`);
  const { delayMs, turnMs } = await loopDelay();
  const stood = `stood still for ${Math.round(delayMs)} ms (${Math.round(turnMs)} ms of processor time)`;
  console.log(`${name}: ${said}, ${seconds} s; ${stood}, ${peak} MB`);
}

async function fill(): Promise<string> {
  const rows = Array.from({ length: 3_200 }, (_, id) => ({ id, name: `row ${id}`, tags: ['a', 'b'], at: id / 3 }));
  const data = process.env['LARGE_TEXT'] === undefined ? { rows } : { text: 'x'.repeat(250_000) };
  const next = Array.from({ length: Number(tasks) }, (_, index) => index);
  const one = async (): Promise<void> => {
    for (let index = next.pop(); index !== undefined; index = next.pop()) {
      const { status, body } = await call('/api/v1/jobs', `bench-${index % users}`, { type: 'large', data });
      if (status !== 201) throw new Error(JSON.stringify(body));
    }
  };
  await Promise.all(Array.from({ length: 4 }, one));
  return `${tasks} tasks`;
}

async function unread(): Promise<string> {
  const sockets = Array.from({ length: 40 }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.pause();
    socket.write(
      `GET /api/v1/jobs?limit=200&${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer admin\r\n\r\n`,
    );
    return socket;
  });
  await sleep(10_000);
  for (const socket of sockets) socket.destroy();
  return '40 pages';
}

async function cancelAll(): Promise<string> {
  const body = { action: 'cancel', filter: { type: 'large' } };
  const answers = await Promise.all(
    Array.from({ length: users }, (_, index) => call('/api/v1/jobs/bulk', `bench-${index}`, body)),
  );
  const done = answers.filter(({ status }) => status === 200);
  const succeeded = done.reduce((sum, answer) => sum + answer.body.data.succeeded, 0);
  const results = done.flatMap((answer) => answer.body.data.results as { ok: boolean; error?: { message: string } }[]);
  const why = new Set(results.flatMap(({ error }) => (error === undefined ? [] : [error.message])));
  return [`${succeeded} by ${done.length} of ${users} bulk requests`, ...why].join('; ');
}

while (ended === null && !(await call('/readyz').then(({ status }) => status === 200, () => false))) await sleep(100);
await watched('filled', fill);
await watched('unread', unread);
await watched('canceled by filter', cancelAll);
server.kill('SIGTERM');
await exited;
rmSync(folder, { recursive: true, force: true });
