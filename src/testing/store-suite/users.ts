import { describe, expect, it } from 'vitest';
import type { Store } from '../../ports/store/store.ts';
import type { StoredUser } from '../../ports/store/user-store.ts';
import { t0, type Context } from './context.ts';

function user(id: string, changes: Partial<StoredUser> = {}): StoredUser {
  return {
    id, passwordHash: `hash of ${id}`, roles: ['user', 'operator'], disabled: false, createdAt: t0, updatedAt: t0,
    tokensFrom: 0, ...changes,
  };
}

const insert = (store: Store, one: StoredUser, onlyFirst = false): Promise<boolean> =>
  store.users.insert(one, { onlyFirst });

export function userTests(context: Context): void {
  it('are found by their id, whatever its case, as they were', async () => {
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

  it('say whether there are any', async () => {
    const { store } = context;
    expect(await store.users.any()).toBe(false);
    await insert(store, user('ada'));
    expect(await store.users.any()).toBe(true);
    await store.users.delete('ada');
    expect(await store.users.any()).toBe(false);
  });

  it('are not inserted as the first when there is one', async () => {
    const { store } = context;
    expect(await insert(store, user('ada'), true)).toBe(true);
    expect(await insert(store, user('bob'), true)).toBe(false);
    expect(await insert(store, user('ada'), true)).toBe(false);
    expect(await store.users.list(null, 10)).toEqual([user('ada')]);
  });

  it('have one first, however many want to be at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const ids = Array.from({ length: 12 }, (_, i) => `user-${i}`);
    // Again and again: who comes early in a round must not be alone only because the others still connect.
    for (let round = 1; round <= 20; round++) {
      const told = await Promise.all(ids.map((id, i) => insert(i % 2 === 0 ? store : other, user(id), true)));
      const winners = ids.filter((_, i) => told[i]);
      expect(winners).toHaveLength(1);
      expect((await store.users.list(null, 20)).map(({ id }) => id)).toEqual(winners);
      await store.users.delete(winners[0] as string);
    }
  });

  it('have each id once, however many want it at once', async () => {
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

  it('change in what an update says, and in nothing else', async () => {
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

  it('keep one enabled admin where an update is to keep one', async () => {
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

  it('keep one enabled admin, however many admins are to go at once', async () => {
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
    await insert(store, user('ada'), true);
    await store.users.countAttempt(['ada'], { now: t0, windowMs: 100 });
    const again = await under.reopen();
    expect(await again.users.find('ada')).toEqual(user('ada'));
    expect(await again.users.countAttempt(['ada'], { now: t0, windowMs: 100 })).toMatchObject([{ count: 2 }]);
  });

  describe('logging in', () => attemptTests(context));
}

function attemptTests(context: Context): void {
  const windowMs = 60_000;
  const attempt = (keys: readonly string[], now = t0, store = context.store) =>
    store.users.countAttempt(keys, { now, windowMs });

  it('have their attempts counted under each key, in the order of the keys', async () => {
    expect(await attempt(['ada', '::1'])).toEqual([
      { count: 1, endsAt: t0 + windowMs }, { count: 1, endsAt: t0 + windowMs },
    ]);
    expect(await attempt(['::1'], t0 + 5)).toEqual([{ count: 2, endsAt: t0 + windowMs }]);
    expect(await attempt(['bob', '::1', 'ada'], t0 + 10)).toEqual([
      { count: 1, endsAt: t0 + 10 + windowMs },
      { count: 3, endsAt: t0 + windowMs },
      { count: 2, endsAt: t0 + windowMs },
    ]);
  });

  it('have a key counted once that is named twice', async () => {
    const one = { count: 1, endsAt: t0 + windowMs };
    expect(await attempt(['ada', 'ada'])).toEqual([one, one]);
    expect(await attempt([])).toEqual([]);
  });

  it('have a new window with the first attempt after the end of the last one', async () => {
    await attempt(['ada']);
    expect(await attempt(['ada'], t0 + windowMs - 1)).toEqual([{ count: 2, endsAt: t0 + windowMs }]);
    expect(await attempt(['ada'], t0 + windowMs)).toEqual([{ count: 1, endsAt: t0 + 2 * windowMs }]);
    expect(await attempt(['ada'], t0 + 9 * windowMs)).toEqual([{ count: 1, endsAt: t0 + 10 * windowMs }]);
    expect(await attempt(['ada'], t0 + 9 * windowMs)).toEqual([{ count: 2, endsAt: t0 + 10 * windowMs }]);
  });

  it('have the attempts under these keys forgotten after a success, and no others', async () => {
    await attempt(['ada', '::1', 'bob']);
    await context.store.users.forgetAttempts(['ada', '::1', 'unheard-of']);
    await context.store.users.forgetAttempts([]);
    const counts = (await attempt(['ada', '::1', 'bob'])).map(({ count }) => count);
    expect(counts).toEqual([1, 1, 2]);
  });

  it('lose no count, however many try at once and whichever key they name first', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const told = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const keys = i % 3 === 0 ? ['ada', '::1'] : ['::1', 'ada'];
        return attempt(keys, t0, i % 2 === 0 ? store : other);
      }),
    );
    const all = Array.from({ length: 40 }, (_, i) => i + 1);
    for (const key of [0, 1]) {
      const counts = told.map((both, i) => both[i % 3 === 0 ? key : 1 - key]?.count);
      expect(counts.toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
    }
  });

  it('lose no count while the windows of others end', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    await attempt(keys);
    for (let window = 1; window <= 8; window++) {
      // Every window has ended, so that each of these may delete what another one counts anew.
      const later = t0 + window * windowMs;
      for (let round = 1; round <= 2; round++) {
        const told = await Promise.all(keys.map((key, i) => attempt([key], later, i % 2 === 0 ? store : other)));
        expect(told.flat()).toEqual(keys.map(() => ({ count: round, endsAt: later + windowMs })));
      }
    }
  });
}
