/**
 * What a small request costs a server of its own beside what the store does, in processor time: the least and the
 * median of many short runs, which other programs on the machine disturb less than a rate.
 *
 *   node bench/small-requests.ts [FOLDER…]    checkouts to compare, taken in turn; this one if none is given
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [connections, requests, runs] = [32, 3_000, 12];
const here = fileURLToPath(new URL('..', import.meta.url));
const folders = process.argv.length > 2 ? process.argv.slice(2) : [here];

const asked: Readonly<Record<string, string>> = {
  'GET /livez': requestOf('GET', '/livez'),
  'GET /api/presets/seller': requestOf('GET', '/api/presets/seller'),
  'POST /api/v1/workers/heartbeat': requestOf('POST', '/api/v1/workers/heartbeat', { workerId: 'w', leaseIds: [] }),
};

interface Server {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const servers = await Promise.all(folders.map(start));
for (const [name, request] of Object.entries(asked)) {
  const costs = servers.map((): number[] => []);
  for (const server of servers) await costOf(server, request);
  for (let run = 0; run < runs; run++) {
    for (const [index, server] of servers.entries()) costs[index]!.push(await costOf(server, request));
  }
  for (const [index, { folder }] of servers.entries()) {
    const sorted = costs[index]!.sort((a, b) => a - b);
    const [least, median] = [sorted[0]!, sorted[runs >> 1]!].map((cost) => cost.toFixed(0));
    console.log(`${name.padEnd(32)} ${folder}: least ${least}, median ${median} µs`);
  }
}
await Promise.all(servers.map((server) => server.stop()));

function requestOf(method: string, path: string, body?: unknown): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = `host: localhost\r\nauthorization: Bearer admin\r\ncontent-length: ${Buffer.byteLength(text)}`;
  return `${method} ${path} HTTP/1.1\r\n${headers}\r\n\r\n${text}`;
}

async function start(folder: string): Promise<Server> {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const data = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const args = [join(folder, 'src/main/cli.ts'), 'serve', '--dev', '--port', String(port), '--data', data];
  const server = spawn(process.execPath, [...args, '--log-level', 'error'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const gone = new Promise((resolve) => server.once('exit', resolve));
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false))) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await gone;
    rmSync(data, { recursive: true, force: true });
  };
  return { folder, port, pid: server.pid!, stop };
}

/** Microseconds of the server's processor time a request. */
async function costOf({ port, pid }: Server, request: string): Promise<number> {
  let left = requests;
  const before = cpuMs(pid);
  await Promise.all(Array.from({ length: connections }, () => new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let text = '';
    const next = (): void => {
      text = '';
      if (left-- > 0) return void socket.write(request);
      socket.end();
      resolve();
    };
    socket.once('connect', next).once('error', reject).on('data', (chunk) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (end !== -1 && text.length >= end + 4 + length) next();
    });
  })));
  return ((cpuMs(pid) - before) * 1_000) / requests;
}

/** Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; the name in field 2 may hold spaces. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
