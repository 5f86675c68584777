import { request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFreshTarget, runtime, type Target } from '../target.ts';
import { request, type Answer } from '../user.ts';

let target: Target;
/** The token of the first user. */
let root: string;

const passphrase = 'seven green boats at noon';
const other = 'eight blue boats at noon';

const ask = (method: string, path: string, body?: unknown, token?: string): Promise<Answer> =>
  request(target.url + path, method, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
const login = (userId: string, password = passphrase): Promise<Answer> =>
  ask('POST', '/api/v1/auth/login', { userId, password });
const tokenOf = async (userId: string, password = passphrase): Promise<string> =>
  (await login(userId, password)).body.data.token;
const me = (token: string): Promise<Answer> => ask('GET', '/api/v1/auth/me', undefined, token);
const update = (userId: string, change: object): Promise<Answer> =>
  ask('PUT', `/api/v1/users/${userId}`, change, root);
const create = async (userId: string, ...roles: string[]): Promise<void> => {
  const { status } = await ask('POST', '/api/v1/users', { userId, password: passphrase, roles }, root);
  if (status !== 201) throw new Error(`user ${userId}: ${status}`);
};

// The tests follow each other: a server is set up once.
beforeAll(async () => {
  target = await openFreshTarget();
});
afterAll(() => target?.close());

describe('setup', () => {
  test('is needed while there is no administrator', async () => {
    expect((await ask('GET', '/api/v1/setup')).body.data).toEqual({ needed: true, tokenNeeded: false });
    const { body } = await ask('GET', '/api/health');
    expect(body.data).toMatchObject({ setup: { needed: true }, database: { initialized: true } });
  });

  test.each([
    [{ userId: 'root', password: 'short' }, 'password'],
    [{ userId: 'root@example.com', password: 'ROOT@example.com' }, 'password'],
    [{ email: 'root@example.com', password: 'root@EXAMPLE.com' }, 'password'],
    [{ userId: '../root', password: passphrase }, 'userId'],
    [{ email: 'root', password: passphrase }, 'email'],
    [{ password: passphrase }, 'userId'],
    [{ userId: 'root' }, 'password'],
  ])('names what is wrong with %j', async (body, field) => {
    const answer = await ask('POST', '/api/v1/setup', body);
    expect([answer.status, Object.keys(answer.body.error.details.fields)]).toEqual([400, [field]]);
  });

  const body = JSON.stringify({ userId: 'thief', password: passphrase });
  const json = { 'content-type': 'application/json' };
  test.each([
    ['a form', 415, { 'content-type': 'text/plain' }],
    ['a form of another sort', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a page of another origin', 403, { ...json, origin: 'https://shop.example' }],
    ['a page of another port', 403, { ...json, origin: 'http://127.0.0.1:1' }],
    ['a page that has no origin', 403, { ...json, origin: 'null' }],
    ['a page of another site', 403, { ...json, 'sec-fetch-site': 'cross-site' }],
    ['a page of another server of this site', 403, { ...json, 'sec-fetch-site': 'same-site' }],
    ['a proxy', 401, { ...json, 'x-forwarded-for': '203.0.113.5' }],
    ['a proxy that says no more than how it was asked', 401, { ...json, 'x-forwarded-proto': 'https' }],
    ['a tunnel', 401, { ...json, 'cf-connecting-ip': '203.0.113.5' }],
  ])('is refused to %s', async (what, status, headers) => {
    // On Cloudflare every request has that header.
    if (runtime === 'worker' && what === 'a tunnel') return;
    for (const path of ['/api/v1/setup', '/api/v1/auth/setup']) {
      expect((await request(target.url + path, 'POST', body, headers as Record<string, string>)).status).toBe(status);
    }
  });

  test('is nothing under another name of this machine, as somebody else may have given it', async () => {
    const { hostname, port } = new URL(target.url);
    const status = await new Promise((resolve) => {
      const headers = { ...json, host: `rebound.example:${port}`, origin: `http://rebound.example:${port}` };
      const sent = send({ hostname, port, path: '/api/v1/setup', method: 'POST', headers }, (answer) =>
        resolve(answer.resume().statusCode),
      );
      sent.end(body);
    });
    expect(status).toBe(403);
  });

  test('of 20 at once makes one administrator, who is logged in; it is a conflict for the others', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `root-${at}`);
    const setUp = (userId: string, at: number) => {
      const server = at % 2 === 0 ? target.url : target.workerUrl;
      const path = at % 3 === 0 ? '/api/v1/setup' : '/api/v1/auth/setup';
      const body = { userId, email: `${userId}@shop.example`, name: 'Rut', password: passphrase };
      return request(server + path, 'POST', body);
    };
    const answers = await Promise.all(ids.map(setUp));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.error.code === 'conflict')).toHaveLength(19);
    const { token, expiresAt, user } = answers.find(({ status }) => status === 201)!.body.data;
    const { userId } = user;
    expect(user).toEqual({
      userId, email: `${userId}@shop.example`, name: 'Rut', roles: ['user', 'operator', 'admin'],
    });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect((await ask('GET', '/api/v1/setup')).body.data).toEqual({ needed: false, tokenNeeded: false });
    expect((await ask('GET', '/api/health')).body.data.setup).toEqual({ needed: false });
    expect((await setUp('late', 0)).status).toBe(409);
    root = token;
    const { body } = await ask('GET', '/api/v1/users', undefined, root);
    expect(body.data).toMatchObject({ users: [{ userId }], nextAfter: null });
  });
});

describe('login', () => {
  test('gives a token for every route, with its expiry', async () => {
    await create('mira', 'user');
    const { status, body } = await login('Mira');
    expect(status).toBe(200);
    const user = { userId: 'mira', email: null, name: null, roles: ['user'] };
    expect(body.data.user).toEqual(user);
    expect(Date.parse(body.data.expiresAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    expect((await me(body.data.token)).body.data).toEqual({ ...user, hasPassword: true });
    expect((await ask('GET', '/api/user/me', undefined, body.data.token)).body.data.userId).toBe('mira');
  });

  test('does not tell a wrong password from an unknown user', async () => {
    const [wrong, unknown] = [await login('mira', other), await login('nobody', other)];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body.error.code).toBe('unauthenticated');
  });

  test('takes the user id or the email address, in any case', async () => {
    const made = { email: 'Eva@Shop.example', name: 'Eva', password: passphrase };
    expect((await ask('POST', '/api/v1/users', made, root)).body.data).toMatchObject({
      userId: 'eva@shop.example', email: 'Eva@Shop.example', name: 'Eva',
    });
    for (const named of [{ email: 'EVA@shop.EXAMPLE' }, { userId: 'Eva@SHOP.example' }]) {
      const { status, body } = await ask('POST', '/api/v1/auth/login', { ...named, password: passphrase });
      expect([status, body.data.user.userId]).toEqual([200, 'eva@shop.example']);
    }
    const again = { userId: 'eva', email: 'eva@shop.EXAMPLE', password: passphrase };
    expect((await ask('POST', '/api/v1/users', again, root)).status).toBe(409);
    expect((await ask('POST', '/api/v1/auth/login', { password: passphrase })).status).toBe(400);
    await create('noor', 'user');
    expect((await update('noor', { email: 'eva@shop.example' })).status).toBe(409);
    expect((await update('noor', { email: 'noor@shop.example' })).status).toBe(200);
    expect((await ask('POST', '/api/v1/auth/login', { email: 'Noor@shop.example', password: passphrase })).status).toBe(
      200,
    );
  });

  test('is refused to forms and foreign pages, and gives pages of allowed origins no cookie', async () => {
    const body = JSON.stringify({ userId: 'mira', password: passphrase });
    const from = (headers: Record<string, string>) =>
      request(`${target.url}/api/v1/auth/login`, 'POST', body, headers);
    expect((await from({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await from({ origin: 'https://other.example' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await from({ origin: target.url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    // One of ALLOWED_ORIGINS.
    const allowed = await from({ origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' });
    expect([allowed.status, allowed.headers.get('set-cookie')]).toEqual([200, null]);
  });

  test('sets a cookie for pages of this server, which no script reads and no other page sends', async () => {
    const { headers, body } = await login('mira');
    const cookie = headers.get('set-cookie')!;
    expect(cookie).toMatch(/^waybill_session=eyJ[\w.-]+; Expires=[^;]+ GMT; Path=\/; HttpOnly; SameSite=Strict$/);
    const [sent = ''] = cookie.split(';', 1);
    expect(sent).toBe(`waybill_session=${body.data.token}`);
    const withCookie = (headers: Record<string, string>) =>
      request(`${target.url}/api/v1/auth/me`, 'GET', undefined, { cookie: `a=b; ${sent}`, ...headers });
    expect((await withCookie({})).body.data.userId).toBe('mira');
    expect((await withCookie({ origin: target.url })).status).toBe(200);
    expect((await withCookie({ origin: 'http://127.0.0.1:1' })).status).toBe(401);
    expect((await withCookie({ 'sec-fetch-site': 'same-site' })).status).toBe(401);
    expect((await withCookie({ authorization: 'Bearer wb_wrong' })).status).toBe(401);
    expect((await withCookie({ cookie: 'waybill_session=wb_wrong' })).status).toBe(401);
  });

  test('is not locked by 10 wrong passwords from elsewhere, and does not count successes', async (ctx) => {
    ctx.skip(runtime === 'worker', 'for the local runtime one machine has one address');
    await create('ida', 'user');
    const from = (localAddress: string, password: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(target.url);
        const headers = { 'content-type': 'application/json' };
        const path = '/api/v1/auth/login';
        const sent = send({ hostname, port, path, method: 'POST', headers, localAddress }, (answer) =>
          resolve(answer.resume().statusCode),
        );
        sent.on('error', reject).end(JSON.stringify({ userId: 'ida', password }));
      });
    const wrong = Array.from({ length: 10 }, () => from('127.0.0.2', other));
    expect(new Set(await Promise.all(wrong))).toEqual(new Set([401]));
    expect(await from('127.0.0.2', passphrase)).toBe(429);
    for (let at = 0; at < 11; at++) expect(await from('127.0.0.3', passphrase)).toBe(200);
  });

  test('is limited to 10 attempts per user and address, at once too, with Retry-After', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => login('victim', other)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const limited = await login('VICTIM', other);
    expect([limited.status, limited.body.error.code]).toEqual([429, 'rate_limit']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(14 * 60);
    expect((await login('mira')).status).toBe(200);
  });
});

describe('logout', () => {
  const elsewhere = (token: string): Promise<Answer> =>
    request(`${target.workerUrl}/api/v1/auth/me`, 'GET', undefined, { authorization: `Bearer ${token}` });
  const post = (path: string, token: string): Promise<Answer> => ask('POST', `/api/v1/auth/${path}`, {}, token);

  test('ends the token at every server, and no other one of the user', async () => {
    const [mine, other] = [await tokenOf('mira'), await tokenOf('mira')];
    expect([(await me(mine)).status, (await elsewhere(mine)).status]).toEqual([200, 200]);
    const answer = await post('logout', mine);
    expect([answer.status, answer.body.data]).toEqual([200, { loggedOut: true }]);
    expect(answer.headers.get('set-cookie')).toBe('waybill_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
    expect([(await elsewhere(mine)).status, (await me(mine)).status, (await post('logout', mine)).status]).toEqual([
      401, 401, 401,
    ]);
    expect((await elsewhere(other)).status).toBe(200);
  });

  test('ends the tokens that it was refreshed to', async () => {
    const mine = await tokenOf('mira');
    const { status, body } = await post('refresh', mine);
    expect([status, body.data.user.userId]).toEqual([200, 'mira']);
    const next = body.data.token;
    expect([(await me(mine)).status, (await elsewhere(next)).status]).toEqual([200, 200]);
    await post('logout', next);
    expect([(await elsewhere(mine)).status, (await me(next)).status, (await post('refresh', next)).status]).toEqual([
      401, 401, 401,
    ]);
  });

  test('everywhere ends every login of the user, at every server, and keeps the API keys', async () => {
    const [mine, other] = [await tokenOf('mira'), await tokenOf('mira')];
    const { key, tokenId } = (await ask('POST', '/api/tokens', { name: 'shop' }, other)).body.data;
    const answer = await post('logout-everywhere', mine);
    expect([answer.status, answer.body.data]).toEqual([200, { loggedOut: true }]);
    expect(answer.headers.get('set-cookie')).toBe('waybill_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
    expect([(await me(mine)).status, (await elsewhere(other)).status, (await post('refresh', other)).status]).toEqual([
      401, 401, 401,
    ]);
    expect((await elsewhere(key)).status).toBe(200);
    expect((await me(root)).status).toBe(200);
    const next = await tokenOf('mira');
    expect((await elsewhere(next)).status).toBe(200);
    await ask('DELETE', `/api/tokens/${tokenId}`, undefined, next);
  });

  test('everywhere is refused for an API key', async () => {
    const made = await ask('POST', '/api/tokens', { name: 'importer' }, await tokenOf('mira'));
    const { key } = made.body.data;
    expect((await post('logout-everywhere', key)).status).toBe(409);
    expect((await me(key)).status).toBe(200);
  });

  test('is refused for an API key', async () => {
    const made = await ask('POST', '/api/tokens', { name: 'importer' }, await tokenOf('mira'));
    const { key } = made.body.data;
    expect([(await post('logout', key)).status, (await post('refresh', key)).status]).toEqual([409, 409]);
    expect((await me(key)).status).toBe(200);
  });
});

describe('users', () => {
  test('are created, changed and deleted by administrators only', async () => {
    await create('user-1', 'user', 'operator');
    const token = await tokenOf('user-1');
    const calls = [
      ['GET', '/api/v1/users', undefined],
      ['POST', '/api/v1/users', { userId: 'user-2', password: passphrase }],
      ['PUT', '/api/v1/users/user-1', { roles: ['admin'] }],
      ['DELETE', '/api/v1/users/mira', undefined],
    ] as const;
    for (const [method, path, body] of calls) {
      expect([method, (await ask(method, path, body, token)).status]).toEqual([method, 403]);
      expect([method, (await ask(method, path, body)).status]).toEqual([method, 401]);
    }
  });

  test('are unique whatever the case of their ids', async () => {
    await create('user-3', 'user');
    const again = await ask('POST', '/api/v1/users', { userId: 'USER-3', password: passphrase }, root);
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict']);
  });

  test('have new roles at once, also with an older token', async () => {
    await create('user-4', 'user');
    const token = await tokenOf('user-4');
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(403);
    await update('user-4', { roles: ['user', 'admin'] });
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(200);
    await update('user-4', { roles: ['user'] });
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(403);
  });

  test('that are disabled or deleted are refused from then on', async () => {
    await create('user-5', 'user');
    const token = await tokenOf('user-5');
    expect((await update('user-5', { disabled: true })).status).toBe(200);
    expect([(await me(token)).status, (await login('user-5')).status]).toEqual([401, 401]);
    await update('user-5', { disabled: false });
    const again = await tokenOf('user-5');
    expect([(await me(token)).status, (await me(again)).status]).toEqual([401, 200]);
    expect((await ask('DELETE', '/api/v1/users/user-5', undefined, root)).status).toBe(200);
    expect([(await me(again)).status, (await login('user-5')).status]).toEqual([401, 401]);
    expect((await ask('DELETE', '/api/v1/users/user-5', undefined, root)).status).toBe(404);
  });

  test('change their password, which ends the tokens that they had', async () => {
    await create('user-6', 'user');
    const before = await tokenOf('user-6');
    const wrong = await ask('POST', '/api/v1/auth/password', { current: other, next: 'nine red boats' }, before);
    expect([wrong.status, Object.keys(wrong.body.error.details.fields)]).toEqual([400, ['current']]);
    const changed = await ask('POST', '/api/v1/auth/password', { current: passphrase, next: other }, before);
    expect(changed.status).toBe(200);
    expect([(await me(before)).status, (await me(changed.body.data.token)).status]).toEqual([401, 200]);
    expect([(await login('user-6')).status, (await login('user-6', other)).status]).toEqual([401, 200]);
  });

  test('are listed page by page', async () => {
    const all = (await ask('GET', '/api/v1/users', undefined, root)).body.data.users;
    const seen: unknown[] = [];
    for (let after = ''; ; ) {
      const { body } = await ask('GET', `/api/v1/users?limit=2${after}`, undefined, root);
      seen.push(...body.data.users);
      if (body.data.nextAfter === null) break;
      after = `&after=${encodeURIComponent(body.data.nextAfter)}`;
    }
    expect(seen).toEqual(all);
  });
});

describe('schedules', () => {
  const every = (type: string) => ({ name: 'tick', cron: '* * * * * *', type });
  const at = (token: string, method: string, path = '', body?: unknown): Promise<Answer> =>
    ask(method, `/api/v1/schedules${path}`, body, token);
  /** Waits until the schedule has ticked again. */
  const ticked = async (scheduleId: string): Promise<any> => {
    const show = async () => (await at(root, 'GET', `/${scheduleId}`)).body.data;
    for (let before = await show(), now = before; ; now = await show()) {
      if (now.nextAt !== before.nextAt) return now;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  test('of a disabled user are paused and say so, and are resumed when it is enabled again', async () => {
    await create('otto', 'user', 'operator');
    const { scheduleId } = (await at(await tokenOf('otto'), 'POST', '', every('tick-otto'))).body.data;
    while ((await ticked(scheduleId)).lastAt === null);
    await update('otto', { disabled: true });
    // One that was under way may still be made.
    const before = await ticked(scheduleId);
    const still = await ticked(scheduleId);
    expect(still).toMatchObject({ ownerDisabled: true, enabled: true, nextTicks: [], lastAt: before.lastAt });
    expect((await at(root, 'POST', `/${scheduleId}/trigger`)).status).toBe(409);
    const { schedules } = (await at(root, 'GET', '?owner=otto')).body.data;
    expect(schedules).toMatchObject([{ scheduleId, ownerDisabled: true }]);
    await update('otto', { disabled: false });
    await ticked(scheduleId);
    const again = await ticked(scheduleId);
    expect(again.ownerDisabled).toBe(false);
    expect(Date.parse(again.lastAt)).toBeGreaterThan(Date.parse(still.lastAt));
  });

  test('of a deleted user are disabled', async () => {
    await create('olga', 'user', 'operator');
    const made = await at(await tokenOf('olga'), 'POST', '', every('tick-olga'));
    const { scheduleId } = made.body.data;
    const { body } = await ask('DELETE', '/api/v1/users/olga', undefined, root);
    expect(body.data).toEqual({ userId: 'olga', deleted: true, schedulesSwitchedOff: 1 });
    expect((await at(root, 'GET', `/${scheduleId}`)).body.data).toMatchObject({ enabled: false, nextAt: null });
  });
});

describe('the last administrator', () => {
  test('can be neither deleted, disabled nor demoted, also when two are demoted at once', async () => {
    const { userId } = (await me(root)).body.data;
    const refused = [
      await ask('DELETE', `/api/v1/users/${userId}`, undefined, root),
      await update(userId, { disabled: true }),
      await update(userId, { roles: ['user'] }),
    ];
    expect(refused.map(({ status, body }) => [status, body.error.code])).toEqual(refused.map(() => [409, 'conflict']));
    await create('second', 'admin');
    // As the administrator of development mode, who is not stored.
    const both = (...roles: string[]): Promise<Answer[]> =>
      Promise.all([userId, 'second'].map((id) => ask('PUT', `/api/v1/users/${id}`, { roles }, 'admin')));
    for (let round = 0; round < 3; round++) {
      expect((await both('user')).map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await both('admin')).map(({ status }) => status)).toEqual([200, 200]);
    }
  });
});
