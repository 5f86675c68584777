import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { benchUser, concepts, items, type BenchClient } from './client.ts';

const secret = 'dev-callback-secret';
const main = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url));

/**
 * A server in a process of its own, as a user starts it; the clients share the machine with it. `few`: in as few
 * requests as the API allows, three instead of six.
 */
export async function httpClient(folder: string, clients: number, few: boolean): Promise<BenchClient> {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const args = [main, 'serve', '--dev', '--port', String(port), '--data', folder, '--log-level', 'error'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const call = (path: string, body: unknown, headers: Record<string, string>): Promise<Answer> =>
    send(agent, port, path, body, headers);
  await untilReady(port);
  for (let index = 0; index < clients; index++) {
    const grant = { credits: 900_000_000, plan: 'pro' };
    await call(`/api/accounts/${benchUser(index)}/grants`, grant, { authorization: 'Bearer admin' });
  }
  return {
    lifecycle: async (index, latency) => {
      const user = { authorization: `Bearer ${benchUser(index)}` };
      const { jobId } = await latency.time(() => call('/api/jobs', { preset: 'seller', itemCount: items }, user));
      const execute = { concepts, protect: ['person'] };
      const confirm = { totalItems: items, ...(few && { execute }) };
      await latency.time(() => call(`/api/jobs/${jobId}/confirm-upload`, confirm, user));
      if (!few) await latency.time(() => call(`/api/jobs/${jobId}/execute`, execute, user));
      const said = Array.from({ length: items }, (_, idx) => resultOf(benchUser(index), jobId, idx));
      const worker = { 'x-gpu-callback-secret': secret };
      let last: Answer | undefined;
      if (few) {
        last = await latency.time(() => call(`/api/jobs/${jobId}/callbacks`, { callbacks: said }, worker));
      } else {
        for (const one of said) last = await latency.time(() => call(`/api/jobs/${jobId}/callback`, one, worker));
      }
      if (last?.status !== 'done') throw new Error(`the job is ${last?.status}`);
    },
    memoryMb: async () => {
      const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
      const mb = (field: string): number =>
        Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
      return { now: mb('VmRSS'), peak: mb('VmHWM') };
    },
    // Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; the name in field 2 may hold spaces.
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    close: async () => {
      agent.destroy();
      server.kill('SIGTERM');
      await exited;
    },
  };
}

function resultOf(userId: string, jobId: string, idx: number): object {
  return {
    idx,
    status: 'done',
    idempotency_key: `${jobId}-item-${idx}`,
    output_key: `outputs/${userId}/${jobId}/${idx}_result.png`,
    preview_key: `previews/${userId}/${jobId}/${idx}_thumb.jpg`,
  };
}

interface Answer {
  readonly jobId: string;
  readonly status: string;
}

function send(
  agent: Agent,
  port: number,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options = {
      agent, port, path, host: '127.0.0.1', method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
    };
    const sent = request(options, (response: IncomingMessage) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      response.on('end', () => {
        const answer = JSON.parse(received) as { success: boolean; data: Answer };
        if (answer.success) resolve(answer.data);
        else reject(new Error(`${path}: ${received}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function untilReady(port: number): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server did not become ready');
}
