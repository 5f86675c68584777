import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Deadlines } from '../../src/main/node/deadlines.ts';
import { request } from '../contract/user.ts';
import { openSocket, requestText } from './raw-socket.ts';
import { openTestServer, type StartedServer } from './server.ts';

let server: StartedServer & { remove(): Promise<void> };
beforeAll(async () => {
  server = await openTestServer({ REQUEST_BODY_SECONDS: '3' });
});
afterAll(() => server.remove());

const mira = { authorization: 'Bearer mira' };
const heartbeat = '/api/v1/workers/heartbeat';
const beat = JSON.stringify({ workerId: 'w', leaseIds: [] });

/** What a request that is written as it is gets back. */
async function raw(text: string): Promise<string> {
  const connection = await openSocket(server.url);
  connection.socket.write(text);
  await vi.waitFor(() => expect(connection.text()).toMatch(/\r\n\r\n[^]*\}$/), { timeout: 20_000 });
  connection.socket.destroy();
  return connection.text();
}

const bodyOf = (answer: string): any => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
const headersOf = (answer: string): string[] =>
  answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n').slice(1).map((line) => line.split(':')[0]!.toLowerCase());

describe('a request is answered the same', () => {
  /** The second one of each is spelled so that it goes the long way. */
  test.for<[string, string, string, string]>([
    ['found', 'GET', '/api/presets/seller', '/api/presets/%73eller'],
    ['found with a query', 'GET', '/api/v1/jobs?limit=1&type=none', '/api/v1/%6aobs?limit=1&type=none'],
    ['not found', 'GET', '/api/presets/none', '/api/presets/non%65'],
    ['of an id that is none', 'GET', '/api/jobs/x', '/api/jobs/%78'],
    ['with a query that is wrong', 'GET', '/api/v1/jobs?limit=x', '/api/v1/%6aobs?limit=x'],
    ['with an unknown parameter', 'GET', '/api/presets?limits=1', '/api/%70resets?limits=1'],
    ['with a method that is none', 'DELETE', '/api/presets', '/api/%70resets'],
  ])('by the short way and by the long one: %s', async ([, method, short, long]) => {
    const [a, b] = await Promise.all([short, long].map((path) => raw(requestText(method, path, mira))));
    const [one, other] = [a!, b!];
    expect(one.slice(0, 12)).toBe(other.slice(0, 12));
    expect(headersOf(one).sort()).toEqual(headersOf(other).sort());
    expect(bodyOf(one)).toEqual(bodyOf(other));
  });

  test('where headers are there twice', async () => {
    const text = requestText('GET', '/api/presets', { ...mira, 'X-Request-Id': 'one' });
    const twice = text.replace('\r\n\r\n', '\r\nauthorization: Bearer other\r\n\r\n');
    expect(await raw(twice)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 200 [^]*x-request-id: one\r\n/i);
  });

  test('with letters of any language', async () => {
    const made = await request(`${server.url}/api/v1/jobs`, 'POST', { type: 'none', data: 'grün ✓' }, mira);
    expect(made.body.data.data).toBe('grün ✓');
    const shown = await request(`${server.url}/api/v1/jobs/${made.body.data.id}`, 'GET', undefined, mira);
    expect(shown.body.data.data).toBe('grün ✓');
  });
});

describe('a body', () => {
  const post = (body: string, headers: Record<string, string | number>): string =>
    requestText('POST', heartbeat, { ...mira, ...headers }) + body;
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

  test('may come in pieces, and in chunks', async () => {
    const { length } = beat;
    const connection = await openSocket(server.url);
    connection.socket.write(post(beat.slice(0, 5), { 'content-length': length }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.socket.write(beat.slice(5));
    await vi.waitFor(() => expect(connection.text()).toMatch(/^HTTP\/1\.1 200 /));
    connection.socket.destroy();
    const chunks = chunk(beat.slice(0, 7)) + chunk(beat.slice(7)) + '0\r\n\r\n';
    expect(await raw(post(chunks, { 'transfer-encoding': 'chunked' }))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('may be left out, and is then an empty one', async () => {
    expect(bodyOf(await raw(post('', {}))).error.details.fields).toMatchObject({ workerId: 'is required' });
    expect(bodyOf(await raw(post('', { 'content-length': 0 }))).error.details.fields).toMatchObject({
      workerId: 'is required',
    });
  });

  test('that is too large is refused, declared or not, and the connection serves the next request', async () => {
    const large = 'x'.repeat(1_200_000);
    for (const text of [
      post(large, { 'content-length': large.length }),
      post(`${chunk(large)}0\r\n\r\n`, { 'transfer-encoding': 'chunked' }),
    ]) {
      const connection = await openSocket(server.url);
      connection.socket.write(text + post(beat, { 'content-length': beat.length }));
      await vi.waitFor(() => expect(connection.text()).toMatch(/^HTTP\/1\.1 413 [^]*HTTP\/1\.1 200 /), {
        timeout: 20_000,
      });
      connection.socket.destroy();
    }
  });

  test('that does not come in time is refused', async () => {
    const answer = await raw(post(beat.slice(0, 5), { 'content-length': beat.length }));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodyOf(answer).error.details.fields).toEqual({ body: 'was not received within 3 seconds' });
  });

  test('that breaks off does no harm', async () => {
    const connection = await openSocket(server.url);
    connection.socket.write(post(beat.slice(0, 5), { 'content-length': beat.length }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.socket.destroy();
    expect((await request(server.url + heartbeat, 'POST', JSON.parse(beat), mira)).status).toBe(200);
    expect(server.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

test('a worker that goes away while it waits is given nothing that another one would have to wait for', async () => {
  const type = 'left-behind';
  const admin = { authorization: 'Bearer admin' };
  const post = (path: string, body: unknown) => request(server.url + path, 'POST', body, admin);
  const waiting = JSON.stringify({ workerId: 'gone', types: [type], take: 1, leaseMs: 600_000, waitMs: 30_000 });
  const head = requestText('POST', '/api/v1/workers/exchange', {
    ...admin, 'content-length': waiting.length,
  });
  const gone = await openSocket(server.url);
  gone.socket.write(head + waiting);
  // It waits once the server has heard of it.
  await vi.waitFor(async () => {
    const { body } = await request(`${server.url}/api/v1/workers`, 'GET', undefined, admin);
    expect(body.data.workers.map(({ id }: { id: string }) => id)).toContain('gone');
  }, { timeout: 20_000 });
  gone.socket.destroy();
  await gone.closed;
  await post('/api/v1/jobs', { type, data: null });
  const { body } = await post('/api/v1/workers/exchange', { workerId: 'here', types: [type], take: 1, waitMs: 20_000 });
  expect(body.data.tasks).toMatchObject([{ type, attempt: 1 }]);
});

test('deadlines are kept in any order, and one that has ended is not', async () => {
  vi.useFakeTimers();
  try {
    const deadlines = new Deadlines();
    const late: string[] = [];
    const first = deadlines.begin(1_000, () => late.push('first'));
    deadlines.begin(2_000, () => late.push('second'));
    await vi.advanceTimersByTimeAsync(500);
    deadlines.begin(1_000, () => late.push('third'));
    deadlines.end(first);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(late).toEqual(['third']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(late).toEqual(['third', 'second']);
  } finally {
    vi.useRealTimers();
  }
});
