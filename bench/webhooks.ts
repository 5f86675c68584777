/**
 * How long one owner's webhooks take while another's go to receivers that never answer.
 *
 *   node bench/webhooks.ts [deliveries] [hosts]      80 to one host, 300 to 30 and 2,000 to one unless said
 *
 * The store is SQLite in the temporary folder, or the one that DATABASE_URL names, which has to be empty. The sender is
 * the server's own, with its transport. The other owner's are put one by one, 40 in ten seconds, and answered at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WakeUp } from '../src/application/wake-up.ts';
import { createWebhookTransport } from '../src/main/node/webhook-transport.ts';
import type { Store } from '../src/ports/store/store.ts';
import { createWebhookSender } from '../src/services/webhook-sender.ts';
import { openMeasuredStore } from './open-store.ts';

const samples = 40;
const everyMs = 250;
const mostMs = 240_000;

async function measure(count: number, hosts: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const store = await openMeasuredStore(folder);
  const wakeUp = new WakeUp();
  const silent = await Promise.all(Array.from({ length: hosts }, () => listen(() => {})));
  const arrived = new Map<string, number>();
  const good = await listen((id) => arrived.set(id, performance.now()));
  const sender = createWebhookSender({
    webhooks: store.webhooks, transport: createWebhookTransport({ allowPrivate: true }), userAgent: 'Waybill/bench',
    clock: { now: () => Date.now() }, logger: { debug() {}, info() {}, warn: console.warn, error: console.error },
    random: Math.random, wakeUp,
  });
  for (let index = 0; index < count; index += 1) await put(store, 'spoiler', silent[index % hosts]!.url);
  sender.start();
  await sleep(2_000);
  const began = new Map<string, number>();
  for (let index = 0; index < samples; index += 1) {
    began.set(await put(store, 'other', good.url), performance.now());
    wakeUp.notify();
    await sleep(everyMs);
  }
  const until = performance.now() + mostMs;
  while (arrived.size < samples && performance.now() < until) await sleep(100);
  const end = performance.now();
  const delays = [...began].map(([id, at]) => (arrived.get(id) ?? end) - at).sort((a, b) => a - b);
  const [p50, p99] = [delays[samples / 2]!, delays.at(-1)!].map((ms) => (ms / 1_000).toFixed(3));
  const missing = arrived.size < samples ? `, ${samples - arrived.size} of them not at all` : '';
  console.log(`${count} to ${hosts} silent: another owner's take p50 ${p50} s, longest ${p99} s${missing}`);
  for (const { server } of [...silent, good]) {
    server.close();
    server.closeAllConnections();
  }
  await sender.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
}

let made = 0;
async function put(store: Store, ownerId: string, url: string): Promise<string> {
  const id = `${String(++made).padStart(8, '0')}-0000-7000-8000-000000000000`;
  const at = Date.now();
  await store.webhooks.put([{
    id, jobId: id, ownerId, url, eventType: 'job.completed',
    traceparent: null, body: '{}', state: 'pending', attempt: 0, dueAt: at,
    createdAt: at, endedAt: null,
  }]);
  return id;
}

/** Answers what `receive` has been told of, if it takes an interest. */
async function listen(receive: (id: string) => unknown): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    if (receive(String(request.headers['webhook-id'])) !== undefined) response.writeHead(204).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const [count, hosts = '1'] = process.argv.slice(2);
if (count !== undefined) await measure(Number(count), Number(hosts));
else for (const [many, to] of [[80, 1], [300, 30], [2_000, 1]] as const) await measure(many, to);
