import { createHash } from 'node:crypto';
import { request as send, type IncomingMessage } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { hosts, startHost } from './hosts.ts';
import { greet, greeting } from './tasks.ts';

const timeoutMs = 20_000;
const mib = 1024 ** 2;

/** So many bytes of which each MiB is another one, as fast as they are read. */
function bytesOf(size: number): { readonly stream: ReadableStream<Uint8Array>; readonly hash: () => string } {
  const hash = createHash('sha256');
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === size) return controller.close();
      const part = new Uint8Array(mib).fill(sent / mib);
      hash.update(part);
      sent += mib;
      controller.enqueue(part);
    },
  }, { highWaterMark: 0 });
  return { stream, hash: () => hash.digest('hex') };
}

describe.each(Object.entries(hosts))('a platform mounted at a path in %s', (_, mountedIn) => {
  test('serves the API, its documents and the console, and leaves the rest alone', async () => {
    const { url, waybill } = await startHost(mountedIn, { tasks: [greeting] });
    const { key: token } = await waybill.createToken({ body: { name: 'test', userId: 'mira', roles: ['user'] } });
    const client = createClient({ server: url, token });
    const run = await client.run(greet, { name: 'Ada' });
    expect(await run.result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
    const events: string[] = [];
    for await (const { type } of run.events()) events.push(type);
    expect(events.at(0)).toBe('TaskCreated');
    expect(events.at(-1)).toBe('TaskCompleted');
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    expect((await fetch(`${url}/api/none`)).status).toBe(404);
    expect(await (await fetch(new URL('/own', url))).text()).toBe('own');
    for (const [path, expected] of [['', `${url}/`], ['/', `${url}/`], [`/jobs/${run.id}`, `${url}/`]] as const) {
      const page = await fetch(url + path);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const html = await page.text();
      const [, base = ''] = /<base href="([^"]+)"/.exec(html)!;
      expect(new URL(base, page.url).href).toBe(expected);
      const [, code = ''] = /src="([^"]+\.js)"/.exec(html)!;
      expect((await fetch(new URL(code, new URL(base, page.url)))).status).toBe(200);
    }
    expect((await fetch(`${url}?a=b`, { redirect: 'manual' })).headers.get('location')).toBe('./jobs/');
  });

  test('refuses who has no token, or a wrong one', async () => {
    const { url } = await startHost(mountedIn);
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Host x {"userId":"admin"}' }]) {
      const answer = await fetch(`${url}/api/v1/jobs`, { headers: headers as Record<string, string> });
      expect(answer.status).toBe(401);
    }
  });

  test('takes and gives large files, as fast as they are read', async () => {
    const { url, waybill, writing } = await startHost(mountedIn);
    const { key: token } = await waybill.createToken({ body: { name: 'test', userId: 'mira', roles: ['user'] } });
    const client = createClient({ server: url, token });
    const set = await client.createImageSet({ body: { preset: 'seller', itemCount: 1 } });
    const upload = set.urls[0]!;
    expect(upload.url.startsWith(`${url}/objects/`)).toBe(true);
    const { stream, hash } = bytesOf(50 * mib);
    await client.upload(upload.url, stream);
    await client.confirmUpload({ params: { id: set.jobId }, body: { totalItems: 1 } });
    const { inputs } = await client.listInputs({ params: { id: set.jobId } });
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    send(inputs[0]!.inputUrl!, resolve).end();
    const download = await promise;
    // Nothing is read yet: what is written fills the buffers on the way, and no more.
    await vi.waitFor(() => expect(writing().writableNeedDrain).toBe(true), { timeout: timeoutMs });
    expect(writing().writableLength).toBeLessThan(2 * mib);
    expect(writing().bytesWritten).toBeLessThan(25 * mib);
    const got = createHash('sha256');
    let size = 0;
    for await (const part of download as AsyncIterable<Buffer>) {
      got.update(part);
      size += part.length;
    }
    expect([size, got.digest('hex')]).toEqual([50 * mib, hash()]);
  });

  test('ends streams when it closes', async () => {
    const { url, waybill, stop } = await startHost(mountedIn);
    const run = await waybill.run(greet, { name: 'Ada' });
    const { key: token } = await waybill.createToken({ body: { name: 'test', userId: 'admin', roles: ['admin'] } });
    const path = `${url}/api/v1/jobs/${run.id}/events`;
    const request = send(path, { headers: { authorization: `Bearer ${token}` } });
    const { promise, resolve } = Promise.withResolvers<string>();
    let text = '';
    request.on('response', (response) => response.on('data', (part: Buffer) => {
      text += part.toString();
      if (text.includes('TaskCreated')) resolve(text);
    }));
    request.on('error', () => {});
    request.end();
    expect(await promise).toContain('event: TaskCreated');
    const startedAt = performance.now();
    await stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('the login of the program', () => {
  const authenticate = (request: Request) => {
    const cookie = request.headers.get('cookie') ?? '';
    if (cookie === 'who=mira') return { userId: 'mira' };
    return cookie === 'who=boss' ? { userId: 'boss', role: 'admin' as const } : null;
  };
  const as = (who: string, more: Readonly<Record<string, string>> = {}) => (
    { headers: { cookie: `who=${who}`, ...more } }
  );

  test('is enough, with the role that it says', async () => {
    const { url, waybill } = await startHost(hosts['express']!, { authenticate });
    const run = await waybill.as('mira').run(greet, { name: 'Ada' });
    const look = (who: string): Promise<Response> => fetch(`${url}/api/v1/jobs/${run.id}`, as(who));
    expect((await look('mira')).status).toBe(200);
    expect((await look('boss')).status).toBe(200);
    expect((await look('nobody')).status).toBe(401);
    expect((await fetch(`${url}/api/v1/users`, as('mira'))).status).toBe(403);
    expect((await fetch(`${url}/api/v1/users`, as('boss'))).status).toBe(200);
    const shown = (await (await fetch(`${url}/api/console`, as('mira'))).json()) as { data: { user: unknown } };
    expect(shown.data.user).toMatchObject({ userId: 'mira', roles: ['user'] });
    const { key: token } = await waybill.createToken({ body: { name: 'test', userId: 'opal', roles: ['user'] } });
    const byToken = await fetch(`${url}/api/v1/jobs`, as('nobody', { authorization: `Bearer ${token}` }));
    expect(byToken.status).toBe(200);
    const out = await fetch(`${url}/api/v1/auth/logout`, { method: 'POST', ...as('mira') });
    expect([out.status, await out.text()]).toEqual([409, expect.stringContaining('one of the program that embeds')]);
  });

  test('does not count for pages of other sites, unless they are allowed', async () => {
    const { url } = await startHost(hosts['express']!, { authenticate, allowedOrigins: ['https://shop.example'] });
    const from = (more: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`${url}/api/v1/jobs`, as('mira', more));
    expect((await from({ origin: 'https://evil.example' })).status).toBe(401);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(401);
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect((await from({ origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });

  test('is asked with what the program knows of the request', async () => {
    const { url } = await startHost(async (waybill) => {
      const jobs = waybill.under('/jobs');
      return (request, response) => {
        Object.assign(request, { user: { name: request.headers['x-user'] } });
        jobs.handler(request, response);
      };
    }, { authenticate: (_, { incoming }) => (incoming.user.name ? { userId: incoming.user.name } : null) });
    expect((await fetch(`${url}/api/v1/auth/me`, { headers: { 'x-user': 'mira' } })).status).toBe(200);
    expect((await fetch(`${url}/api/v1/auth/me`)).status).toBe(401);
    expect((await fetch(`${url}/api/v1/auth/me`, { headers: { 'x-user': 'a/b' } })).status).toBe(500);
    const asked = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_account', arguments: {} } };
    const mcp = (user: string) => fetch(`${url}/mcp`, {
      method: 'POST', body: JSON.stringify(asked), headers: {
        'x-user': user, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
      },
    });
    expect(await (await mcp('mira')).json()).toMatchObject({
      result: { structuredContent: { account: { userId: 'mira' } } },
    });
    expect((await mcp('')).status).toBe(401);
  });
});

test('a body that was read before is told of', async () => {
  const { default: express } = await import('express');
  const error = vi.fn();
  const logger = { debug() {}, info() {}, warn() {}, error };
  const { url } = await startHost(async (waybill) => express().use(express.json()).use('/jobs', waybill.handler), {
    logger,
  });
  const answer = await fetch(`${url}/api/v1/jobs`, {
    method: 'POST', body: '{"type":"greet"}', headers: { 'content-type': 'application/json' },
  });
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('express.json()')]);
  expect(error).toHaveBeenCalledOnce();
});

test('a path to mount at is a path', async () => {
  const { waybill } = await startHost(hosts['node:http']!);
  for (const path of ['jobs', '/jobs?a', '/*', 'http://x/']) expect(() => waybill.under(path)).toThrow(TypeError);
  const elsewhere = await waybill.under('/jobs').fetch(new Request('http://any/jobsearch'));
  expect([elsewhere.status, await elsewhere.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
});
