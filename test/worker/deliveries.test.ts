import { expect, onTestFinished, test } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultLimits } from '../../src/kinds/image-set/worker/limits.ts';
import { createHttpQueue } from '../../src/kinds/image-set/worker/queue.ts';
import { gatedRestyle, photo, prefixing, quick, startPeer, startWorker } from './harness.ts';

test('an image worker keeps its message while a photo takes longer than the visibility timeout', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle });
  const rival = startWorker(peer, { restyle: prefixing });
  await gate.untilBegun(1);
  // The first lease is over at the third extension, and the second worker asks all the time.
  await peer.until(() => peer.count('extend') >= 5);
  gate.release();
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(rival.stats()).toBeNull();
  expect(peer.messages[0]?.attempts).toBe(1);
  expect(peer.job(jobId).status).toBe('done');
});

test('an image worker keeps its message when a renewal or two fail', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle });
  await gate.untilBegun(1);
  peer.inject('extend', { status: 500 });
  peer.inject('extend', 'reset');
  await peer.until(() => peer.count('extend') >= 4);
  gate.release();
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(worker.stats()).toMatchObject({ done: 1, lost: 0 });
});

test('an image worker does as many photos of a set at once as its message says, and other sets beside', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a'), photo('b'), photo('c')], {}, 2);
  peer.addSet([photo('x')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle, concurrency: 4 });
  await gate.untilBegun(3);
  expect(gate.begun.toSorted()).toEqual(['a', 'b', 'x']);
  gate.release(4);
  await worker.until(({ acknowledged }) => acknowledged === 2);
  expect(worker.stats()).toMatchObject({ done: 4 });
});

test('an image worker stops working on a message that another worker has', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle });
  await gate.untilBegun(1);
  peer.revokeLeases();
  await gate.untilAborted(1);
  await worker.until(({ lost }) => lost === 1);
  expect(gate.begun).toEqual(['a']);
  expect([peer.count('callback'), peer.count('ack')]).toEqual([0, 0]);
  expect(peer.job(jobId).results.size).toBe(0);
});

test('an image worker reports a result that it had before it lost the lease', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  const gate = gatedRestyle();
  peer.inject('callback', { status: 503 }, { times: 1_000 });
  const worker = startWorker(peer, { restyle: gate.restyle });
  gate.release();
  await peer.until(() => peer.count('callback') > 0);
  peer.revokeLeases();
  await peer.until(() => peer.count('extend') > 0);
  peer.mend();
  await worker.until(({ lost }) => lost === 1);
  expect([...peer.job(jobId).results.keys()]).toEqual([0]);
  expect(gate.begun).toEqual(['a']);
});

test('an image worker that lost its message does not report a failed photo', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([null]);
  peer.inject('callback', { status: 503 }, { times: 1_000 });
  const worker = startWorker(peer, { restyle: prefixing });
  await peer.until(() => peer.count('callback') > 0);
  peer.revokeLeases();
  await worker.until(({ lost }) => lost === 1);
  expect(worker.stats()).toMatchObject({ failed: 0, unfinished: 1 });
  expect(peer.job(jobId).results.size).toBe(0);
});

test('an image worker stops working when it cannot renew its message for a whole lease', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  peer.inject('extend', 'hang', { times: 1_000 });
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle });
  await worker.until(({ lost }) => lost === 1);
  expect(gate.aborted).toEqual(['a']);
  expect(peer.messages[0]?.acknowledged).toBe(false);
});

test('an image worker that stops ends the photo under way, and releases the rest at once', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle, limits: { troubleDelaySeconds: 60 } });
  await gate.untilBegun(1);
  const stopped = worker.stop();
  gate.release();
  expect(await stopped).toMatchObject({ done: 1, givenBack: 1, acknowledged: 0, busy: 0 });
  expect(peer.messages[0]).toMatchObject({ acknowledged: false, retries: [0] });
  expect([...peer.job(jobId).results.keys()]).toEqual([0]);
  const next = startWorker(peer, { restyle: prefixing });
  await next.until(({ acknowledged }) => acknowledged === 1);
  expect(next.stats()).toMatchObject({ done: 1 });
  expect(peer.job(jobId).status).toBe('done');
});

test('an image worker acknowledges a message whose last photo it ends while stopping', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle });
  await gate.untilBegun(1);
  const stopped = worker.stop();
  gate.release();
  expect(await stopped).toMatchObject({ done: 1, givenBack: 0, acknowledged: 1 });
});

test('an image worker that stops abandons a photo after the grace time, and releases the message', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle, limits: { graceMs: 50, troubleDelaySeconds: 60 } });
  await gate.untilBegun(1);
  expect(await worker.stop()).toMatchObject({ done: 0, failed: 0, unfinished: 1, givenBack: 1 });
  expect(gate.aborted).toEqual(['a']);
  expect(peer.messages[0]?.retries).toEqual([0]);
  expect(peer.job(jobId).results.size).toBe(0);
});

test('an image worker stops at once while it waits for work', async () => {
  const peer = await startPeer();
  const worker = startWorker(peer, { restyle: prefixing });
  await peer.until(() => peer.count('pull') === 1);
  expect(await worker.stop()).toMatchObject({ taken: 0 });
});

test('an image worker fills its concurrency with photos, and pulls no message beyond that', async () => {
  const peer = await startPeer();
  for (const name of ['a', 'b', 'c']) peer.addSet([0, 1, 2].map((each) => photo(`${name}${each}`)));
  const gate = gatedRestyle();
  const busy: number[] = [];
  const worker = startWorker(peer, { restyle: gate.restyle, concurrency: 2, stats: (stats) => busy.push(stats.busy) });
  await gate.untilBegun(2);
  expect(gate.begun.toSorted()).toEqual(['a0', 'a1']);
  gate.release();
  await gate.untilBegun(3);
  expect(peer.count('pull')).toBe(1);
  gate.release();
  // With one photo of the first set left, there is room for the second set.
  await gate.untilBegun(4);
  expect(gate.begun.slice(2).toSorted()).toEqual(['a2', 'b0']);
  expect(peer.count('pull')).toBe(2);
  gate.release(100);
  await peer.until(() => peer.messages.every(({ acknowledged }) => acknowledged));
  expect(Math.max(...busy)).toBe(2);
  expect((await worker.stop()).done).toBe(9);
});

test('two image workers with the same message record each photo once', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b'), photo('c')]);
  const slow = gatedRestyle();
  const first = startWorker(peer, { restyle: slow.restyle, limits: { visibilityTimeoutMs: 30_000 } });
  await slow.untilBegun(1);
  const message = peer.messages[0];
  if (message !== undefined) message.leasedUntil = 0;
  const second = startWorker(peer, { restyle: prefixing });
  await second.until(({ acknowledged }) => acknowledged === 1);
  slow.release();
  await first.until(({ lost }) => lost === 1);
  // It heard that the job had ended, and did not begin the other two.
  expect(slow.begun).toEqual(['a']);
  expect(peer.job(jobId).results.size).toBe(3);
  expect(peer.count('callback')).toBe(4);
});

test('an image worker does a photo that may have killed a worker after the others', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b'), photo('c')]);
  const message = peer.messages[0];
  if (message !== undefined) message.attempts = 1;
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.seen.filter(({ purpose }) => purpose === 'callback').map(({ idx }) => idx)).toEqual([1, 2, 0]);
  expect(peer.job(jobId).status).toBe('done');
});

test("an image worker works on a queue with Cloudflare's API, which has no long poll and no renewal", async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  const body = Buffer.from(JSON.stringify(peer.messages[0]?.body)).toString('base64');
  const settled: unknown[] = [];
  let pulls = 0;
  const cloudflare = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    expect(request.headers.authorization).toBe('Bearer token');
    const messages = [{ id: 'm', lease_id: 'lease', attempts: 1, timestamp_ms: 1, metadata: {}, body }];
    const isPull = request.url === '/accounts/1/queues/2/messages/pull';
    if (isPull) expect(JSON.parse(text)).toEqual({ batch_size: 1, visibility_timeout_ms: quick.visibilityTimeoutMs });
    else settled.push(request.url, JSON.parse(text));
    const result = isPull ? { messages: pulls++ === 0 ? messages : [] } : { ackCount: 1, retryCount: 0 };
    response.end(JSON.stringify({ success: true, errors: [], messages: [], result }));
  });
  await new Promise<void>((resolve) => cloudflare.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void cloudflare.close());
  const limits = { ...defaultLimits, ...quick, pullWaitMs: 0 };
  const worker = startWorker(peer, {
    restyle: prefixing,
    queue: createHttpQueue({
      url: `http://127.0.0.1:${(cloudflare.address() as AddressInfo).port}/accounts/1/queues/2`,
      headers: { authorization: 'Bearer token' },
      fetch, limits, canExtend: false,
    }),
    limits,
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(settled).toEqual(['/accounts/1/queues/2/messages/ack', { acks: [{ lease_id: 'lease' }], retries: [] }]);
  expect(peer.job(jobId).status).toBe('done');
  await worker.stop();
  cloudflare.closeAllConnections();
});
