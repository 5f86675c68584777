import { expect, it } from 'vitest';
import type { StoredToken } from '../../ports/store/token-store.ts';
import { newId, stored, t0, type Context } from './context.ts';

function token(changes: Partial<StoredToken> = {}): StoredToken {
  const id = newId(changes.createdAt ?? t0);
  return {
    id, hash: `${id}-hash`, userId: 'user-1', roles: ['user', 'operator'], name: "a laptop's", createdAt: t0,
    expiresAt: null, revokedAt: null, ...changes,
  };
}

export function tokenTests(context: Context): void {
  it('are found by their hash', async () => {
    const { store } = context;
    const mine = token();
    await store.tokens.insert(mine);
    await store.tokens.insert(token());
    expect(await store.tokens.findByHash(mine.hash, t0)).toEqual(mine);
    expect(await store.tokens.findByHash('unheard-of', t0)).toBeNull();
  });

  it('are not found once they have expired', async () => {
    const { store } = context;
    const short = token({ expiresAt: t0 + 1_000 });
    await store.tokens.insert(short);
    expect(await store.tokens.findByHash(short.hash, t0 + 999)).toEqual(short);
    expect(await store.tokens.findByHash(short.hash, t0 + 1_000)).toBeNull();
  });

  it('are revoked once, and not found from then on', async () => {
    const { store } = context;
    const mine = token();
    await store.tokens.insert(mine);
    expect(await store.tokens.revoke(mine.id, 'somebody-else', t0 + 4)).toBe(false);
    expect(await store.tokens.revoke(mine.id, mine.userId, t0 + 5)).toBe(true);
    expect(await store.tokens.revoke(mine.id, null, t0 + 6)).toBe(false);
    expect(await store.tokens.revoke('unheard-of', null, t0)).toBe(false);
    expect(await store.tokens.findByHash(mine.hash, t0 + 5)).toBeNull();
    expect(await store.tokens.list(mine.userId, 10)).toEqual([{ ...mine, revokedAt: t0 + 5 }]);
  });

  it('are listed newest first, of one user or of all', async () => {
    const { store } = context;
    const [a, b, c] = [token(), token({ createdAt: t0 + 2 }), token({ createdAt: t0 + 1, userId: 'user-2' })] as const;
    for (const one of [a, b, c]) await store.tokens.insert(one);
    expect(await store.tokens.list('user-1', 10)).toEqual([b, a]);
    expect(await store.tokens.list(null, 10)).toEqual([b, c, a]);
    expect(await store.tokens.list(null, 1)).toEqual([b]);
    expect(await store.tokens.list('nobody', 10)).toEqual([]);
  });

  it('are revoked all at once, those of one user only', async () => {
    const { store } = context;
    const [a, b, c] = [token(), token({ revokedAt: t0 + 1 }), token({ userId: 'user-2' })] as const;
    for (const one of [a, b, c]) await store.tokens.insert(one);
    await store.tokens.revokeAll('user-1', t0 + 5);
    expect(await store.tokens.findByHash(a.hash, t0 + 5)).toBeNull();
    expect((await store.tokens.list('user-1', 10)).map(({ revokedAt }) => revokedAt).sort()).toEqual([t0 + 1, t0 + 5]);
    expect(await store.tokens.findByHash(c.hash, t0 + 5)).toEqual(c);
  });

  it('are refused when their id is taken', async () => {
    const { store } = context;
    const mine = token();
    await store.tokens.insert(mine);
    await expect(store.tokens.insert(token({ id: mine.id, userId: 'a thief' }))).rejects.toThrow();
    expect(await store.tokens.list(null, 10)).toEqual([mine]);
  });
}

export function retentionTests(context: Context): void {
  it('forgets the oldest idempotency keys, so many at a time, and no younger ones', async () => {
    const { store } = context;
    const scope = 'user-1:submit';
    const ages = [300, 100, 200, 400];
    const idempotency = ages.map((age) => ({
      scope, key: `k${age}`, fingerprint: 'f', resourceId: newId(t0), createdAt: t0 - age,
    }));
    await stored(store, { idempotency });
    const left = async (): Promise<string[]> => {
      const keys = idempotency.map(({ key }) => ({ scope, key }));
      const loaded = await store.load({ jobs: [], accounts: [], reservations: [], rules: [], idempotency: keys });
      return loaded.idempotency.map(({ key }) => key).toSorted();
    };
    expect(await store.retention.forgetIdempotency(t0 - 400, 10)).toBe(0);
    expect(await store.retention.forgetIdempotency(t0 - 199, 2)).toBe(2);
    expect(await left()).toEqual(['k100', 'k200']);
    expect(await store.retention.forgetIdempotency(t0 - 199, 2)).toBe(1);
    expect(await store.retention.forgetIdempotency(t0 - 199, 2)).toBe(0);
    expect(await left()).toEqual(['k100']);
  });

  it('lets a key be used again that was forgotten', async () => {
    const { store } = context;
    const record = { scope: 's', key: 'k', fingerprint: 'f', resourceId: 'first', createdAt: t0 };
    await stored(store, { idempotency: [record] });
    await store.retention.forgetIdempotency(t0 + 1, 10);
    await stored(store, { idempotency: [{ ...record, resourceId: 'second' }] });
  });

  it('forgets messages that are gone, and none that still waits or is held', async () => {
    const { store } = context;
    const messages = ['gone', 'held', 'waiting'].map((messageId, i) => ({
      messageId, jobId: messageId, availableAt: t0 + i,
    }));
    await store.queue.put('q', messages);
    const pull = (now: number) => store.queue.pull('q', { now, limit: 10, leaseMs: 100, maxDeliveries: 5 });
    const { messages: pulled } = await pull(t0 + 1);
    await store.queue.acknowledge('q', pulled.slice(0, 1));
    expect(await store.retention.forgetMessages(t0 + 101, 10)).toBe(0);
    expect(await store.retention.forgetMessages(t0 + 86_400_000, 10)).toBe(1);
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
