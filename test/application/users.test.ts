import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Credentials } from '../../src/application/caller.ts';
import { HasherBusy } from '../../src/ports/password-hasher.ts';
import { createPeople, passphrase } from './people.ts';
import { accepted, admin, as, outcome } from './platform.ts';

let people: ReturnType<typeof createPeople>;

beforeEach(() => {
  people = createPeople();
});
afterEach(() => people.remove());

const root = { userId: 'root', password: passphrase };
const other = 'eight blue boats at noon';

async function create(userId: string, ...roles: ('user' | 'operator' | 'admin')[]) {
  return accepted(people.users.create(admin, { userId, password: passphrase, roles }));
}

describe('setup', () => {
  test('creates the first user, with every role, who can log in', async () => {
    const { users } = people;
    expect(await users.needsSetup()).toBe(true);
    const made = await accepted(users.setup(root));
    expect(made).toMatchObject({ userId: 'root', roles: ['user', 'operator', 'admin'] });
    expect(await users.needsSetup()).toBe(false);
    expect(await people.login('root', passphrase)).toBe('ok');
  });

  test('is refused once there is an administrator, before anything is hashed', async () => {
    const { users, hasher } = people;
    await create('mira', 'admin');
    hasher.asked.length = 0;
    expect(outcome(await users.setup(root))).toBe('conflict');
    expect(hasher.asked).toEqual([]);
  });

  test('by 20 clients at once at two servers creates one user', async () => {
    const servers = [people.users, people.another()];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, at) => servers[at % 2]!.setup({ userId: `root-${at}`, password: passphrase })),
    );
    expect(results.map(outcome).sort()).toEqual([...Array.from({ length: 19 }, () => 'conflict'), 'ok']);
    expect(await people.store.users.list(null, 10)).toHaveLength(1);
  });
});

describe('a password', () => {
  test.each([
    ['short', '123456789'],
    ['long', 'x'.repeat(201)],
    ['the user id', 'Mira.Lindqvist'],
  ])('is refused when it is %s', async (_, password) => {
    const { users } = people;
    const made = await users.create(admin, { userId: 'mira.lindqvist', password, roles: ['user'] });
    expect(made).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_request', details: { fields: { password: expect.any(String) } } },
    });
  });

  test.each(['x'.repeat(10), 'x'.repeat(200)])('of 10 to 200 characters is accepted', async (password) => {
    await accepted(people.users.create(admin, { userId: 'mira', password, roles: ['user'] }));
    expect(await people.login('mira', password)).toBe('ok');
  });

  test('is the same in every Unicode normalization', async () => {
    await accepted(people.users.create(admin, { userId: 'mira', password: 'Z\u00fcrich am See', roles: ['user'] }));
    expect(await people.login('mira', 'Zu\u0308rich am See')).toBe('ok');
  });

  test('is never stored in plain text', async () => {
    await create('mira', 'user');
    expect(JSON.stringify(await people.store.users.find('mira'))).not.toContain(passphrase);
  });
});

describe('login', () => {
  test('takes the user id in any case, and answers it as it was created', async () => {
    await create('Mira', 'user', 'operator');
    const login = await accepted(people.users.login({ userId: 'mIRA', password: passphrase, address: null }));
    expect(login).toMatchObject({ userId: 'Mira', roles: ['user', 'operator'] });
  });

  test('answers alike and hashes as much for a wrong password, an unknown user and a disabled one', async () => {
    const { users, hasher } = people;
    await create('mira', 'user');
    await create('noor', 'user');
    await accepted(users.update(admin, 'noor', { disabled: true }));
    const seen = [];
    for (const [userId, password] of [['mira', other], ['nobody', other], ['noor', passphrase]] as const) {
      hasher.asked.length = 0;
      const result = await users.login({ userId, password, address: '192.0.2.7' });
      seen.push({ result, work: [...hasher.asked] });
    }
    expect(seen[0]).toMatchObject({ result: { refusal: { code: 'unauthenticated' } }, work: ['verify'] });
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  test('is answered as unavailable while too many passwords wait to be hashed', async () => {
    const { hasher } = people;
    const verify = async () => Promise.reject(new HasherBusy('busy'));
    const users = people.another({ hasher: { ...hasher, verify } });
    expect(outcome(await users.login({ userId: 'mira', password: passphrase, address: null }))).toBe('unavailable');
  });
});

describe('a login', () => {
  test('has the user’s current roles, at every server', async () => {
    const { users, session } = people;
    const elsewhere = people.another();
    const mine = await create('mira', 'user').then(() => login('mira'));
    expect(await session(mine, elsewhere)).toEqual({ userId: 'mira', roles: ['user'] });
    await accepted(users.update(admin, 'mira', { roles: ['user', 'operator'] }));
    const now = { userId: 'mira', roles: ['user', 'operator'] };
    expect([await session(mine), await session(mine, elsewhere)]).toEqual([now, now]);
  });

  test.each([
    ['disabled', () => people.users.update(admin, 'mira', { disabled: true })],
    ['given another password', () => people.users.update(admin, 'mira', { password: other })],
    ['deleted', () => people.users.delete(admin, 'mira')],
  ])('ends when the user is %s, at every server', async (_, end) => {
    const { users, session } = people;
    const servers = [users, people.another()];
    const mine = await create('mira', 'user').then(() => login('mira'));
    for (const each of servers) expect(await session(mine, each)).not.toBeNull();
    await accepted<unknown>(end());
    for (const each of servers) expect(await session(mine, each)).toBeNull();
  });

  test('does not come back when the user is enabled again', async () => {
    const { users, session } = people;
    const before = await create('mira', 'user').then(() => login('mira'));
    await accepted(users.update(admin, 'mira', { disabled: true }));
    await accepted(users.update(admin, 'mira', { disabled: false }));
    expect(await session(before)).toBeNull();
    expect(await session(await login('mira'))).not.toBeNull();
  });

  test('with the old password that was under way during a change of the password gives no valid token', async () => {
    const { users, hasher, session } = people;
    await create('mira', 'user');
    const change = (): Promise<unknown> => users.update(admin, 'mira', { password: other });
    const slow = { ...hasher, verify: async (...args: [string, string]) => (await change(), hasher.verify(...args)) };
    const late = people.another({ hasher: slow });
    const mine = await accepted(late.login({ userId: 'mira', password: passphrase, address: null }));
    expect(await session(mine)).toBeNull();
  });

  test('can be refreshed for 30 days, with the token of a login only', async () => {
    const { users, clock } = people;
    const mine = await create('mira', 'user').then(() => login('mira'));
    const refresh = (credentials: Credentials) => users.refresh({ ...as('mira'), credentials });
    const credentials = { type: 'login', ...mine, expiresAt: Infinity } as const;
    clock.advance(30 * 86_400_000 - 1);
    expect(await accepted(refresh(credentials))).toEqual(mine);
    clock.advance(1);
    expect(outcome(await refresh(credentials))).toBe('unauthenticated');
    expect(outcome(await refresh({ type: 'developer' }))).toBe('conflict');
    expect(outcome(await refresh({ type: 'jwt', sessionId: 's', expiresAt: 0 }))).toBe('conflict');
  });

  async function login(userId: string) {
    return accepted(people.users.login({ userId, password: passphrase, address: null }));
  }
});

describe('changing one’s password', () => {
  test('ends every earlier login, and gives a new one', async () => {
    const { users, session } = people;
    await create('mira', 'user');
    const before = await accepted(users.login({ userId: 'mira', password: passphrase, address: null }));
    const after = await accepted(users.changePassword(as('mira'), { current: passphrase, next: other }));
    expect(await session(before)).toBeNull();
    expect(await session(after)).toEqual({ userId: 'mira', roles: ['user'] });
    expect([await people.login('mira', passphrase), await people.login('mira', other)]).toEqual([
      'unauthenticated', 'ok',
    ]);
  });

  test.each([
    ['the wrong current one', { current: other, next: 'nine red boats at noon' }, { current: 'is not your password' }],
    ['a short one', { current: passphrase, next: 'short' }, { next: 'must have 10 to 200 characters' }],
    ['the same', { current: passphrase, next: passphrase }, { next: 'must differ from the current one' }],
  ])('is refused with %s', async (_, input, fields) => {
    await create('mira', 'user');
    expect(await people.users.changePassword(as('mira'), input)).toMatchObject({
      ok: false, refusal: { code: 'invalid_request', details: { fields } },
    });
    expect(await people.login('mira', passphrase)).toBe('ok');
  });

  test('is nothing for who has none here; ids are the same whatever their case', async () => {
    await create('Mira', 'user');
    const input = { current: passphrase, next: other };
    expect(outcome(await people.users.changePassword(as('noor'), input))).toBe('not_found');
    expect(await accepted(people.users.me(as('noor')))).toMatchObject({ userId: 'noor', hasPassword: false });
    expect(await accepted(people.users.me(as('mira')))).toMatchObject({ userId: 'Mira', hasPassword: true });
  });
});
