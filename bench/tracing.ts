/**
 * What tracing costs a server: processor time a request with spans sent to a collector, divided by that without. Two
 * servers on SQLite, each a process of its own and asked in turns, so that both meet the same machine.
 * `node bench/tracing.ts`, on Linux.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [rounds, requests, atOnce] = [6, 2_000, 8];
const program = new URL('../src/main/cli.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
let spanBytes = 0;
const collector = createServer((request, response) => {
  request.on('data', (bytes: Buffer) => (spanBytes += bytes.length)).on('end', () => response.end());
});
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
const { port } = collector.address() as AddressInfo;

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

async function start(name: string, env: Readonly<Record<string, string>>): Promise<Server> {
  const args = [program, 'serve', '--dev', '--port', '0', '--data', join(folder, name), '--log-level', 'warn'];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const text of child.stdout) {
    const url = /listens on (\S+)/.exec((said += String(text)))?.[1];
    if (url !== undefined) return { url, child };
  }
  throw new Error(`no server: ${said}`);
}

/** Of the process so far. Milliseconds; the system counts hundredths of a second. */
function processorMs({ child }: Server): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Milliseconds of the processor for one of them. */
async function perRequest(server: Server, ask: (url: string, number: number) => Promise<Response>): Promise<number> {
  const before = processorMs(server);
  let left = requests;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left-- > 0) {
      const response = await ask(server.url, left);
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  }));
  return (processorMs(server) - before) / requests;
}

const headers = { authorization: 'Bearer mira', 'content-type': 'application/json' };
const workloads = {
  'GET /api/user/me': (url: string) => fetch(`${url}/api/user/me`, { headers }),
  // Of many users: each may have so many unfinished ones.
  'POST /api/v1/jobs': (url: string, number: number) => fetch(`${url}/api/v1/jobs`, {
    method: 'POST', headers: { ...headers, authorization: `Bearer mira-${number % 100}` },
    body: '{"type":"nobody-does-it","data":{"n":1}}',
  }),
};
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const off = await start('off', {});
const on = await start('on', { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
const sampled = await start('sampled', {
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: '0.05',
});
const servers = { off, on, sampled };
for (const [name, ask] of Object.entries(workloads)) {
  for (const server of Object.values(servers)) await perRequest(server, ask);
  const times: { off: number; on: number; sampled: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const took = { off: 0, on: 0, sampled: 0 };
    const inTurn = (['off', 'on', 'sampled'] as const).map((_, at, all) => all[(at + round) % all.length]!);
    for (const which of inTurn) took[which] = await perRequest(servers[which], ask);
    times.push(took);
  }
  const ratio = (of: 'on' | 'sampled'): string => median(times.map((each) => each[of] / each.off)).toFixed(2);
  const each = median(times.map((one) => one.off)).toFixed(2);
  console.log(`${name}: ${each} ms without, × ${ratio('on')} with all spans, × ${ratio('sampled')} with 5 % of them`);
}
console.log(`${spanBytes} bytes of spans were sent`);
for (const { child } of Object.values(servers)) child.kill('SIGKILL');
collector.close();
rmSync(folder, { recursive: true, force: true });
