import { describe, expect, test } from 'vitest';
import { request } from '../contract/user.ts';
import { openSocket, requestText, type RawSocket } from './raw-socket.ts';
import { startTestServer } from './server.ts';

const mallory = { authorization: 'Bearer mallory' };

async function secondsOf(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return (performance.now() - began) / 1_000;
}

function bodyOf(connection: RawSocket): { error: { code: string; message: string } } {
  return JSON.parse(connection.text().split('\r\n\r\n').at(-1) ?? '');
}

describe('a request body that never ends', () => {
  test.each([
    ['POST', '/api/jobs', { ...mallory, 'content-length': 100 }, '{"preset":'],
    ['POST', '/api/jobs', { ...mallory, 'transfer-encoding': 'chunked' }, '4\r\n{"pr\r\n'],
    ['POST', '/api/v1/jobs', { ...mallory, 'content-length': 100 }, ''],
  ])('is answered 408 after its time limit, and disconnected: %s %s %j', async (method, path, headers, part) => {
    const { url } = await startTestServer({ REQUEST_BODY_SECONDS: '1' });
    const connection = await openSocket(url);
    connection.socket.write(requestText(method, path, headers) + part);
    expect(await secondsOf(connection.closed)).toBeLessThan(5);
    expect(connection.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodyOf(connection).error).toMatchObject({ code: 'invalid_request' });
    expect(bodyOf(connection).error.message).toContain('was not received within 1 second');
  });

  test.each([
    ['GET', '/api/user/me', 200],
    ['POST', '/api/user/me', 405],
    ['POST', '/nope', 404],
    ['DELETE', '/api/rules/x', 404],
  ])('that the route does not take keeps no connection either: %s %s', async (method, path, status) => {
    const { url } = await startTestServer();
    const connection = await openSocket(url);
    connection.socket.write(`${requestText(method, path, { ...mallory, 'content-length': 100 })}{`);
    expect(await secondsOf(connection.closed)).toBeLessThan(5);
    expect(connection.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

describe('one client address', () => {
  test('has a limit of connections, and is told when it exceeds it', async () => {
    const server = await startTestServer({ MAX_CONNECTIONS_PER_ADDRESS: '3' });
    const held = [await openSocket(server.url), await openSocket(server.url), await openSocket(server.url)];
    const fourth = await openSocket(server.url);
    await fourth.closed;
    expect(fourth.text()).toMatch(/^HTTP\/1\.1 429 [^]*retry-after: 1\r\n/);
    expect(bodyOf(fourth).error).toMatchObject({ code: 'rate_limit', message: expect.stringContaining('close some') });
    expect(server.log.join('')).toContain('MAX_CONNECTIONS_PER_ADDRESS');
    held[0]?.socket.destroy();
    await expect.poll(() => request(`${server.url}/livez`, 'GET').then(({ status }) => status, () => 0)).toBe(200);
  });

  test('is told so after its request, not cut off within it', async () => {
    const { url } = await startTestServer({ MAX_CONNECTIONS_PER_ADDRESS: '1' });
    await openSocket(url);
    const second = await openSocket(url);
    second.socket.write(requestText('POST', '/api/jobs', { ...mallory, 'content-length': 100_000 }));
    for (let sent = 0; sent < 100; sent++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      expect([second.text(), second.socket.errored]).toEqual(['', null]);
      second.socket.write('x'.repeat(1_000));
    }
    await second.closed;
    expect([second.socket.errored, second.text().slice(0, 12)]).toEqual([null, 'HTTP/1.1 429']);
  });

  test('behind a proxy has a limit of requests at once, apart from other addresses', async () => {
    const server = await startTestServer({ MAX_CONNECTIONS_PER_ADDRESS: '2', TRUST_PROXY: 'true' });
    const from = (address: string) => ({ ...mallory, 'x-forwarded-for': `198.51.100.9, ${address}` });
    const hold = async (...addresses: readonly string[]) => {
      const bodies = await Promise.all(addresses.map(() => openSocket(server.url)));
      for (const [at, { socket }] of bodies.entries()) {
        const headers = { ...from(addresses[at]!), 'content-length': 100, expect: '100-continue' };
        socket.write(requestText('POST', '/api/jobs', headers));
      }
      await expect.poll(() => bodies.every((one) => one.text().includes(' 100 Continue'))).toBe(true);
      return bodies;
    };
    const bodies = await hold('192.0.2.1', '192.0.2.1');
    const ask = async (address: string) =>
      (await request(`${server.url}/api/user/me`, 'GET', undefined, from(address))).status;
    await expect.poll(() => ask('192.0.2.1')).toBe(429);
    expect(await ask('192.0.2.2')).toBe(200);
    for (const { socket } of bodies) socket.destroy();
    await expect.poll(() => ask('192.0.2.1')).toBe(200);
    // Of IPv6 it is the network that counts: whoever has one has 2^64 addresses.
    await hold('2001:db8::1', '2001:DB8:0:0:ffff::2');
    expect(await ask('2001:db8::3')).toBe(429);
    expect(await ask('2001:db8:0:1::3')).toBe(200);
  });

  test('and all addresses together have a limit of connections', async () => {
    const server = await startTestServer({ MAX_CONNECTIONS: '2' });
    await Promise.all([openSocket(server.url), openSocket(server.url)]);
    const third = await openSocket(server.url);
    await third.closed;
    expect(third.text()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1\r\n/);
    expect(bodyOf(third).error.code).toBe('unavailable');
  });
});

describe('malformed HTTP', () => {
  test.each([
    ['nonsense', 'EHLO waybill\r\n\r\n', 400],
    ['headers without a Host', 'GET /api/health HTTP/1.0\r\n\r\n', 400],
    ['headers without the Host that HTTP/1.1 has to have', 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['an Expect that nobody knows', 'POST /api/jobs HTTP/1.1\r\nhost: localhost\r\nexpect: wonders\r\n\r\n', 417],
    ['headers without end', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}`, 431],
  ])('is refused in the envelope: %s', async (_name, text, status) => {
    const { url } = await startTestServer();
    const connection = await openSocket(url);
    connection.socket.write(text);
    await connection.closed;
    expect(connection.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(bodyOf(connection).error.code).toBe('invalid_request');
  });
});

describe('a server that is told to stop', () => {
  const silences: readonly (readonly [string, string])[] = [
    ['that says nothing', ''],
    ['that stopped in its headers', 'GET /api/health HTTP/1.1\r\nhost:'],
    ['that stopped in its body', `${requestText('POST', '/api/jobs', { ...mallory, 'content-length': 100 })}{"pre`],
    ['that was answered', requestText('GET', '/api/health')],
  ];

  test.each(silences)('does not wait for a client %s', async (_name, text) => {
    const server = await startTestServer({ SHUTDOWN_SECONDS: '15' });
    const connection = await openSocket(server.url);
    connection.socket.write(text);
    // The server has seen what was sent before this.
    await request(`${server.url}/livez`, 'GET');
    expect(await secondsOf(server.close())).toBeLessThan(5);
    await connection.closed;
  });

  test('waits for a request whose client is only slow', async () => {
    const server = await startTestServer({ SHUTDOWN_SECONDS: '15' });
    const connection = await openSocket(server.url);
    const body = '{"preset":"seller","itemCount":1}';
    connection.socket.write(requestText('POST', '/api/jobs', { ...mallory, 'content-length': body.length }));
    await request(`${server.url}/livez`, 'GET');
    const closing = server.close();
    for (const letter of body) {
      connection.socket.write(letter);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all([closing, connection.closed]);
    expect(connection.text()).toMatch(/^HTTP\/1\.1 201 |^HTTP\/1\.1 200 /);
  });
});

describe('one user', () => {
  test('has a limit of requests at once, and long polls are counted apart', async () => {
    const server = await startTestServer({ MAX_REQUESTS_PER_USER: '2', MAX_WAITING_PER_USER: '3' });
    const admin = { authorization: 'Bearer admin' };
    const ask = (headers: Record<string, string>) => request(`${server.url}/api/user/me`, 'GET', undefined, headers);
    const work = { workerId: 'w', types: ['none'], limit: 1, leaseMs: 10_000 };
    const take = (waitMs: number) =>
      request(`${server.url}/api/v1/workers/take`, 'POST', { ...work, waitMs }, admin);
    const polls = [15_000, 15_000, 15_000].map(take);
    await expect.poll(async () => (await take(0)).status).toBe(429);
    const exchange = (waitMs: number) => request(
      `${server.url}/api/v1/workers/exchange`, 'POST',
      { workerId: 'w', types: ['none'], take: 1, waitMs }, admin,
    );
    expect((await exchange(15_000)).status).toBe(429);
    expect((await exchange(0)).status).toBe(200);
    expect((await ask(admin)).status).toBe(200);
    const held = await Promise.all([1, 2].map(() => openSocket(server.url)));
    // The server says that it is at them: another request before would have taken the place of one.
    const headers = { ...mallory, 'content-length': 100, expect: '100-continue' };
    for (const { socket } of held) socket.write(requestText('POST', '/api/jobs', headers));
    await expect.poll(() => held.every((one) => one.text().includes(' 100 Continue'))).toBe(true);
    await expect.poll(async () => (await ask(mallory)).status).toBe(429);
    const refused = await ask(mallory);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.error).toMatchObject({ code: 'rate_limit', message: expect.stringContaining('2 requests') });
    expect((await ask(admin)).status).toBe(200);
    for (const { socket } of held) socket.destroy();
    await expect.poll(async () => (await ask(mallory)).status).toBe(200);
    await server.close();
    expect((await Promise.all(polls)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('pipelined requests', () => {
  test('are all answered, a few at a time, up to a limit', async () => {
    const server = await startTestServer({ MAX_REQUESTS_PER_USER: '16' });
    const connection = await openSocket(server.url);
    const ask = requestText('GET', '/api/user/me', mallory);
    connection.socket.write(ask.repeat(200));
    await expect.poll(() => connection.text().split('HTTP/1.1 200 ').length - 1, { timeout: 10_000 }).toBe(200);
    const flood = await openSocket(server.url);
    flood.socket.write(ask.repeat(3_000));
    await flood.closed;
  });

  test('leave nothing behind when the client goes away', async () => {
    const server = await startTestServer({ MAX_WAITING_PER_USER: '5' });
    const body = JSON.stringify({ workerId: 'w', types: ['none'], limit: 1, leaseMs: 10_000, waitMs: 20_000 });
    const headers = { authorization: 'Bearer admin', 'content-length': body.length };
    const poll = requestText('POST', '/api/v1/workers/take', headers) + body;
    const ask = async () => {
      const connection = await openSocket(server.url);
      connection.socket.write(poll);
      const [status] = await Promise.race([
        connection.closed.then(() => ['closed']),
        new Promise<string[]>((resolve) => connection.socket.once('data', (data) => resolve([data.toString()]))),
        request(`${server.url}/livez`, 'GET').then(() => ['waits']),
      ]);
      connection.socket.destroy();
      return status?.slice(0, 12);
    };
    const connection = await openSocket(server.url);
    connection.socket.write(poll.repeat(5));
    await expect.poll(ask).toBe('HTTP/1.1 429');
    connection.socket.destroy();
    await expect.poll(ask).toBe('waits');
  });
});
