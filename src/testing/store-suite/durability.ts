import { expect, it } from 'vitest';
import { bookkeeper, newId, scopesOf, someone, stored, t0, type Context } from './context.ts';

export function reopenTests(context: Context): void {
  it('has everything that was acknowledged', async ({ skip }) => {
    const { store, under } = context;
    if (under.reopen === undefined) return skip('this store keeps nothing once it is closed');
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 20);
    const [ended, running] = [book.submit(owner, 2), book.submit(owner, 3)];
    book.finish(ended);
    book.confirm(running);
    book.execute(running);
    book.result(running, 1);
    const commit = book.take();
    await stored(store, commit);
    const token = {
      id: newId(t0), hash: 'h', userId: owner, roles: ['user'], name: 'n', madeWith: [], createdAt: t0, expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    };
    await store.tokens.insert(token, { now: t0, maxLive: 1, keepDead: 0 });
    await store.queue.put('q', [{ messageId: 'm', jobId: running, availableAt: t0 }]);
    const [claimed] = await store.outbox.claim({ now: t0, leaseMs: 1_000, limit: 1 });

    const again = await under.reopen();
    for (const id of [ended, running]) expect(await again.jobs.get(id)).toEqual(book.jobs.get(id));
    expect(await again.accounts.get(owner)).toEqual(book.accounts.get(owner));
    expect(await again.accounts.ledger(owner, { after: 0, limit: 100 })).toEqual(commit.ledger);
    expect(await again.jobs.history(ended)).toEqual(commit.history[0]);
    expect(await again.jobs.events(running, { after: 0, limit: 100 })).toHaveLength(5);
    expect(await again.jobs.list({ scopes: scopesOf(owner), limit: 10 })).toHaveLength(2);
    expect(await again.tokens.findByHash('h', t0)).toEqual({ token, owner: null });
    const pulled = await again.queue.pull('q', { now: t0, limit: 1, leaseMs: 1, maxDeliveries: 5 });
    expect(pulled.messages).toHaveLength(1);
    const claimedAgain = await again.outbox.claim({ now: t0 + 1_000, leaseMs: 1, limit: 10 });
    expect(claimedAgain).toContainEqual({ ...claimed, attempt: 2 });
    expect(claimedAgain).toHaveLength(2);
    await again.check();
  });
}
