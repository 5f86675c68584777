import { expect, it } from 'vitest';
import type { Store } from '../../ports/store/store.ts';
import type { StoredUser } from '../../ports/store/user-store.ts';
import { t0, type Context } from './context.ts';

function user(id: string, changes: Partial<StoredUser> = {}): StoredUser {
  return {
    id, email: null, name: null, passwordHash: `hash of ${id}`, roles: ['user', 'operator'],
    disabled: false, createdAt: t0, updatedAt: t0,
    tokensFrom: 0, ...changes,
  };
}

const insert = (store: Store, one: StoredUser, firstAdmin = false): Promise<boolean> =>
  store.users.insert(one, { firstAdmin });

export function userTests(context: Context): void {
  it('are found by their id, whatever its case, unchanged', async () => {
    const { store } = context;
    const ada = user('Ada@Example.org', { roles: [], disabled: true, updatedAt: t0 + 1, tokensFrom: t0 + 2 });
    expect(await insert(store, ada)).toBe(true);
    expect(await store.users.find('Ada@Example.org')).toEqual(ada);
    expect(await store.users.find('aDA@eXAMPLE.ORG')).toEqual(ada);
    expect(await store.users.find('ada')).toBeNull();
  });

  it('are not inserted when their id is taken, in whatever case', async () => {
    const { store } = context;
    const ada = user('ada');
    await insert(store, ada);
    expect(await insert(store, user('ADA', { passwordHash: "a thief's" }))).toBe(false);
    expect(await store.users.list(null, 10)).toEqual([ada]);
  });

  it('say whether there is an administrator, disabled or not', async () => {
    const { store } = context;
    await insert(store, user('bob'));
    expect(await store.users.anyAdmin()).toBe(false);
    await insert(store, user('ada', { roles: ['admin'], disabled: true }));
    expect(await store.users.anyAdmin()).toBe(true);
    await store.users.delete('ada');
    expect(await store.users.anyAdmin()).toBe(false);
  });

  it('are not inserted as the first administrator when there is one', async () => {
    const { store } = context;
    const [ada, bob] = [user('ada', { roles: ['admin'] }), user('bob', { roles: ['admin'] })];
    await insert(store, user('eve'));
    expect(await insert(store, user('EVE', { roles: ['admin'] }), true)).toBe(false);
    expect(await insert(store, ada, true)).toBe(true);
    expect(await insert(store, bob, true)).toBe(false);
    expect(await insert(store, ada, true)).toBe(false);
    expect(await store.users.list(null, 10)).toEqual([ada, user('eve')]);
  });

  it('have one first administrator, however many try at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const ids = Array.from({ length: 12 }, (_, i) => `user-${i}`);
    const admin = { roles: ['user', 'admin'] };
    // Again and again: who comes early in a round must not be alone only because the others still connect.
    for (let round = 1; round <= 20; round++) {
      const told = await Promise.all(ids.map((id, i) => insert(i % 2 === 0 ? store : other, user(id, admin), true)));
      const winners = ids.filter((_, i) => told[i]);
      expect(winners).toHaveLength(1);
      expect((await store.users.list(null, 20)).map(({ id }) => id)).toEqual(winners);
      await store.users.delete(winners[0] as string);
    }
  });

  it('are found by their email address, which belongs to one user whatever its case', async () => {
    const { store } = context;
    const ada = user('ada', { email: 'Ada@Example.org', name: 'Ada L.' });
    await insert(store, ada);
    expect(await store.users.findByEmail('aDA@example.ORG')).toEqual(ada);
    expect(await store.users.findByEmail('ada')).toBeNull();
    expect(await insert(store, user('bob', { email: 'ADA@example.org' }))).toBe(false);
    await insert(store, user('bob'));
    const changed = { updatedAt: t0 + 1 };
    expect(await store.users.update('bob', { ...changed, email: 'ada@EXAMPLE.org', name: 'B.' })).toBe(false);
    expect(await store.users.find('bob')).toEqual(user('bob'));
    expect(await store.users.update('ada', { ...changed, email: 'ADA@example.org' })).toBe(true);
    expect(await store.users.update('ada', { ...changed, email: null, name: null }, { keepAdmin: true })).toBe(true);
    expect(await store.users.find('ada')).toEqual({ ...ada, email: null, name: null, ...changed });
    expect(await store.users.update('bob', { ...changed, email: 'ada@example.org' }, { keepAdmin: true })).toBe(true);
  });

  it('want one email address at once, by change or creation, and one of them gets it', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const ids = Array.from({ length: 8 }, (_, i) => `user-${i}`);
    for (const id of ids) await insert(store, user(id));
    for (let round = 0; round < 10; round++) {
      const email = `Round-${round}@example.org`;
      const told = await Promise.all([
        ...ids.map((id, i) => {
          const options = i % 3 === 0 ? { keepAdmin: true } : undefined;
          return (i % 2 === 0 ? store : other).users.update(id, { email, updatedAt: t0 + round }, options);
        }),
        insert(store, user(`new-${round}`, { email })),
        insert(other, user(`newer-${round}`, { email: email.toLowerCase() })),
      ]);
      expect(told.filter(Boolean)).toHaveLength(1);
      const all = await store.users.list(null, 100);
      expect(all.filter((one) => one.email?.toLowerCase() === email.toLowerCase())).toHaveLength(1);
    }
  });

  it('are looked up in their current state, and so are sessions', async () => {
    const { users } = context.store;
    expect(await users.standing('ada', 's')).toEqual({ user: null, isEnded: false });
    await insert(context.store, user('Ada', { tokensFrom: 7 }));
    const standing = { id: 'Ada', roles: ['user', 'operator'], disabled: false, tokensFrom: 7 };
    await users.endSession('s', { now: t0, expiresAt: t0 + 10 });
    expect(await users.standing('aDA', 's')).toEqual({ user: standing, isEnded: true });
    expect(await users.standing('ada', 't')).toEqual({ user: standing, isEnded: false });
    expect(await users.standing('nobody', 's')).toEqual({ user: null, isEnded: true });
    await users.update('ada', { disabled: true, updatedAt: t0 });
    expect((await users.standing('ada', 't')).user).toEqual({ ...standing, disabled: true });
  });

  it('have their ended sessions kept until they expire, by the later of two times', async () => {
    const { users } = context.store;
    const isEnded = async (id: string): Promise<boolean> => (await users.standing('x', id)).isEnded;
    await users.endSession('a', { now: t0, expiresAt: t0 + 10 });
    await users.endSession('b', { now: t0, expiresAt: t0 + 30 });
    await users.endSession('b', { now: t0, expiresAt: t0 + 20 });
    await users.endSession('c', { now: t0 + 9, expiresAt: t0 + 20 });
    expect([await isEnded('a'), await isEnded('b')]).toEqual([true, true]);
    await users.endSession('d', { now: t0 + 25, expiresAt: t0 + 99 });
    expect([await isEnded('a'), await isEnded('b'), await isEnded('c')]).toEqual([false, true, false]);
  });

  it('have the newest networks that they logged in from', async () => {
    const { users } = context.store;
    const known = async (id: string): Promise<string[]> => {
      const all = ['n1', 'n2', 'n3'];
      const are = await Promise.all(all.map((network) => users.knowsNetwork(id, network, t0)));
      return all.filter((_, i) => are[i]);
    };
    const add = (id: string, network: string, now: number) => users.addNetwork(id, network, { now, most: 2 });
    await add('ada', 'n1', t0);
    await add('ADA', 'n2', t0 + 1);
    await add('bob', 'n3', t0 - 1);
    expect([await known('Ada'), await known('bob')]).toEqual([['n1', 'n2'], []]);
    await add('ada', 'n1', t0 + 2);
    await add('ada', 'n3', t0 + 3);
    expect(await known('ada')).toEqual(['n1', 'n3']);
    await insert(context.store, user('ada'));
    await users.delete('ada');
    expect(await known('ada')).toEqual([]);
  });

  it('have unique ids, however many want one at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const wanted = Array.from({ length: 10 }, (_, i) => user('ada', { passwordHash: `hash ${i}` }));
    const told = await Promise.all(wanted.map((one, i) => insert(i % 2 === 0 ? store : other, one)));
    const winners = wanted.filter((_, i) => told[i]);
    expect(winners).toHaveLength(1);
    expect(await store.users.find('ada')).toEqual(winners[0]);
  });

  it('are listed by id, page by page', async () => {
    const { store } = context;
    for (const id of ['carol', 'Bob', 'ada', 'dan']) await insert(store, user(id));
    const ids = async (after: string | null, limit: number): Promise<string[]> =>
      (await store.users.list(after, limit)).map(({ id }) => id);
    expect(await ids(null, 10)).toEqual(['ada', 'Bob', 'carol', 'dan']);
    expect(await ids(null, 2)).toEqual(['ada', 'Bob']);
    expect(await ids('Bob', 2)).toEqual(['carol', 'dan']);
    // One that is gone meanwhile keeps its place.
    await store.users.delete('bob');
    expect(await ids('BOB', 1)).toEqual(['carol']);
    expect(await ids('dan', 10)).toEqual([]);
    await expect(store.users.list(null, 0)).rejects.toThrow('1 to 1000');
    await expect(store.users.list(null, 1_001)).rejects.toThrow('1 to 1000');
  });

  it('change in the fields of an update, and in no others', async () => {
    const { store } = context;
    const [ada, bob] = [user('Ada', { disabled: true }), user('bob')];
    for (const one of [ada, bob]) await insert(store, one);
    expect(await store.users.update('ADA', { passwordHash: 'new', updatedAt: t0 + 1 })).toBe(true);
    expect(await store.users.find('ada')).toEqual({ ...ada, passwordHash: 'new', updatedAt: t0 + 1 });
    const change = { roles: [], disabled: false, tokensFrom: t0 + 2, updatedAt: t0 + 2 };
    expect(await store.users.update('ada', change)).toBe(true);
    expect(await store.users.find('ada')).toEqual({ ...ada, passwordHash: 'new', ...change });
    expect(await store.users.find('bob')).toEqual(bob);
    expect(await store.users.update('nobody', change)).toBe(false);
  });

  it('keep one enabled admin where an update asks for that', async () => {
    const { users } = context.store;
    const admin = { roles: ['user', 'admin'] };
    const all = [user('ada', admin), user('bob'), user('eve', { ...admin, disabled: true })];
    for (const one of all) await insert(context.store, one);
    const disabled = { disabled: true, updatedAt: t0 + 1 };
    const demoted = { roles: ['user'], updatedAt: t0 + 1 };
    for (const change of [disabled, demoted]) {
      expect(await users.update('ADA', change, { keepAdmin: true })).toBe(false);
    }
    expect(await users.list(null, 10)).toEqual(all);
    expect(await users.update('bob', disabled, { keepAdmin: true })).toBe(true);
    expect(await users.update('eve', demoted, { keepAdmin: true })).toBe(true);
    expect(await users.update('nobody', demoted, { keepAdmin: true })).toBe(false);
    await insert(context.store, user('joe', admin));
    expect(await users.update('ada', demoted, { keepAdmin: true })).toBe(true);
    expect(await users.update('joe', demoted, { keepAdmin: true })).toBe(false);
    expect(await users.update('joe', demoted, { keepAdmin: false })).toBe(true);
  });

  it('keep one enabled admin, however many are removed at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const ids = Array.from({ length: 8 }, (_, i) => `admin-${i}`);
    for (const id of ids) await insert(store, user(id, { roles: ['admin'] }));
    const told = await Promise.all(ids.map((id, i) => {
      const change = i % 3 === 0 ? { disabled: true } : { roles: [] };
      return (i % 2 === 0 ? store : other).users.update(id, { ...change, updatedAt: t0 }, { keepAdmin: true });
    }));
    const all = await store.users.list(null, 10);
    const left = all.filter(({ roles, disabled }) => !disabled && roles.includes('admin'));
    expect(left.map(({ id }) => id)).toEqual(ids.filter((_, i) => !told[i]));
    expect(left).toHaveLength(1);
  });

  it('are deleted once', async () => {
    const { store } = context;
    for (const id of ['Ada', 'bob']) await insert(store, user(id));
    expect(await store.users.delete('aDa')).toBe(true);
    expect(await store.users.delete('Ada')).toBe(false);
    expect(await store.users.list(null, 10)).toEqual([user('bob')]);
    expect(await insert(store, user('ada'))).toBe(true);
  });

  it('are there with their attempts after the store was opened again', async ({ skip }) => {
    const { store, under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    await insert(store, user('ada'));
    await store.attempts.count(['ada'], { now: t0, windowMs: 100 });
    const again = await under.reopen();
    expect(await again.users.find('ada')).toEqual(user('ada'));
    expect(await again.attempts.count(['ada'], { now: t0, windowMs: 100 })).toMatchObject([{ count: 2 }]);
  });

}
