import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { startLocalEdge, type LocalEdge } from '../../scripts/edge/local.ts';
import { start, type Running } from '../cli/program.ts';
import { callback, newUser, request, type Answer, type User } from '../contract/user.ts';
import { rememberingPrograms } from '../imaging/remembered.ts';
import { expectDone } from './done.ts';

/** The Worker without GPU_WORKER_URL, whose messages workers pull from itself. */
let edge: LocalEdge;
let folder: string;
const logged: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-edge-'));
  edge = await startLocalEdge({ port: 0, folder, vars: { MAX_DELIVERIES: '3' }, onLine: (line) => logged.push(line) });
});

afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true, force: true });
});

const callbackSecret = 'dev-callback-secret';
const asWorker = { 'x-gpu-callback-secret': callbackSecret };

function someone(): User {
  return newUser({ url: edge.url } as Parameters<typeof newUser>[0]);
}

function report(jobId: string, idx: number): Promise<Answer> {
  return callback({ url: edge.url, callbackSecret } as Parameters<typeof callback>[0], jobId, idx);
}

async function ask(action: 'pull' | 'ack' | 'extend', body: object): Promise<any> {
  const answer = await request(`${edge.url}/api/queues/gpu-jobs/messages/${action}`, 'POST', body, asWorker);
  return answer.body.success ? answer.body.data : answer.body.error;
}

interface Message {
  readonly id: string;
  readonly lease_id: string;
  readonly attempts: number;
  readonly body: { readonly job_id: string; readonly items: readonly { readonly idx: number }[] };
}

/** The next message, once there is one. Leases are as short as they may be unless it is asked for longer ones. */
async function pull(leaseMs = 1_000, patienceMs = 15_000): Promise<Message | undefined> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until) {
    const { messages } = await ask('pull', { visibility_timeout_ms: leaseMs, wait_ms: 1_000 });
    if (messages.length > 0) return messages[0];
  }
  return undefined;
}

async function pulled(leaseMs?: number): Promise<Message> {
  const message = await pull(leaseMs);
  if (message === undefined) throw new Error('there is no message');
  return message;
}

/** The local runtime does not notice that a client has gone: until its request has ended. */
function untilGone(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_100));
}

async function uploaded(user: User, count: number): Promise<string> {
  const photo = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#cde' } }).jpeg().toBuffer();
  const { jobId, urls } = await user.create(count, 'interior');
  for (const { url } of urls) expect((await fetch(url, { method: 'PUT', body: new Uint8Array(photo) })).ok).toBe(true);
  await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: count, verify: true, execute: {} });
  return jobId;
}

function imageWorker(server: string): Running {
  const worker = start(['worker', 'images', '--server', server], { env: { NODE_OPTIONS: rememberingPrograms } });
  onTestFinished(() => void worker.process.kill('SIGKILL'));
  return worker;
}

describe('a worker that pulls from the Worker', () => {
  test('needs nothing but its address: a set is done and charged', { timeout: 120_000 }, async () => {
    const user = someone();
    const jobId = await uploaded(user, 2);
    const worker = imageWorker(edge.url);
    await worker.says(/"message":"message acknowledged"/);
    await expectDone(user, jobId);
    worker.process.kill('SIGTERM');
    expect((await worker.ended).status).toBe(0);
    await untilGone();
  });

  test('gets the rest of a set whose worker died', { timeout: 120_000 }, async () => {
    const user = someone();
    const jobId = await uploaded(user, 2);
    expect((await pulled()).body).toMatchObject({ job_id: jobId, items: [{ idx: 0 }, { idx: 1 }] });
    await report(jobId, 1);
    // It is never heard of again.
    const worker = imageWorker(edge.url);
    await worker.says(/"message":"message taken".*"attempts":2,"photos":1/);
    await worker.says(/"message":"message acknowledged"/);
    expect(await user.status(jobId)).toBe('done');
    expect(await user.me()).toMatchObject({ credits: 8, reserved: 0, spent: 2, activeJobs: 0 });
    worker.process.kill('SIGKILL');
    await untilGone();
  });

  test('learns from the server where it pushes its messages, and ends', async () => {
    const { status, stderr } = await imageWorker(inject('edge').url).ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/the queue answered 404: This server pushes its messages, to GPU_WORKER_URL/);
  });

  test('says so where something else answers', async () => {
    const other = createServer((_, response) => response.writeHead(404).end('not here'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { status, stderr } = await imageWorker(`http://127.0.0.1:${(other.address() as AddressInfo).port}`).ended;
    expect([status, stderr]).toEqual([1, expect.stringContaining('there is no Waybill server with a queue')]);
  });
});

describe('a message of the Worker’s queue', () => {
  test('is refused without the secret', async () => {
    const answer = await request(`${edge.url}/api/queues/gpu-jobs/messages/pull`, 'POST', {}, {});
    expect(answer.status).toBe(401);
    expect(await ask('pull', {})).toEqual({ messages: [] });
  });

  test('whose acknowledgement is lost changes nothing and is not delivered for a job that has ended', async () => {
    const user = someone();
    const jobId = await user.queued(1);
    const { lease_id } = await pulled();
    await report(jobId, 0);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await ask('pull', {})).toEqual({ messages: [] });
    expect(await user.me()).toMatchObject({ credits: 9, spent: 1, reserved: 0 });
    // It was dropped under the next lease.
    expect(await ask('ack', { acks: [{ lease_id }] })).toEqual({ acknowledged: 0, retried: 0, refused: [lease_id] });
  });

  test('may be acknowledged again when the answer was lost', async () => {
    const jobId = await someone().queued(1);
    const { lease_id } = await pulled();
    await report(jobId, 0);
    for (let time = 0; time < 2; time++) {
      expect(await ask('ack', { acks: [{ lease_id }] })).toEqual({ acknowledged: 1, retried: 0, refused: [] });
    }
  });

  test('belongs to the worker that got it last once a lease has run out', async () => {
    const jobId = await someone().queued(1);
    const first = await pulled();
    const extended = await ask('extend', { lease_id: first.lease_id, visibility_timeout_ms: 1_500 });
    expect(extended).toHaveProperty('expires_at');
    const second = await pulled(60_000);
    expect([second.id, second.attempts]).toEqual([jobId, 2]);
    expect(await ask('extend', { lease_id: first.lease_id, visibility_timeout_ms: 60_000 })).toMatchObject({
      code: 'lease_lost',
    });
    const both = { acks: [{ lease_id: first.lease_id }, { lease_id: second.lease_id }] };
    expect(await ask('ack', both)).toEqual({ acknowledged: 1, retried: 0, refused: [first.lease_id] });
  });

  test('that is given back comes again after its delay, and ends the job after too many deliveries', async () => {
    const user = someone();
    const jobId = await user.queued(2);
    for (let delivery = 1; delivery <= 3; delivery++) {
      const asked = performance.now();
      const { lease_id, attempts } = await pulled(60_000);
      expect(attempts).toBe(delivery);
      if (delivery > 1) expect(performance.now() - asked).toBeGreaterThan(900);
      if (delivery === 2) await report(jobId, 0);
      await ask('ack', { retries: [{ lease_id, delay_seconds: 1 }] });
    }
    expect(await pull(60_000, 3_000)).toBeUndefined();
    const { body } = await user.get(`/api/jobs/${jobId}`);
    expect(body.data).toMatchObject({ status: 'done', progress: { done: 1, failed: 1, total: 2 } });
    expect(body.data.items[1].error).toBe('No worker finished this item in 3 deliveries.');
    expect(await user.me()).toMatchObject({ credits: 9, reserved: 0, spent: 1, activeJobs: 0 });
  });

  test('of which workers die ends the job', async () => {
    const user = someone();
    const jobId = await user.queued(1);
    for (let delivery = 1; delivery <= 2; delivery++) expect((await pulled()).attempts).toBe(delivery);
    expect(await pull(1_000, 3_000)).toBeUndefined();
    const { body } = await user.get(`/api/jobs/${jobId}`);
    expect(body.data).toMatchObject({ status: 'failed', progress: { failed: 1 } });
    expect(body.data.items[0].error).toBe('This item was not finished: 2 workers in a row died with it.');
    expect(await user.me()).toMatchObject({ credits: 10, reserved: 0, spent: 0, activeJobs: 0 });
  });

  test('is not leased to a client that has stopped waiting', async () => {
    const leaving = new AbortController();
    const waiting = fetch(`${edge.url}/api/queues/gpu-jobs/messages/pull`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...asWorker }, signal: leaving.signal,
      body: JSON.stringify({ visibility_timeout_ms: 60_000, wait_ms: 20_000 }),
    });
    setTimeout(() => leaving.abort(), 500);
    await expect(waiting).rejects.toThrow(/abort/);
    await untilGone();
    const jobId = await someone().queued(1);
    const { id, attempts, lease_id } = await pulled(60_000);
    expect([id, attempts]).toEqual([jobId, 1]);
    await report(jobId, 0);
    await ask('ack', { acks: [{ lease_id }] });
  });

  test('is delivered behind any number of those whose jobs have ended', async () => {
    for (let count = 0; count < 3; count++) {
      const user = someone();
      await user.post(`/api/jobs/${await user.queued(1)}/cancel`);
    }
    const jobId = await someone().queued(1);
    // Until all of them have come.
    await untilGone();
    expect(await ask('pull', { visibility_timeout_ms: 60_000 })).toMatchObject({ messages: [{ id: jobId }] });
  });

  test('leaves no error in the log', () => {
    expect(logged.filter((line) => line.includes('"level":"error"') || line.includes('does not declare'))).toEqual([]);
  });
});
