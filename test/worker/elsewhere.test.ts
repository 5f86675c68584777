import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { defaultLimits } from '../../src/kinds/image-set/worker/limits.ts';
import { createHttpQueue, type MessageQueue } from '../../src/kinds/image-set/worker/queue.ts';
import { photo, prefixing, quick, startPeer, startWorker } from './harness.ts';
import { secret, type Peer } from './peer.ts';

/** Answers whatever is asked of it with `answer()`. */
async function startShelf(answer: () => { readonly status: number; readonly text: string }): Promise<string> {
  const server = createServer((_request, response) => {
    const { status, text } = answer();
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/message.json?signature=1`;
}

/** The peer's queue, whose messages say where they are instead of what. */
function elsewhere(peer: Peer, url: string, put: (message: unknown) => void): MessageQueue {
  const limits = { ...defaultLimits, ...quick };
  const headers = { 'x-gpu-callback-secret': secret };
  const queue = createHttpQueue({ url: `${peer.url}/api/queues/gpu-jobs`, headers, fetch, limits });
  return {
    ...queue,
    pull: async (signal) => {
      const delivery = await queue.pull(signal);
      if (delivery === null) return null;
      put(delivery.body);
      const { job_id, user_id } = delivery.body as { job_id: string; user_id: string };
      return { ...delivery, body: { job_id, user_id, message_url: url } };
    },
  };
}

test('an image worker reads a message that was too large for its queue from its URL', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  let kept = '';
  const url = await startShelf(() => ({ status: 200, text: kept }));
  const queue = elsewhere(peer, url, (message) => (kept = JSON.stringify(message)));
  const worker = startWorker(peer, { restyle: prefixing, queue });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).status).toBe('done');
});

test('an image worker acknowledges a message stored elsewhere that is gone, as its job has ended', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  const url = await startShelf(() => ({ status: 404, text: '' }));
  const worker = startWorker(peer, { restyle: prefixing, queue: elsewhere(peer, url, () => {}) });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(worker.stats()).toMatchObject({ done: 0, failed: 0 });
});

test('an image worker releases a message stored elsewhere that it cannot read, and does it later', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  let kept = '';
  let bad = 1;
  const url = await startShelf(() => ({ status: 200, text: bad-- > 0 ? 'half a mess' : kept }));
  const queue = elsewhere(peer, url, (message) => (kept = JSON.stringify(message)));
  const worker = startWorker(peer, { restyle: prefixing, queue });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(worker.stats()).toMatchObject({ givenBack: 1, done: 1 });
  expect(peer.job(jobId).status).toBe('done');
});
