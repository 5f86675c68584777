import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { allowedOrigin } from '../target-types.ts';
import { beginRequest } from '../../objects/raw-http.ts';
import { newUser, request } from '../user.ts';

/** What holds of every address of a started server, whether there is a route or not. */

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const at = (path: string): string => target.url + path;

describe('a path that no route has', () => {
  test.each(['/nope', '/api/nope', '/api/jobs/x/nope', '/api/v1', '/metrics/nope'])(
    'is 404 in the envelope: %s',
    async (path) => {
      const { status, headers, body } = await request(at(path), 'GET');
      expect([status, headers.get('content-type')]).toEqual([404, 'application/json']);
      expect(body).toEqual({
        success: false,
        error: { code: 'not_found', message: `There is no route ${path}. See /docs for those there are.` },
      });
      expect(headers.get('x-request-id')).toMatch(/./);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );
});

describe('a method that a path does not take', () => {
  test.each([
    ['PATCH', '/api/jobs', 'GET, POST, HEAD, OPTIONS'],
    ['DELETE', '/api/user/me', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/health', 'GET, HEAD, OPTIONS'],
    ['PUT', '/docs', 'GET, HEAD, OPTIONS'],
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/jobs/01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41/execute', 'POST, OPTIONS'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const { status, headers, body } = await request(at(path), method);
    expect([status, body?.error?.code]).toEqual([405, 'invalid_request']);
    expect(sorted(headers.get('allow'))).toEqual(sorted(allow));
  });

  test('OPTIONS names what it takes', async () => {
    const response = await fetch(at('/api/jobs'), { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(sorted(response.headers.get('allow'))).toEqual(sorted('GET, POST, HEAD, OPTIONS'));
  });
});

test('a slash at the end of a path changes nothing', async () => {
  const user = newUser(target);
  for (const path of ['/api/user/me', '/api/presets', '/api/rules', '/api/health']) {
    const [without, with_] = await Promise.all([user.get(path), user.get(`${path}/`)]);
    expect([path, with_.status, Object.keys(with_.body.data)]).toEqual([path, 200, Object.keys(without.body.data)]);
  }
  expect((await fetch(at('/docs/'))).status).toBe(200);
  expect((await request(at('/api/user/me/'), 'DELETE')).status).toBe(405);
  // Two of them are another path, whatever the method.
  for (const method of ['GET', 'DELETE', 'OPTIONS']) {
    expect([method, (await fetch(at('/api/user/me//'), { method })).status]).toEqual([method, 404]);
  }
});

describe('a web page of an allowed origin', () => {
  const origin = { origin: allowedOrigin };

  test('gets its preflight request answered', async () => {
    const response = await fetch(at(`/api/jobs/${randomUUID()}/execute`), {
      method: 'OPTIONS',
      headers: {
        ...origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(allowedOrigin);
    expect(response.headers.get('access-control-allow-methods')).toContain('POST');
    const headers = response.headers.get('access-control-allow-headers')?.split(', ');
    expect(headers).toEqual(expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']));
    expect(response.headers.get('vary')).toContain('Origin');
  });

  test('can read answers, and errors of every sort', async () => {
    const user = { authorization: `Bearer ${newUser(target).id}`, ...origin };
    const answers = await Promise.all([
      request(at('/api/user/me'), 'GET', undefined, user),
      request(at('/api/user/me'), 'GET', undefined, origin),
      request(at('/nope'), 'GET', undefined, origin),
      request(at('/api/user/me'), 'DELETE', undefined, origin),
      request(at('/api/jobs'), 'POST', '{', user),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 405, 400]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(allowedOrigin);
      expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
    }
  });
});

describe('a server in development mode, which takes any user id for a token,', () => {
  const asAdmin = { authorization: 'Bearer admin' };
  const paths = ['/api/user/me', '/', '/docs', '/api/health', '/nope', '/objects/inputs/x'];

  test.each(paths)('refuses %s to a page of a host name that resolves to it (DNS rebinding)', async (path) => {
    const raw = beginRequest(at(path), { headers: { ...asAdmin, host: 'rebound.example:8787' } });
    raw.request.end();
    const { status, text } = await raw.answer;
    expect([path, status, JSON.parse(text).error.code]).toEqual([path, 403, 'forbidden']);
    expect(JSON.parse(text).error.message).toMatch(/development mode.*"rebound\.example:8787".*PUBLIC_URL/);
  });

  const foreign = ['https://evil.example', 'http://localhost.evil.example', 'null'];

  test.each(foreign)('refuses pages of %s', async (origin) => {
    for (const [method, path] of [['GET', '/api/user/me'], ['POST', '/api/v1/setup'], ['OPTIONS', '/api/jobs']]) {
      const { status, body } = await request(at(path!), method!, undefined, { ...asAdmin, origin });
      expect([path, status, body.error.message]).toEqual([path, 403, expect.stringContaining(`"${origin}"`)]);
      expect(body.error.message).toContain('ALLOWED_ORIGINS');
    }
  });

  test('takes requests to localhost by any of its names, and those of pages of this machine', async () => {
    const { port } = new URL(target.url);
    for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`, 'app.localhost']) {
      const raw = beginRequest(at('/api/user/me'), { headers: { ...asAdmin, host } });
      raw.request.end();
      expect([host, (await raw.answer).status]).toEqual([host, 200]);
    }
    const local = { ...asAdmin, origin: 'http://localhost:5173' };
    expect((await request(at('/api/user/me'), 'GET', undefined, local)).status).toBe(200);
  });
});

test('a page of no other origin is allowed anything', async () => {
  for (const method of ['OPTIONS', 'GET', 'DELETE']) {
    const response = await fetch(at('/api/user/me'), {
      method,
      headers: { origin: 'https://shop.example.evil.example', 'access-control-request-method': 'GET' },
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  }
});

test('the path / is a page of links without scripts', async (context) => {
  context.skip(target.name !== 'worker', 'this server has the console there: test/server/console.test.ts');
  const response = await fetch(at('/'));
  const page = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^ ]+';/);
  expect(response.headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/);
  expect(page).not.toContain('<script');
  const links = [...page.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href);
  expect(links).toEqual(['docs', 'openapi.json', 'api/health']);
  for (const link of links) expect([link, (await fetch(at(`/${link}`))).status]).toEqual([link, 200]);
});

function sorted(list: string | null): string[] {
  return (list ?? '').split(', ').sort();
}
