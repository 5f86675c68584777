import { expect, it } from 'vitest';
import { usedEveryMs, type StoredToken, type TokenFilter } from '../../ports/store/token-store.ts';
import { newId, stored, t0, type Context } from './context.ts';

function token(changes: Partial<StoredToken> = {}): StoredToken {
  const id = newId(changes.createdAt ?? t0);
  return {
    id, hash: `${id}-hash`, userId: 'user-1', roles: ['user', 'operator'], name: "a laptop's", madeWith: [],
    createdAt: t0, expiresAt: null, revokedAt: null, lastUsedAt: null, ...changes,
  };
}

export function tokenTests(context: Context): void {
  const insert = (one: StoredToken, limits: { maxLive?: number; keepDead?: number; now?: number } = {}) =>
    context.store.tokens.insert(one, { now: t0, maxLive: 100, keepDead: 100, ...limits });
  const list = (userId: string | null, filter: Partial<TokenFilter> = {}) =>
    context.store.tokens.list({ userId, live: true, now: t0, before: null, limit: 10, ...filter });

  it('are found by their hash, with their owner’s current state', async () => {
    const { tokens, users } = context.store;
    const mine = token({ userId: 'User-1', madeWith: ['a', 'b'] });
    expect(await insert(mine)).toBe(true);
    await insert(token());
    expect(await tokens.findByHash(mine.hash, t0)).toEqual({ token: mine, owner: null });
    expect(await tokens.findByHash('unheard-of', t0)).toBeNull();
    const times = { createdAt: t0, updatedAt: t0, tokensFrom: t0 };
    const owner = { id: 'user-1', roles: ['user'], disabled: true };
    await users.insert({ ...owner, email: null, name: null, passwordHash: 'h', ...times }, { firstAdmin: false });
    expect(await tokens.findByHash(mine.hash, t0)).toEqual({ token: mine, owner });
  });

  it('remember when they were last used, to the minute', async () => {
    const { tokens } = context.store;
    const [mine, other] = [token(), token()];
    await insert(mine);
    await insert(other);
    const lastUsed = async () => (await tokens.findByHash(mine.hash, t0))?.token.lastUsedAt;
    await tokens.used(mine.id, t0 + 5);
    expect(await lastUsed()).toBe(t0 + 5);
    await tokens.used(mine.id, t0 + usedEveryMs + 4);
    expect(await lastUsed()).toBe(t0 + 5);
    await tokens.used(mine.id, t0 + usedEveryMs + 5);
    expect(await lastUsed()).toBe(t0 + usedEveryMs + 5);
    expect((await list(null)).find(({ id }) => id === other.id)?.lastUsedAt).toBeNull();
    await tokens.used('unheard-of', t0);
  });

  it('are good until the moment they expire', async () => {
    const { tokens } = context.store;
    const brief = token({ expiresAt: t0 + 10 });
    await insert(brief);
    expect((await tokens.findByHash(brief.hash, t0 + 9))?.token).toEqual(brief);
    expect(await tokens.findByHash(brief.hash, t0 + 10)).toBeNull();
    expect([await tokens.isLive(brief.id, t0 + 9), await tokens.isLive(brief.id, t0 + 10)]).toEqual([true, false]);
    expect(await tokens.isLive('unheard-of', t0)).toBe(false);
  });

  it('are revoked once: by their owner, or whoever’s they are when no owner is named', async () => {
    const { tokens } = context.store;
    const [a, b] = [token(), token()] as const;
    for (const one of [a, b]) await insert(one);
    expect(await tokens.revoke(a.id, 'user-2', t0 + 5)).toBe(false);
    expect(await tokens.revoke(a.id, 'user-1', t0 + 5)).toBe(true);
    expect(await tokens.revoke(a.id, 'user-1', t0 + 6)).toBe(false);
    expect(await tokens.revoke(b.id, null, t0 + 7)).toBe(true);
    expect(await tokens.revoke('unheard-of', null, t0 + 7)).toBe(false);
    expect([await tokens.findByHash(a.hash, t0 + 5), await tokens.isLive(a.id, t0 + 5)]).toEqual([null, false]);
    expect((await list(null, { live: false })).map(({ revokedAt }) => revokedAt).toSorted()).toEqual([t0 + 5, t0 + 7]);
  });

  it('are revoked with the keys created with them, whoever’s those are', async () => {
    const { tokens } = context.store;
    const root = token();
    const child = token({ madeWith: [root.id], userId: 'user-2' });
    const grandchild = token({ madeWith: [root.id, child.id] });
    const [sibling, other] = [token({ madeWith: [root.id] }), token()];
    for (const one of [root, child, grandchild, sibling, other]) await insert(one);
    const live = async (): Promise<unknown[]> => (await list(null)).map(({ id }) => id).toSorted();
    await tokens.revoke(child.id, null, t0 + 1);
    expect(await live()).toEqual([root.id, sibling.id, other.id].toSorted());
    await tokens.revoke(root.id, null, t0 + 2);
    expect(await live()).toEqual([other.id]);
  });

  it('are revoked all at once: those of one user, and keys created with them, only', async () => {
    const { tokens } = context.store;
    const [a, b, c] = [token(), token({ revokedAt: t0 + 1 }), token({ userId: 'user-2' })] as const;
    const made = token({ userId: 'user-2', madeWith: [a.id] });
    for (const one of [a, b, c, made]) await insert(one);
    expect(await tokens.revokeAll('user-1', t0 + 5)).toBe(2);
    expect(await tokens.revokeAll('user-1', t0 + 6)).toBe(0);
    expect(await list(null)).toEqual([c]);
    const dead = await list(null, { live: false });
    expect(dead.map(({ revokedAt }) => revokedAt).toSorted()).toEqual([t0 + 1, t0 + 5, t0 + 5]);
  });

  it('are listed page by page, newest first, the live ones apart from the others', async () => {
    const all = Array.from({ length: 8 }, (_, i) =>
      token({
        createdAt: t0 + (i >> 1), userId: i === 5 ? 'user-2' : 'user-1',
        ...(i % 3 === 1 && { expiresAt: t0 + 5 }), ...(i % 3 === 2 && { revokedAt: t0 + 3 }),
      }),
    );
    for (const one of all) await insert(one);
    const order = (a: StoredToken, b: StoredToken): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
    for (const userId of ['user-1', null]) {
      for (const [live, now] of [[true, t0], [true, t0 + 5], [false, t0], [false, t0 + 5]] as const) {
        const isLive = ({ expiresAt, revokedAt }: StoredToken) =>
          revokedAt === null && (expiresAt === null || expiresAt > now);
        const wanted = all.filter((one) => isLive(one) === live && (userId ?? one.userId) === one.userId).sort(order);
        const seen: StoredToken[] = [];
        for (let page = await list(userId, { live, now, limit: 2 }); page.length > 0; ) {
          seen.push(...page);
          page = await list(userId, { live, now, limit: 2, before: seen.at(-1) ?? null });
        }
        expect(seen).toEqual(wanted);
      }
    }
    await expect(list(null, { limit: 0 })).rejects.toThrow('1 to 1000');
    await expect(list(null, { limit: 1_001 })).rejects.toThrow('1 to 1000');
  });

  it('are limited for each user, however many are created at once', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    await insert(token({ expiresAt: t0 }));
    await insert(token({ revokedAt: t0 }));
    const limits = { now: t0, maxLive: 5, keepDead: 100 };
    const told = await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? store : other).tokens.insert(token(), limits)),
    );
    expect(told.filter(Boolean)).toHaveLength(5);
    expect(await list('user-1')).toHaveLength(5);
    expect(await insert(token({ userId: 'user-2' }), { maxLive: 5 })).toBe(true);
  });

  it('are kept after their end, the newest of each user', async () => {
    const dead = Array.from({ length: 5 }, (_, i) => token({ createdAt: t0 + i, revokedAt: t0 + 9 }));
    for (const one of dead) await insert(one);
    const theirs = token({ userId: 'user-2', revokedAt: t0 });
    await insert(theirs);
    await insert(token(), { keepDead: 2 });
    expect(await list(null, { live: false })).toEqual([dead[4], dead[3], theirs]);
  });

  it('are refused when their id is taken', async () => {
    const mine = token();
    await insert(mine);
    await expect(insert(token({ id: mine.id, userId: 'a thief' }))).rejects.toThrow();
    expect(await list(null)).toEqual([mine]);
  });
}

export function retentionTests(context: Context): void {
  it('purges the oldest idempotency keys, so many at a time, and no younger ones', async () => {
    const { store } = context;
    const scope = 'user-1:submit';
    const ages = [300, 100, 200, 400];
    const idempotency = ages.map((age) => ({
      scope, key: `k${age}`, fingerprint: 'f', resourceId: newId(t0), createdAt: t0 - age,
    }));
    await stored(store, { idempotency });
    const left = async (): Promise<string[]> => {
      const keys = idempotency.map(({ key }) => ({ scope, key }));
      const loaded = await store.load({ jobs: [], accounts: [], reservations: [], records: [], idempotency: keys });
      return loaded.idempotency.map(({ key }) => key).toSorted();
    };
    expect(await store.retention.purgeIdempotency(t0 - 400, 10)).toBe(0);
    expect(await store.retention.purgeIdempotency(t0 - 199, 2)).toBe(2);
    expect(await left()).toEqual(['k100', 'k200']);
    expect(await store.retention.purgeIdempotency(t0 - 199, 2)).toBe(1);
    expect(await store.retention.purgeIdempotency(t0 - 199, 2)).toBe(0);
    expect(await left()).toEqual(['k100']);
  });

  it('lets a purged idempotency key be used again', async () => {
    const { store } = context;
    const record = { scope: 's', key: 'k', fingerprint: 'f', resourceId: 'first', createdAt: t0 };
    await stored(store, { idempotency: [record] });
    await store.retention.purgeIdempotency(t0 + 1, 10);
    await stored(store, { idempotency: [{ ...record, resourceId: 'second' }] });
  });

  it('purges messages that are done, and none that waits or is leased', async () => {
    const { store } = context;
    const messages = ['gone', 'held', 'waiting'].map((messageId, i) => ({
      messageId, jobId: messageId, availableAt: t0 + i,
    }));
    await store.queue.put('q', messages);
    const pull = (now: number) => store.queue.pull('q', { now, limit: 10, leaseMs: 100, maxDeliveries: 5 });
    const { messages: pulled } = await pull(t0 + 1);
    await store.queue.acknowledge('q', pulled.slice(0, 1));
    expect(await store.retention.purgeMessages(t0 + 101, 10)).toBe(0);
    expect(await store.retention.purgeMessages(t0 + 86_400_000, 10)).toBe(1);
    await store.queue.put('q', messages);
    const again = await pull(t0 + 1_000);
    expect(again.messages.map(({ messageId }) => messageId).toSorted()).toEqual(['gone', 'held', 'waiting']);
  });
}

export function checkTests(context: Context): void {
  it('passes for a store that works, again and again', async () => {
    await context.store.check();
    await context.store.check();
    expect(await context.store.jobs.counts()).toEqual([]);
  });
}
