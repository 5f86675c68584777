import { expect, test } from 'vitest';
import { gatedRestyle, photo, prefixing, startPeer, startWorker } from './harness.ts';
import type { Fault } from './peer.ts';

const passing: readonly [string, Fault][] = [
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['429', { status: 429 }],
  ['a cut connection', 'reset'],
  ['silence', 'hang'],
  ['half an answer', 'stall'],
];

/** Only silence is to be given up soon; on a busy machine an answer may come later than that, and again. */
const isSilent = (fault: Fault): boolean => fault === 'hang' || fault === 'stall';

test.each(passing)('an image worker repeats a report after %s, which counts once', async (_, fault) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('callback', fault, { times: 2 });
  const requestMs = isSilent(fault) ? 100 : 5_000;
  const worker = startWorker(peer, { restyle: prefixing, limits: { requestMs } });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  if (isSilent(fault)) expect(peer.count('callback')).toBeGreaterThanOrEqual(3);
  else expect(peer.count('callback')).toBe(3);
  expect(peer.job(jobId).results.size).toBe(1);
  expect(worker.stats()).toMatchObject({ taken: 1, done: 1 });
});

test.each(passing)('an image worker retries downloads and uploads after %s', async (_, fault) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('get', fault, { times: 2 });
  // The answer to an upload has nothing to be waited for.
  peer.inject('put', fault === 'stall' ? 'hang' : fault, { times: 2 });
  const transferMs = isSilent(fault) ? 60 : 5_000;
  const worker = startWorker(peer, { restyle: prefixing, limits: { transferMs, transferPatienceMs: 20_000 } });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  const [gets, puts] = [peer.count('get'), peer.count('put')];
  if (isSilent(fault)) expect(gets >= 3 && puts >= 4, `${gets} and ${puts}`).toBe(true);
  else expect([gets, puts]).toEqual([3, 4]);
  expect(`${peer.uploads.get(`outputs/mira/${jobId}/0_result.png`)?.bytes}`).toBe('result of a');
});

test('an image worker waits as long as Retry-After says', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  peer.inject('callback', { status: 429, headers: { 'retry-after': '1' } });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  const [first, second] = peer.seen.filter(({ purpose }) => purpose === 'callback').map(({ at }) => at);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
});

test('an image worker waits for a job that its server does not show as queued yet', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('callback', { status: 409, body: '{"success":false,"error":{"code":"conflict","message":"not yet"}}' });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).status).toBe('done');
});

test('an image worker treats a page of another server as no answer', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('callback', { status: 200, body: '<html>Welcome</html>' });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).results.size).toBe(1);
  expect(peer.count('callback')).toBe(2);
});

test('an image worker releases a set while the storage is down, and does the rest with the next delivery', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([0, 1, 2, 3, 4].map((each) => photo(`${each}`)));
  for (const idx of [1, 2, 3, 4]) peer.inject('get', { status: 503 }, { times: 1_000, idx });
  const worker = startWorker(peer, { restyle: prefixing, limits: { transferPatienceMs: 50 } });
  await worker.until(({ givenBack }) => givenBack === 1);
  // After three photos in a row it looked no further.
  expect(peer.count('get', 4)).toBe(0);
  expect(peer.job(jobId).results.size).toBe(1);
  peer.mend();
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).status).toBe('done');
  expect(worker.stats()).toMatchObject({ taken: 2, done: 5, failed: 0 });
});

test('an image worker fails a photo that it cannot download in three deliveries', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  peer.inject('get', { status: 503 }, { times: 1_000, idx: 0 });
  const worker = startWorker(peer, { restyle: prefixing, limits: { transferPatienceMs: 50 } });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.messages[0]).toMatchObject({ attempts: 3, retries: [0, 0] });
  expect(peer.job(jobId).results.get(0)?.error).toBe('photo 0 could not be downloaded: the storage answered 503');
  expect(peer.job(jobId).results.get(1)?.status).toBe('done');
});

test('an image worker fails a photo whose result the storage refuses', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('put', { status: 403 });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).results.get(0)?.error).toBe('the result of photo 0 was not stored: the storage answered 403');
});

test('an image worker releases the message when its report gets no answer', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a')]);
  peer.inject('callback', { status: 500 }, { times: 1_000 });
  const worker = startWorker(peer, {
    restyle: prefixing, limits: { reportPatienceMs: 100, troubleDelaySeconds: 60 },
  });
  await worker.until(({ givenBack }) => givenBack === 1);
  expect(peer.messages[0]).toMatchObject({ acknowledged: false, retries: [60] });
  expect(worker.stats()).toMatchObject({ done: 0, unfinished: 1 });
});

test('an image worker stops the rest of a job that was canceled, and acknowledges it', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b'), photo('c')]);
  const gate = gatedRestyle();
  const worker = startWorker(peer, { restyle: gate.restyle, concurrency: 2 });
  await gate.untilBegun(2);
  peer.job(jobId).status = 'canceled';
  gate.release();
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(gate.begun.toSorted()).toEqual(['a', 'b']);
  expect(gate.aborted).toEqual([gate.begun[1]]);
  expect(peer.job(jobId).results.size).toBe(0);
});

test('an image worker drops a job that the server no longer has', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  peer.jobs.delete(jobId);
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.count('callback')).toBe(1);
});

test('an image worker goes on pulling after the queue was down', async () => {
  const peer = await startPeer();
  peer.inject('pull', { status: 503 }, { times: 3 });
  peer.inject('pull', 'reset', { times: 2 });
  peer.addSet([photo('a')]);
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.count('pull')).toBeGreaterThanOrEqual(6);
});

test('an image worker ends with a clear error when its secret is wrong', async () => {
  const peer = await startPeer();
  const worker = startWorker(peer, { restyle: prefixing, secret: 'an-old-secret' });
  await expect(worker.finished).rejects.toThrow(/answered 401: the worker has another secret than the server$/);
});

test('an image worker refuses a concurrency out of range', async () => {
  const peer = await startPeer();
  const worker = startWorker(peer, { restyle: prefixing, concurrency: 0 });
  await expect(worker.finished).rejects.toThrow('concurrency must be 1 to 64');
});

test('an image worker releases a message that it does not understand, and does the next', async () => {
  const peer = await startPeer();
  const strange = peer.addMessage({ job_id: 'not a uuid' });
  const jobId = peer.addSet([photo('a')]);
  const worker = startWorker(peer, { restyle: prefixing, limits: { troubleDelaySeconds: 60 } });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(strange).toMatchObject({ acknowledged: false, retries: [60] });
  expect(peer.job(jobId).status).toBe('done');
});
