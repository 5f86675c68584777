import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createJwt } from '../../src/transports/access/jwt.ts';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer } from './server.ts';

const passphrase = 'seven green boats at noon';
const jwtSecret = 'k3Y-of-these-tests-and-nobody-else';

const setUp = (url: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  request(`${url}/api/v1/setup`, 'POST', { userId: 'root', password: passphrase, ...more }, headers);
const logIn = (url: string, named: object = { userId: 'root' }): Promise<Answer> =>
  request(`${url}/api/v1/auth/login`, 'POST', { ...named, password: passphrase });
const me = (url: string, token: string): Promise<Answer> =>
  request(`${url}/api/v1/auth/me`, 'GET', undefined, { authorization: `Bearer ${token}` });

describe('setup in production', () => {
  test('needs no token on a server that listens on loopback', async () => {
    const { url, setupNote } = await startTestServer({}, 'production');
    expect(setupNote).toMatch(/`waybill setup --user NAME --server http:\/\/127\.0\.0\.1:\d+`\.$/);
    const { status, body } = await setUp(url);
    expect(status).toBe(201);
    expect((await me(url, body.data.token)).body.data.roles).toEqual(['user', 'operator', 'admin']);
  });

  test.each([
    ['that others can reach', { WAYBILL_HOST: '0.0.0.0' }],
    ['behind a proxy', { TRUST_PROXY: 'true' }],
    ['with a public address', { PUBLIC_URL: 'https://waybill.example' }],
  ])('needs the token that a server %s has printed', async (_, env) => {
    const { url, setupNote, log } = await startTestServer(env, 'production');
    const [, token = ''] = /--setup-token ([\w-]{32})`/.exec(setupNote ?? '') ?? [];
    expect(token).not.toBe('');
    expect(log.join('')).not.toContain(token);
    expect((await request(`${url}/api/v1/setup`, 'GET')).body.data).toEqual({ needed: true, tokenNeeded: true });
    const refused = await setUp(url);
    expect([refused.status, refused.body.error.message]).toEqual([401, expect.stringContaining('the setup token')]);
    expect((await setUp(url, { setupToken: `${token}x` })).status).toBe(401);
    expect((await setUp(url, {}, { 'x-setup-token': token })).status).toBe(201);
    expect((await setUp(url, { userId: 'other', setupToken: token })).status).toBe(409);
  });

  test('takes SETUP_TOKEN instead of a printed token when it is set', async () => {
    const env = { WAYBILL_HOST: '0.0.0.0', SETUP_TOKEN: 'a-token-that-somebody-chose' };
    const { url, setupNote } = await startTestServer(env, 'production');
    expect(setupNote).not.toContain('a-token-that');
    expect((await setUp(url)).status).toBe(401);
    const answer = await request(`${url}/api/v1/auth/setup`, 'POST', {
      email: 'Root@shop.example', name: 'Rut', password: passphrase, setupToken: env.SETUP_TOKEN,
    });
    expect([answer.status, answer.body.data.user]).toEqual([201, {
      userId: 'root@shop.example', email: 'Root@shop.example', name: 'Rut', roles: ['user', 'operator', 'admin'],
    }]);
  });

  test('is not offered where all users come with JWTs, and neither is a login', async () => {
    const { url, setupNote } = await startTestServer({ PASSWORD_LOGIN: 'false' }, 'production');
    expect(setupNote).toBeNull();
    expect((await request(`${url}/api/health`, 'GET')).body.data.setup).toEqual({ needed: false });
    expect([(await setUp(url)).status, (await logIn(url)).status]).toEqual([409, 403]);
  });

  test('is done by ADMIN_EMAIL and ADMIN_PASSWORD alone, with the address as the user id', async () => {
    const env = { ADMIN_EMAIL: 'Root@shop.example', ADMIN_PASSWORD: passphrase };
    const { url, setupNote } = await startTestServer(env, 'production');
    expect([setupNote, (await setUp(url)).status]).toEqual([null, 409]);
    const { user } = (await logIn(url, { email: 'root@shop.example' })).body.data;
    expect(user).toMatchObject({ userId: 'root@shop.example', email: 'Root@shop.example' });
    expect((await request(`${url}/api/health`, 'GET')).body.data.setup).toEqual({ needed: false });
  });

  test('is done by ADMIN_USER, ADMIN_EMAIL and ADMIN_PASSWORD at the start', async () => {
    const env = { ADMIN_USER: 'root', ADMIN_EMAIL: 'root@shop.example', ADMIN_PASSWORD: passphrase };
    const { url, setupNote, log } = await startTestServer(env, 'production');
    expect([setupNote, log.join('').includes(passphrase)]).toEqual([null, false]);
    expect((await setUp(url)).status).toBe(409);
    for (const named of [{ userId: 'ROOT' }, { email: 'root@SHOP.example' }]) {
      expect((await logIn(url, named)).body.data.user.roles).toEqual(['user', 'operator', 'admin']);
    }
  });
});

test('an untrusted proxy is logged once, as all its clients share one limit of login attempts', async () => {
  const { url, log } = await startTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
  const told = (): number => log.filter((line) => line.includes('TRUST_PROXY')).length;
  await logIn(url);
  expect(told()).toBe(0);
  for (const address of ['192.0.2.1', '192.0.2.2']) {
    const headers = { 'x-forwarded-for': address };
    await request(`${url}/api/v1/auth/login`, 'POST', { userId: 'root', password: passphrase }, headers);
  }
  expect(told()).toBe(1);
});

test('a login over https sets a cookie that is sent over https only', async () => {
  const env = { PUBLIC_URL: 'https://waybill.example', ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase };
  const { url } = await startTestServer(env, 'production');
  expect((await logIn(url)).headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
});

test('an anonymous sign-up is refused unless it is switched on', async () => {
  const { url } = await startTestServer({}, 'production');
  const { status, body } = await request(`${url}/api/auth/anon`, 'POST');
  expect([status, body.error.code]).toEqual([403, 'forbidden']);
  expect(body.error.message).toContain('ANONYMOUS_SIGNUP');
});

test('the token of an anonymous user is refused after a logout', async () => {
  const { url } = await startTestServer({ ANONYMOUS_SIGNUP: 'true' }, 'production');
  const { token } = (await request(`${url}/api/auth/anon`, 'POST')).body.data;
  expect((await me(url, token)).status).toBe(200);
  await request(`${url}/api/v1/auth/logout`, 'POST', {}, { authorization: `Bearer ${token}` });
  expect((await me(url, token)).status).toBe(401);
});

describe('a JWT of another program', () => {
  const now = (): number => Math.floor(Date.now() / 1000);
  const sign = (claims: object): Promise<string> => createJwt(jwtSecret).sign({ ...claims });

  test('must expire, and the refusal says so', async () => {
    const { url } = await startTestServer({}, 'production');
    const refused = await me(url, await sign({ sub: 'mira' }));
    expect([refused.status, refused.body.error.message]).toEqual([401, expect.stringContaining('no "exp"')]);
    expect((await me(url, await sign({ sub: 'mira', exp: now() + 60 }))).status).toBe(200);
    expect((await me(url, await sign({ sub: 'mira', exp: now() - 1 }))).status).toBe(401);
  });

  test('that is issued in the future is refused, as no logout would end it', async () => {
    const { url } = await startTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
    for (const sub of ['root', 'mira']) {
      const statusOf = async (iat: unknown) => (await me(url, await sign({ sub, iat, exp: now() + 600 }))).status;
      expect([await statusOf(now() + 1), await statusOf(now() + 120), await statusOf('1')]).toEqual([200, 401, 401]);
    }
  });

  test('must be for JWT_AUDIENCE and from JWT_ISSUER', async () => {
    const { url } = await startTestServer({ JWT_AUDIENCE: 'waybill', JWT_ISSUER: 'shop' }, 'production');
    const statusOf = async (claims: object): Promise<number> =>
      (await me(url, await sign({ sub: 'mira', exp: now() + 60, ...claims }))).status;
    expect(await statusOf({ aud: ['x', 'waybill'], iss: 'shop' })).toBe(200);
    expect(await statusOf({ aud: 'somebody-else', iss: 'shop' })).toBe(401);
    expect(await statusOf({ iss: 'shop' })).toBe(401);
    expect(await statusOf({ aud: 'waybill', iss: 'other' })).toBe(401);
  });

  test('can be ended by a logout', async () => {
    const { url } = await startTestServer({}, 'production');
    const [mine, other] = [await sign({ sub: 'mira', exp: now() + 60 }), await sign({ sub: 'mira', exp: now() + 61 })];
    const out = await request(`${url}/api/v1/auth/logout`, 'POST', {}, { authorization: `Bearer ${mine}` });
    expect(out.status).toBe(200);
    // The last letter of a signature has bits that mean nothing: the same token, written in another way.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(mine.at(-1)!);
    const respelled = mine.slice(0, -1) + alphabet[last ^ 1];
    expect([(await me(url, mine)).status, (await me(url, respelled)).status]).toEqual([401, 401]);
    expect((await me(url, other)).status).toBe(200);
  });

  test('that expires ends a stream that was opened with it', async () => {
    const { url } = await startTestServer({}, 'production');
    const authorization = `Bearer ${await sign({ sub: 'mira', exp: now() + 3 })}`;
    const { body } = await request(`${url}/api/v1/jobs`, 'POST', { type: 'wait', data: null }, { authorization });
    const stream = await fetch(`${url}/api/v1/jobs/${body.data.id}/events`, { headers: { authorization } });
    expect([stream.status, await stream.text()]).toEqual([200, expect.stringContaining('event: TaskCreated')]);
  });

  test('stands for the stored user with its id, whatever the case', async () => {
    const { url } = await startTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
    const known = await me(url, await sign({ sub: 'RooT', roles: ['user'], iat: now() + 1, exp: now() + 60 }));
    expect(known.body.data).toMatchObject({ userId: 'root', roles: ['user', 'operator', 'admin'] });
  });

  test('of users that are not stored tells apart ids that differ in case, until one is stored', async () => {
    const { url } = await startTestServer({ ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase }, 'production');
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const [one, two] = await Promise.all(['Ada', 'ada'].map((sub) => sign({ sub, iat: now() + 40, exp: now() + 60 })));
    const made = await request(`${url}/api/v1/jobs`, 'POST', { type: 'wait', data: null }, as(one!));
    const key = await request(`${url}/api/tokens`, 'POST', { name: 'hers' }, as(one!));
    const seen = async (token: string): Promise<number> =>
      (await request(`${url}/api/v1/jobs/${made.body.data.id}`, 'GET', undefined, as(token))).status;
    expect([await seen(one!), await seen(two!), await seen(key.body.data.key)]).toEqual([200, 404, 200]);
    const root = (await logIn(url)).body.data.token;
    const user = { userId: 'ADA', password: passphrase, roles: ['user'] };
    expect((await request(`${url}/api/v1/users`, 'POST', user, as(root))).status).toBe(201);
    expect([(await me(url, one!)).body.data.userId, (await me(url, two!)).body.data.userId]).toEqual(['ADA', 'ADA']);
    // What one of them had is not handed to the other: an administrator alone sees it.
    expect([await seen(one!), await seen(two!), await seen(key.body.data.key), await seen(root)]).toEqual([
      404, 404, 401, 200,
    ]);
  });
});

test('the data folder is readable by the server’s user only, also when it existed before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-modes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'objects'), { mode: 0o755 });
  for (const file of ['waybill.sqlite', 'objects.secret']) {
    writeFileSync(join(folder, file), file.startsWith('objects') ? 's'.repeat(64) : '', { mode: 0o644 });
  }
  const env = { WAYBILL_DATA: folder, ADMIN_USER: 'root', ADMIN_PASSWORD: passphrase };
  await startTestServer(env, 'production');
  const modes = readdirSync(folder).map((name) => {
    const stats = statSync(join(folder, name));
    return [name, (stats.mode & 0o777).toString(8), stats.isDirectory()] as const;
  });
  expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining(['waybill.sqlite', 'waybill.sqlite-wal']));
  for (const [name, mode, isFolder] of modes) expect([name, mode]).toEqual([name, isFolder ? '700' : '600']);
});
