import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { expect, inject, onTestFinished, test } from 'vitest';
import { start } from '../cli/program.ts';
import { openWorkerTarget } from '../contract/worker-target.ts';
import { newUser } from '../contract/user.ts';
import { expectDone } from './done.ts';

interface PullQueue {
  readonly url: string;
  /** What was asked of it, in order: "pull", "ack <lease>". */
  readonly asked: string[];
}

/** In the place of Cloudflare's API, which has no local counterpart: hands out one message as it does, once. */
async function startPullQueue(message: unknown): Promise<PullQueue> {
  const asked: string[] = [];
  const encoded = Buffer.from(JSON.stringify(message)).toString('base64');
  let left = [{ id: 'm1', lease_id: 'lease-1', attempts: 1, body: encoded }];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.headers.authorization !== 'Bearer pull-token') return response.writeHead(401).end('{"success":false}');
    const action = request.url?.split('/').at(-1);
    const acks = (JSON.parse(body) as { acks?: { lease_id: string }[] }).acks ?? [];
    asked.push(...(action === 'ack' ? acks.map(({ lease_id }) => `ack ${lease_id}`) : [String(action)]));
    const result = action === 'pull' ? { messages: left } : { ackCount: acks.length, retryCount: 0, warnings: [] };
    left = [];
    return response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/accounts/0/queues/1`, asked };
}

test('the image worker that serves a server on Node serves the Worker, unchanged', { timeout: 120_000 }, async () => {
  const target = await openWorkerTarget();
  const user = newUser(target);
  const photo = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#cde' } }).jpeg().toBuffer();
  const { jobId, urls } = await user.create(2, 'interior');
  for (const { url } of urls) expect((await fetch(url, { method: 'PUT', body: new Uint8Array(photo) })).ok).toBe(true);
  await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2, verify: true });
  await user.post(`/api/jobs/${jobId}/execute`, {});
  const queue = await startPullQueue(await target.takeMessage(jobId));
  const worker = start(['worker', 'images', '--server', inject('edge').url, '--queue', queue.url], {
    env: { CLOUDFLARE_API_TOKEN: 'pull-token' },
  });
  await worker.says(/"message":"message acknowledged"/);
  await expectDone(user, jobId);
  expect(queue.asked).toContain('ack lease-1');
  worker.process.kill('SIGTERM');
  expect((await worker.ended).status).toBe(0);
});
