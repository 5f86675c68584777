import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { startTestServer } from './server.ts';

test('the console is the answer at / and at the addresses of its pages, with the way up to the root', async () => {
  const { url } = await startTestServer();
  for (const [path, base] of [['/', './'], ['/jobs', './'], ['/jobs/0193', '../'], ['/jobs/', '../']] as const) {
    const answer = await fetch(url + path);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
    expect(await answer.text()).toContain(`<base href="${base}">`);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  }
  const policy = (await fetch(url)).headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'; style-src 'self'");
  expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'");
  expect(policy).not.toMatch(/unsafe|https?:/);
});

test('what the pages are made of may be kept for ever, and comes compressed', async () => {
  const { url } = await startTestServer();
  const [, path] = /src="\.(\/ui\/[^"]+\.js)"/.exec(await (await fetch(url)).text())!;
  const plain = await fetch(url + path, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  const code = Buffer.from(await plain.arrayBuffer());
  const { promise, resolve } = Promise.withResolvers<{ readonly encoding: unknown; readonly bytes: Buffer }>();
  const { get } = await import('node:http');
  get(url + path, { headers: { 'accept-encoding': 'br, gzip' } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) }));
  });
  const zipped = await promise;
  expect(zipped.encoding).toBe('gzip');
  expect(zipped.bytes.length).toBeLessThan(code.length / 2);
  expect(gunzipSync(zipped.bytes).equals(code)).toBe(true);
  expect((await fetch(`${url}/ui/none.js`)).status).toBe(404);
  expect((await fetch(`${url}/ui/..%2f..%2fpackage.json`)).status).toBe(404);
});

test('addresses that are neither a page nor a route are answered as before', async () => {
  const { url } = await startTestServer();
  const answer = await fetch(`${url}/nothing`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/json']);
  expect((await fetch(`${url}/jobs`, { method: 'POST' })).status).toBe(405);
});

test('a server without the console has a page of its own at /, and none of the console', async () => {
  const { url } = await startTestServer({ WAYBILL_CONSOLE: 'false' });
  const home = await fetch(url);
  const page = await home.text();
  expect(home.headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/);
  const links = [...page.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href);
  expect(links).toEqual(['docs', 'openapi.json', 'api/health']);
  for (const link of links) expect([link, (await fetch(new URL(`${link}`, url))).status]).toEqual([link, 200]);
  expect((await fetch(`${url}/jobs`)).status).toBe(404);
  expect((await fetch(`${url}/api/console`)).status).toBe(404);
});

test('the console is told who asks by the cookie alone', async () => {
  const { url } = await startTestServer();
  const shown = async (headers: Record<string, string>): Promise<unknown> =>
    (await fetch(`${url}/api/console`, { headers })).json();
  const kinds = expect.arrayContaining(['task']);
  expect(await shown({})).toMatchObject({ data: { user: null, devMode: true, kinds } });
  const user = { userId: 'mira', roles: ['user', 'operator'] };
  expect(await shown({ cookie: 'waybill_session=mira' })).toMatchObject({ data: { user } });
  expect(await shown({ cookie: 'waybill_session=%E0%A4%A' })).toMatchObject({ data: { user: null } });
});

test('a login without a password is there in development mode only, for pages of the server only', async () => {
  const body = JSON.stringify({ userId: 'mira' });
  const headers = { 'content-type': 'application/json' };
  const { url } = await startTestServer();
  const path = '/api/v1/auth/developer';
  const answer = await fetch(url + path, { method: 'POST', body, headers });
  expect(answer.headers.get('set-cookie')).toBe('waybill_session=mira; Path=/; HttpOnly; SameSite=Strict');
  const elsewhere = { ...headers, 'sec-fetch-site': 'cross-site' };
  expect((await fetch(url + path, { method: 'POST', body, headers: elsewhere })).status).toBe(403);
  const cookie = { cookie: 'waybill_session=mira' };
  const me = `${url}/api/v1/auth/me`;
  expect((await fetch(me, { headers: cookie })).status).toBe(200);
  expect((await fetch(me, { headers: { ...cookie, 'sec-fetch-site': 'same-site' } })).status).toBe(401);
  const own = await startTestServer({}, 'production');
  expect((await fetch(own.url + path, { method: 'POST', body, headers })).status).toBe(404);
  expect((await fetch(`${own.url}/api/v1/auth/me`, { headers: cookie })).status).toBe(401);
});
