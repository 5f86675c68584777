import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
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
  target = await openTarget();
});
afterAll(() => target?.close());

describe('setup', () => {
  test('is needed while there is no user', async () => {
    expect((await ask('GET', '/api/v1/setup')).body.data).toEqual({ needed: true });
  });

  test.each([
    [{ userId: 'root', password: 'short' }, 'password'],
    [{ userId: 'root@example.com', password: 'ROOT@example.com' }, 'password'],
    [{ userId: '../root', password: passphrase }, 'userId'],
    [{ userId: 'root' }, 'password'],
  ])('names what is wrong with %j', async (body, field) => {
    const answer = await ask('POST', '/api/v1/setup', body);
    expect([answer.status, Object.keys(answer.body.error.details.fields)]).toEqual([400, [field]]);
  });

  test('of 20 at once makes one administrator, and is a conflict for the others and from then on', async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `root-${at}`);
    const setUp = (userId: string) => ask('POST', '/api/v1/setup', { userId, password: passphrase });
    const answers = await Promise.all(ids.map(setUp));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body.error.code === 'conflict')).toHaveLength(19);
    const { userId, roles } = answers.find(({ status }) => status === 201)!.body.data;
    expect(roles).toEqual(['user', 'operator', 'admin']);
    expect((await ask('GET', '/api/v1/setup')).body.data).toEqual({ needed: false });
    expect((await setUp('late')).status).toBe(409);
    root = await tokenOf(userId);
    const { body } = await ask('GET', '/api/v1/users', undefined, root);
    expect(body.data).toMatchObject({ users: [{ userId }], nextAfter: null });
  });
});

describe('login', () => {
  test('gives a token that is taken by every route, and says until when', async () => {
    await create('mira', 'user');
    const { status, body } = await login('Mira');
    expect(status).toBe(200);
    expect(body.data.user).toEqual({ userId: 'mira', roles: ['user'] });
    expect(Date.parse(body.data.expiresAt) - Date.now()).toBeGreaterThan(11.9 * 3_600_000);
    expect((await me(body.data.token)).body.data).toEqual({ userId: 'mira', roles: ['user'], hasPassword: true });
    expect((await ask('GET', '/api/user/me', undefined, body.data.token)).body.data.userId).toBe('mira');
  });

  test('does not tell a wrong password from an unknown user', async () => {
    const [wrong, unknown] = [await login('mira', other), await login('nobody', other)];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body.error.code).toBe('unauthenticated');
  });

  test('is limited to 10 tries per user id, of those that come at once too, and says when to try again', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => login('victim', other)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const limited = await login('VICTIM', other);
    expect([limited.status, limited.body.error.code]).toEqual([429, 'rate_limit']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(14 * 60);
    expect((await login('mira')).status).toBe(200);
  });
});

describe('users', () => {
  test('are made, changed and deleted by administrators only', async () => {
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

  test('have new roles at once, also with the token that they have', async () => {
    await create('user-4', 'user');
    const token = await tokenOf('user-4');
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(403);
    await update('user-4', { roles: ['user', 'admin'] });
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(200);
    await update('user-4', { roles: ['user'] });
    expect((await ask('GET', '/api/v1/users', undefined, token)).status).toBe(403);
  });

  test('that are disabled or deleted are nobody from then on', async () => {
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

describe('the last administrator', () => {
  test('can be neither deleted, disabled nor demoted, and one of two stays when both are demoted at once', async () => {
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
