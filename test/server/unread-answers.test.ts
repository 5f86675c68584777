import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createUrlSigner } from '../../src/objects/filesystem/signature.ts';
import { request } from '../contract/user.ts';
import { openSocket, requestText, type RawSocket } from './raw-socket.ts';
import { startTestServer } from './server.ts';

const mira = { authorization: 'Bearer mira' };

/** Asks for the largest page more often than the kernel takes it off the server's hands, and reads nothing. */
async function askWithoutReading(url: string): Promise<RawSocket> {
  const connection = await openSocket(url);
  connection.socket.pause();
  connection.socket.write(requestText('GET', '/docs').repeat(15));
  return connection;
}

const admin = { authorization: 'Bearer admin' };
const cutAfterAWhile = { UNREAD_ANSWER_SECONDS: '1' };

test('a response that its client does not read is cut off', async () => {
  const server = await startTestServer(cutAfterAWhile);
  const { socket, closed } = await askWithoutReading(server.url);
  await expect.poll(() => server.log.join(''), { timeout: 8_000 }).toContain('an answer that nobody read was cut off');
  socket.resume();
  await closed;
});

test('a download that its client does not read is cut off, and one that is read slowly is not', async () => {
  const secret = 'objects-s3cret-of-tests';
  const server = await startTestServer({ ...cutAfterAWhile, OBJECTS_SECRET: secret });
  const { body } = await request(`${server.url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 1 }, mira);
  const [{ url: uploadUrl, key }] = body.data.urls;
  const photo = randomBytes(20_000_000);
  expect((await fetch(uploadUrl, { method: 'PUT', body: photo })).status).toBe(200);
  const grant = { expiresAt: Date.now() + 60_000, contentType: null, contentLength: null };
  const path = `/objects/${key}?${createUrlSigner(secret).sign('GET', key, grant)}`;
  const [unread, slow] = await Promise.all([openSocket(server.url), openSocket(server.url)]);
  for (const { socket } of [unread, slow]) socket.write(requestText('GET', path));
  unread.socket.pause();
  let bytes = 0;
  slow.socket.on('data', (chunk) => {
    bytes += chunk.length;
    slow.socket.pause();
    if (bytes > 15_000_000) slow.socket.destroy();
    else setTimeout(() => slow.socket.resume(), 10);
  });
  await expect.poll(() => server.log.join(''), { timeout: 8_000 }).toContain('an answer that nobody read was cut off');
  await slow.closed;
  expect(bytes).toBeGreaterThan(15_000_000);
});

describe('responses that wait for their clients', () => {
  test('have a limit of memory, and the ones waiting longest are cut off for the next', async () => {
    const server = await startTestServer({ MAX_UNREAD_BYTES: String(1024 ** 2) });
    await fetch(`${server.url}/docs`);
    const unread = await Promise.all([1, 2, 3].map(() => askWithoutReading(server.url)));
    const ask = () => request(`${server.url}/api/user/me`, 'GET', undefined, mira);
    // While it is young it may be on its way, and whoever comes is told to come back.
    await expect.poll(async () => (await ask()).status, { interval: 5 }).toBe(503);
    const refused = await ask();
    if (refused.status === 503) {
      expect([refused.body.error.code, refused.headers.get('retry-after')]).toEqual(['unavailable', '1']);
    }
    await expect.poll(async () => (await ask()).status, { timeout: 5_000 }).toBe(200);
    expect(server.log.join('')).toContain('MAX_UNREAD_BYTES');
    for (const { socket } of unread) socket.resume();
    await Promise.any(unread.map(({ closed }) => closed));
  });
});

test('a stream of events that its client does not read is cut off', { timeout: 40_000 }, async () => {
  const server = await startTestServer(cutAfterAWhile);
  const post = async (path: string, body: object) => (await request(server.url + path, 'POST', body, admin)).body.data;
  const { id } = await post('/api/v1/jobs', { type: 'talkative', data: null });
  const taking = { workerId: 'w', types: ['talkative'], limit: 1, leaseMs: 60_000 };
  const [{ leaseId }] = (await post('/api/v1/workers/take', taking)).tasks;
  const said = { leaseId, type: 'error', message: 'm'.repeat(2_000), stack: 's'.repeat(4_000) };
  for (let round = 0; round < 10; round++) {
    await post('/api/v1/workers/report', { workerId: 'w', reports: Array.from({ length: 150 }, () => said) });
  }
  const reader = await openSocket(server.url);
  reader.socket.pause();
  reader.socket.write(requestText('GET', `/api/v1/jobs/${id}/events`, admin));
  await expect.poll(() => server.log.join(''), { timeout: 8_000 }).toContain('an answer that nobody read was cut off');
});
