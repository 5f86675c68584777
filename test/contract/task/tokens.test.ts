import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFreshTarget, type Target } from '../target.ts';
import { request, type Answer } from '../user.ts';

let target: Target;
let root: string;

const passphrase = 'seven green boats at noon';
const other = 'eight blue boats at noon';
const day = 86_400_000;

const ask = (method: string, path: string, body?: unknown, token?: string): Promise<Answer> =>
  request(target.url + path, method, body, token === undefined ? {} : { authorization: `Bearer ${token}` });
/** Of the other server, where there are two. */
const elsewhere = (token: string): Promise<Answer> =>
  request(`${target.workerUrl}/api/v1/auth/me`, 'GET', undefined, { authorization: `Bearer ${token}` });
const login = async (userId: string, password = passphrase): Promise<string> =>
  (await ask('POST', '/api/v1/auth/login', { userId, password })).body.data.token;
const update = (userId: string, change: object): Promise<Answer> =>
  ask('PUT', `/api/v1/users/${userId}`, change, root);
const make = async (token: string, more: object = {}): Promise<any> => {
  const { status, body } = await ask('POST', '/api/tokens', { name: 'key', ...more }, token);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.data;
};

/** A new user, logged in. */
async function someone(userId: string, ...roles: string[]): Promise<string> {
  const { status } = await ask('POST', '/api/v1/users', { userId, password: passphrase, roles }, root);
  if (status !== 201) throw new Error(`user ${userId}: ${status}`);
  return login(userId);
}

beforeAll(async () => {
  target = await openFreshTarget();
  root = (await ask('POST', '/api/v1/setup', { userId: 'root', password: passphrase })).body.data.token;
});
afterAll(() => target?.close());

describe('an API key', () => {
  test('has no role that its user has lost, at any server', async () => {
    const { key } = await make(await someone('ada', 'user', 'operator'));
    expect((await elsewhere(key)).body.data.roles).toEqual(['user', 'operator']);
    await update('ada', { roles: ['user'] });
    expect((await elsewhere(key)).body.data.roles).toEqual(['user']);
    expect((await ask('GET', '/api/v1/schedules', undefined, key)).status).toBe(403);
    await update('ada', { roles: ['user', 'operator', 'admin'] });
    expect((await elsewhere(key)).body.data.roles).toEqual(['user', 'operator']);
  });

  test('of a demoted administrator has no administrator’s rights', async () => {
    const { key } = await make(await someone('boss', 'user', 'admin'));
    expect((await ask('GET', '/api/v1/users', undefined, key)).status).toBe(200);
    await update('boss', { roles: ['user'] });
    expect((await ask('GET', '/api/v1/users', undefined, key)).status).toBe(403);
  });

  test('does not survive a password reset, nor a change of one’s own unless it is kept', async () => {
    const bob = await someone('bob', 'user');
    const first = await make(bob);
    await update('bob', { password: other });
    expect((await elsewhere(first.key)).status).toBe(401);
    const again = await login('bob', other);
    const [kept] = [await make(again)];
    const change = (token: string, current: string, next: string, more = {}) =>
      ask('POST', '/api/v1/auth/password', { current, next, ...more }, token);
    const keeping = await change(again, other, passphrase, { keepTokens: true });
    expect((await elsewhere(kept.key)).status).toBe(200);
    await change(keeping.body.data.token, passphrase, other);
    expect((await elsewhere(kept.key)).status).toBe(401);
  });

  test('is refused while its user is disabled, and for ever once its user is deleted', async () => {
    const { key } = await make(await someone('cleo', 'user'));
    await update('cleo', { disabled: true });
    expect((await elsewhere(key)).status).toBe(401);
    await update('cleo', { disabled: false });
    expect((await elsewhere(key)).status).toBe(200);
    await ask('DELETE', '/api/v1/users/cleo', undefined, root);
    await someone('cleo', 'user');
    expect((await elsewhere(key)).status).toBe(401);
  });

  test('is not inherited by a later user with the same id, whatever the case', async () => {
    const made = [await make(root, { userId: 'dora' }), await make(root, { userId: 'Dora' })];
    for (const { key } of made) expect((await elsewhere(key)).status).toBe(200);
    await someone('dora', 'user');
    for (const { key } of made) expect((await elsewhere(key)).status).toBe(401);
    expect((await make(root, { userId: 'DORA' })).userId).toBe('dora');
  });
});

describe('an API key that was created with another key', () => {
  test('ends with that key, whatever expiry was asked for', async () => {
    const parent = await make(await someone('eve', 'user'), { expiresInDays: 1 });
    for (const wanted of [null, 365]) {
      expect((await make(parent.key, { expiresInDays: wanted })).expiresAt).toBe(parent.expiresAt);
    }
    const endless = await make(await login('eve'), { expiresInDays: null });
    const { expiresAt } = await make(endless.key, { expiresInDays: 2 });
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(2 * day + 60_000);
  });

  test('is revoked with that key, and so are the keys created with it', async () => {
    const session = await someone('fay', 'user');
    const parent = await make(session);
    const child = await make(parent.key);
    const grandchild = await make(child.key);
    const sibling = await make(session);
    expect((await ask('DELETE', `/api/tokens/${parent.tokenId}`, undefined, session)).status).toBe(200);
    for (const { key } of [parent, child, grandchild]) expect((await elsewhere(key)).status).toBe(401);
    expect((await elsewhere(sibling.key)).status).toBe(200);
  });
});

describe('the API keys of a user', () => {
  test('are at most 100 live ones, also when many are created at once', async () => {
    const session = await someone('gil', 'user');
    const makeAtOnce = (count: number) => Promise.all(
      Array.from({ length: count }, () => ask('POST', '/api/tokens', { name: 'key' }, session)),
    );
    // Fewer than a server takes of one user while it is busy.
    const answers = [...(await makeAtOnce(60)), ...(await makeAtOnce(43))];
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(100);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status, body }) => [status, body.error.code])).toEqual(refused.map(() => [409, 'conflict']));
    await ask('DELETE', `/api/tokens/${made[0]?.body.data.tokenId}`, undefined, session);
    expect((await ask('POST', '/api/tokens', { name: 'key' }, session)).status).toBe(201);
  });

  test('are listed page by page, live ones first', async () => {
    const session = await someone('hal', 'user');
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) ids.push((await make(session, { name: `key-${at}` })).tokenId);
    for (const at of [1, 4]) await ask('DELETE', `/api/tokens/${ids[at]}`, undefined, session);
    const seen: string[] = [];
    for (let query = '?limit=2'; ; ) {
      const { tokens, nextCursor } = (await ask('GET', `/api/tokens${query}`, undefined, session)).body.data;
      seen.push(...tokens.map(({ tokenId }: { tokenId: string }) => tokenId));
      if (nextCursor === null) break;
      query = `?limit=2&cursor=${nextCursor}`;
    }
    expect(seen).toEqual([3, 2, 0, 4, 1].map((at) => ids[at]));
    const others = await ask('GET', '/api/tokens?userId=hal', undefined, root);
    expect(others.body.data.tokens).toHaveLength(5);
    expect((await ask('GET', '/api/tokens?userId=root', undefined, session)).status).toBe(403);
    expect((await ask('GET', '/api/tokens?cursor=nonsense', undefined, session)).status).toBe(400);
  });

  test('can be revoked all at once by their user or by an administrator', async () => {
    const session = await someone('ina', 'user');
    const keys = [await make(session), await make(session)];
    expect((await ask('DELETE', '/api/tokens?userId=root', undefined, session)).status).toBe(403);
    expect((await ask('DELETE', '/api/tokens', undefined, keys[0].key)).body.data).toEqual({ revoked: 2 });
    for (const { key } of keys) expect((await elsewhere(key)).status).toBe(401);
    const { key } = await make(session);
    expect((await ask('DELETE', '/api/tokens?userId=ina', undefined, root)).body.data).toEqual({ revoked: 1 });
    expect((await elsewhere(key)).status).toBe(401);
  });
});
