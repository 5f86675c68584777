import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTokens } from '../../src/application/tokens/tokens.ts';
import type { Users } from '../../src/application/users/users.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createPeople, passphrase } from './people.ts';
import { accepted, admin, as, outcome } from './platform.ts';

let people: ReturnType<typeof createPeople>;

beforeEach(() => {
  people = createPeople();
});
afterEach(() => people.remove());

async function create(userId: string, ...roles: ('user' | 'operator' | 'admin')[]) {
  return accepted(people.users.create(admin, { userId, password: passphrase, roles }));
}

test('users can be seen and changed by administrators only', async () => {
  const { users } = people;
  await create('mira', 'user');
  const mira = as('mira', 'user', 'operator');
  const asked = await Promise.all([
    users.list(mira, { after: null, limit: 10 }),
    users.create(mira, { userId: 'noor', password: passphrase, roles: ['user'] }),
    users.update(mira, 'mira', { roles: ['admin'] }),
    users.delete(mira, 'mira'),
  ]);
  expect(asked.map(outcome)).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
});

test('a user id is taken whatever the case of its letters', async () => {
  await create('mira', 'user');
  const again = await people.users.create(admin, { userId: 'MIRA', password: passphrase, roles: ['user'] });
  expect(outcome(again)).toBe('conflict');
});

test('a user id that could lead out of its folder is refused', async () => {
  const made = await people.users.create(admin, { userId: '../mira', password: passphrase, roles: ['user'] });
  expect(outcome(made)).toBe('invalid_request');
});

test('users are listed by their ids, page by page, without their hashes', async () => {
  const { users } = people;
  for (const userId of ['noor', 'Ada', 'mira']) await create(userId, 'user');
  const first = await accepted(users.list(admin, { after: null, limit: 2 }));
  expect(first.map(({ userId }) => userId)).toEqual(['Ada', 'mira']);
  expect(Object.keys(first[0]!).sort()).toEqual([
    'createdAt', 'disabled', 'email', 'name', 'roles', 'updatedAt', 'userId',
  ]);
  const second = await accepted(users.list(admin, { after: 'mira', limit: 2 }));
  expect(second.map(({ userId }) => userId)).toEqual(['noor']);
});

test('an update of a user keeps the fields that it leaves out', async () => {
  const { users, clock } = people;
  const before = await create('mira', 'user', 'operator');
  clock.advance(5);
  const after = await accepted(users.update(admin, 'mira', { disabled: true }));
  expect(after).toEqual({ ...before, disabled: true, updatedAt: before.updatedAt + 5 });
  expect(outcome(await users.update(admin, 'nobody', { disabled: true }))).toBe('not_found');
});

test('deleting a user revokes its API keys, and no others', async () => {
  const { users, store, clock } = people;
  const tokens = createTokens({ store, clock, ids: createFakeIds(clock, 1) });
  for (const userId of ['mira', 'noor']) await create(userId, 'user');
  const key = (userId: string) => accepted(tokens.create(as(userId), { name: 'importer', expiresInDays: null }));
  const [hers, theirs] = [await key('mira'), await key('noor')];
  await accepted(users.delete(admin, 'mira'));
  expect([await tokens.authenticate(hers.key), await tokens.authenticate(theirs.key)]).toEqual([
    null, expect.objectContaining({ caller: { userId: 'noor', roles: ['user'] } }),
  ]);
  expect(outcome(await users.delete(admin, 'mira'))).toBe('not_found');
});

type Change = readonly [name: string, change: (users: Users, userId: string) => ReturnType<Users['update' | 'delete']>];
const endings: readonly Change[] = [
  ['deleted', (users, userId) => users.delete(admin, userId)],
  ['disabled', (users, userId) => users.update(admin, userId, { disabled: true })],
  ['demoted', (users, userId) => users.update(admin, userId, { roles: ['user', 'operator'] })],
];

describe('the last enabled administrator', () => {
  test.each(endings)('cannot be %s', async (_, end) => {
    const { users } = people;
    await create('mira', 'user');
    await create('former', 'admin');
    await create('root', 'admin');
    await accepted(users.update(admin, 'former', { disabled: true }));
    expect(outcome(await end(users, 'root'))).toBe('conflict');
    expect(await people.login('root', passphrase)).toBe('ok');
    expect(outcome(await end(users, 'mira'))).toBe('ok');
  });

  test.each(endings)('can be %s once there is another', async (_, end) => {
    const { users } = people;
    await create('root', 'admin');
    await create('second', 'user', 'admin');
    expect(outcome(await end(users, 'root'))).toBe('ok');
    expect(outcome(await end(users, 'second'))).toBe('conflict');
  });

  test.each(endings)('stays when two servers want both of two %s at once', async (_, end) => {
    const elsewhere = people.another();
    for (let round = 0; round < 5; round++) {
      const [a, b] = [`a-${round}`, `b-${round}`];
      for (const userId of [a, b]) await create(userId, 'admin');
      const results = await Promise.all([end(people.users, a), end(elsewhere, b)]);
      expect(results.map(outcome).sort()).toEqual(['conflict', 'ok']);
      for (const { id } of await people.store.users.list(null, 10)) await people.store.users.delete(id);
    }
  });

  test('can change everything else about itself', async () => {
    await create('root', 'admin');
    const change = { roles: ['user', 'admin'] as const, password: 'eight blue boats at noon', disabled: false };
    expect(outcome(await people.users.update(admin, 'root', change))).toBe('ok');
  });
});
