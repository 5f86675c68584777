import { expect, test } from 'vitest';
import { photo, prefixing, rejected, startPeer, startWorker } from './harness.ts';
import type { Peer } from './peer.ts';

function errorOf(peer: Peer, jobId: string, idx: number): string | null | undefined {
  return peer.job(jobId).results.get(idx)?.error;
}

test('an image worker uploads each result and preview with its type, reports it, and acknowledges', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a sofa'), photo('a chair')], { wall: { action: 'recolor', value: '#88aa99' } });
  const wanted: unknown[] = [];
  const worker = startWorker(peer, {
    restyle: (input) => {
      wanted.push([input.concepts, input.protect, input.force, input.output]);
      return prefixing(input);
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(Object.fromEntries([...peer.uploads].map(([key, { bytes, contentType }]) => [key, [`${bytes}`, contentType]])))
    .toEqual({
      [`previews/mira/${jobId}/0_thumb.jpg`]: ['preview of a sofa', 'image/webp'],
      [`outputs/mira/${jobId}/0_result.png`]: ['result of a sofa', 'image/png'],
      [`previews/mira/${jobId}/1_thumb.jpg`]: ['preview of a chair', 'image/webp'],
      [`outputs/mira/${jobId}/1_result.png`]: ['result of a chair', 'image/png'],
    });
  expect(wanted).toEqual(Array(2).fill([
    { wall: { action: 'recolor', value: '#88aa99' } }, ['face'], false, { format: 'png' },
  ]));
  expect(peer.job(jobId)).toMatchObject({ status: 'done', results: { size: 2 } });
  expect(peer.messages[0]).toMatchObject({ acknowledged: true, retries: [] });
  expect(await worker.stop()).toEqual({
    taken: 1, acknowledged: 1, givenBack: 0, lost: 0, done: 2, failed: 0, unfinished: 0, busy: 0,
  });
});

test('an image worker fails a photo that was not uploaded, and no other', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), null, photo('c')]);
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 1)).toBe('photo 1 was not uploaded');
  expect(worker.stats()).toMatchObject({ done: 2, failed: 1 });
  expect(peer.count('get', 1)).toBe(1);
});

test('an image worker tells the user why a picture was rejected, and goes on', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a text file'), photo('a sofa')]);
  const worker = startWorker(peer, {
    restyle: async (input) => {
      if (`${input.image}`.includes('text')) throw rejected('this is not a JPEG, PNG or WebP picture');
      return prefixing(input);
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toBe('this is not a JPEG, PNG or WebP picture');
  expect(worker.stats()).toMatchObject({ done: 1, failed: 1 });
});

test('an image worker hands on the code of a rejection, and uploads the preview that shows why', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a cup'), photo('a coded cup'), photo('a miscoded cup')]);
  const worker = startWorker(peer, {
    restyle: async ({ image }) => {
      if (`${image}` === 'a coded cup') throw rejected('doubtful', { code: 'not_confident', preview: photo('mask') });
      throw rejected('bad', `${image}` === 'a cup' ? {} : { code: 'Not a code!', preview: 'no bytes' });
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  const reports = [0, 1, 2].map((idx) => peer.job(jobId).results.get(idx));
  const previewKey = `previews/mira/${jobId}/1_thumb.jpg`;
  expect(reports).toMatchObject([
    { status: 'failed', error_code: 'rejected', preview_key: null },
    { status: 'failed', error: 'doubtful', error_code: 'not_confident', preview_key: previewKey },
    { status: 'failed', error_code: 'rejected', preview_key: null },
  ]);
  expect([...peer.uploads]).toEqual([[previewKey, { bytes: photo('mask'), contentType: 'image/webp' }]]);
});

test('an image worker hands on how probably a photo is right, of one that it refused, too', async () => {
  const peer = await startPeer();
  const shares = [0.98765, 1, 0, 0.4999, 1.5, '0.5', Number.NaN, null, undefined];
  const told = [0.987, 1, 0, 0.499, null, null, null, null, null];
  const jobId = peer.addSet([...shares, ...shares].map((_, at) => photo(`${at}`)));
  const worker = startWorker(peer, {
    restyle: async (input) => {
      const at = Number(`${input.image}`);
      const confidence = shares[at % shares.length] as number;
      if (at < shares.length) return { ...(await prefixing(input)), confidence };
      throw rejected('doubtful', { code: 'not_confident', confidence });
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  const results = [...told, ...told].map((_, idx) => peer.job(jobId).results.get(idx)?.confidence);
  expect(results).toEqual([...told, ...told]);
});

test('an image worker fails a rejected photo without its preview where the storage refuses that', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a cup')]);
  peer.inject('put', { status: 403 });
  const worker = startWorker(peer, {
    restyle: async () => {
      throw rejected('doubtful', { code: 'not_confident', preview: photo('mask') });
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(peer.job(jobId).results.get(0)).toMatchObject({ error_code: 'not_confident', preview_key: null });
});

test.each<[string, () => unknown]>([
  ['an object without a prototype', () => { throw Object.create(null); }],
  ['an error that cannot be looked at', () => { throw Object.defineProperty(new Error(), 'stack', { get: trap }); }],
  ['a proxy', () => { throw new Proxy({}, { get: trap, getPrototypeOf: trap }); }],
  ['a promise that rejects with a symbol', () => Promise.reject(Symbol('odd'))],
  ['no result', () => Promise.resolve(undefined)],
  ['no bytes', () => Promise.resolve({ result: 'text', preview: 5 })],
])('fails a photo, and that one alone, whatever restyling throws or gives: %s', async (_, odd) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('odd'), photo('a sofa')]);
  const worker = startWorker(peer, {
    restyle: (input) => (`${input.image}`.includes('odd') ? odd() as never : prefixing(input)),
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toMatch(/^photo 0 could not be restyled because of an unexpected error/);
  expect(worker.stats()).toMatchObject({ done: 1, failed: 1, givenBack: 0 });
});

function trap(): never {
  throw new Error('a trap');
}

test('an image worker keeps the details of an unexpected error in its log, away from the user', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  const worker = startWorker(peer, {
    restyle: async function breakDown() {
      throw new Error('out of handles in /srv/private');
    },
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toMatch(/^photo 0 could not be restyled because of an unexpected error/);
  expect(errorOf(peer, jobId, 0)).not.toContain('handles');
  const logged = worker.logs.find(({ level }) => level === 'error');
  expect(logged?.fields).toMatch(/out of handles.*breakDown/);
});

test('an image worker fails a photo whose restyling never ends', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a'), photo('b')]);
  const worker = startWorker(peer, {
    limits: { restyleMs: 100 },
    // Deaf to its signal.
    restyle: (input) => (`${input.image}` === 'a' ? new Promise(() => {}) : prefixing(input)),
  });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toBe('restyling photo 0 took longer than 0.1 s');
  expect(worker.stats()).toMatchObject({ done: 1, failed: 1 });
});

test.each([
  ['with its length said before', { 'content-length': '2000' }],
  ['sent in chunks without a length', { 'transfer-encoding': 'chunked' }],
])('refuses a photo larger than the limit, %s', async (_, headers) => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('small')]);
  peer.inject('get', { status: 200, headers, body: 'x'.repeat(2_000) });
  const worker = startWorker(peer, { restyle: prefixing, limits: { maxInputBytes: 1_000 } });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toBe('photo 0 has more than 1000 bytes');
});

test('an image worker follows no redirect of a photo', async () => {
  const peer = await startPeer();
  const other = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  peer.inject('get', { status: 302, headers: { location: other.objectUrl('private/0.jpg') } });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toMatch(/redirect \(302\), which is refused/);
  expect(other.seen).toEqual([]);
});

test('an image worker sends its secret along no redirect of a callback', async () => {
  const peer = await startPeer();
  const other = await startPeer();
  peer.addSet([photo('a')]);
  peer.inject('callback', { status: 307, headers: { location: `${other.url}/api/jobs/x/callback` } }, { times: 9 });
  const worker = startWorker(peer, { restyle: prefixing, limits: { troubleDelaySeconds: 60 } });
  await worker.until(({ givenBack }) => givenBack === 1);
  expect(other.seen).toEqual([]);
});

test('an image worker fails a photo whose URL is not http or https', async () => {
  const peer = await startPeer();
  const jobId = peer.addSet([photo('a')]);
  const body = peer.messages[0]?.body as { items: { input_url: string }[] };
  for (const item of body.items) item.input_url = 'file:///etc/passwd';
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  expect(errorOf(peer, jobId, 0)).toMatch(/has a URL that is not http:\/\/ or https:\/\//);
});

test('an image worker logs no signed URL and no secret', async () => {
  const peer = await startPeer();
  peer.addSet([photo('a'), null, photo('c')]);
  peer.inject('put', { status: 503 });
  peer.inject('get', 'reset');
  peer.inject('callback', { status: 500 });
  const worker = startWorker(peer, { restyle: prefixing });
  await worker.until(({ acknowledged }) => acknowledged === 1);
  await worker.stop();
  expect(worker.logs.length).toBeGreaterThan(5);
  expect(JSON.stringify(worker.logs)).not.toMatch(/X-Amz|objects\/|a-secret-of/);
});
