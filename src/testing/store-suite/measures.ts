import { expect, it } from 'vitest';
import { bookkeeper, newId, someone, stored, t0, type Context } from './context.ts';
import { claimed, ErrandBook, limit, submitted } from './errands.ts';

export function measureTests(context: Context): void {
  it('say since when the work of a type that has waited longest could have been done', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const since = (...types: string[]) =>
      store.measures.readySince(types.map((type) => ({ kind: 'errand', type })));
    expect(await since('import')).toEqual([]);
    await submitted(store, book, 2, { priority: 5 });
    book.now = t0 + 1_000;
    await submitted(store, book, 30, { priority: 9 });
    await submitted(store, book, 1, { type: 'export' });
    await submitted(store, book, 1, { type: 'later', runAt: t0 + 60_000 });
    await store.work.admit(book.now);
    const ofType = (type: string, dueAt: number) => ({ kind: 'errand', type, dueAt });
    const found = await since('later', 'export', 'import', 'unheard-of');
    expect(found.toSorted((a, b) => (a.type < b.type ? -1 : 1))).toEqual([
      ofType('export', t0 + 1_000), ofType('import', t0),
    ]);
    // Workers get the others first; with the old ones gone the others are the oldest.
    await claimed(store, book, { limit: 32 });
    expect(await since('import')).toEqual([]);
    book.now = t0 + 2_000;
    await limit(store, { maxRunning: 40 });
    await submitted(store, book, 1);
    await store.work.admit(book.now);
    expect(await since('import')).toEqual([ofType('import', t0 + 2_000)]);
    await expect(since(...Array.from({ length: 101 }, (_, n) => `t${n}`))).rejects.toThrow();
  });

  it('count the workers that take a type and were heard of lately', async () => {
    const { workers, measures } = context.store;
    await workers.note([{ id: 'old', types: ['import'] }], t0);
    await workers.note([{ id: 'a', types: ['import', 'export'] }, { id: 'b', types: ['import'] }], t0 + 1_000);
    const counts = async (from: number) => Object.fromEntries(await measures.workersByType(from));
    expect(await counts(t0)).toEqual({ import: 3, export: 1 });
    expect(await counts(t0 + 1)).toEqual({ import: 2, export: 1 });
    expect(await counts(t0 + 1_001)).toEqual({});
  });

  it('sum up the credits of all accounts, as their balances have them', async () => {
    const { store } = context;
    expect(await store.measures.credits()).toEqual({ granted: 0, available: 0, reserved: 0, spent: 0 });
    const book = bookkeeper();
    const owners = [book.account(someone(), 'pro', 20), book.account(someone(), 'pro', 5)];
    const done = book.submit(owners[0]!, 3);
    book.submit(owners[1]!, 2);
    await stored(store, book.take());
    book.finish(done);
    await stored(store, book.take());
    const accounts = await Promise.all(owners.map(async (owner) => store.accounts.get(owner)));
    const sum = (of: 'granted' | 'available' | 'reserved' | 'spent') =>
      accounts.reduce((total, account) => total + account![of], 0);
    const sums = {
      granted: sum('granted'), available: sum('available'), reserved: sum('reserved'), spent: sum('spent'),
    };
    expect(sums).toMatchObject({ reserved: 2, spent: 3 });
    expect(await store.measures.credits()).toEqual(sums);
  });

  it('say when the oldest message of the outbox was stored', async () => {
    const { store } = context;
    expect(await store.measures.outboxOldestAt()).toBeNull();
    const message = (createdAt: number) =>
      ({ topic: 'queue:gpu-jobs', jobId: newId(t0), ownerId: 'user-1', payload: {}, createdAt });
    await stored(store, { outbox: [message(t0), message(t0 + 5)] });
    expect(await store.measures.outboxOldestAt()).toBe(t0);
    const [oldest] = await store.outbox.claim({ now: t0, leaseMs: 1, limit: 1 });
    await store.outbox.done([oldest!.id]);
    expect(await store.measures.outboxOldestAt()).toBe(t0 + 5);
  });

  it('say since when the oldest message that workers may have is due', async () => {
    const { queue } = context.store;
    const message = (availableAt: number) => ({ messageId: newId(t0), jobId: newId(t0), availableAt });
    expect(await queue.readySince('q', t0)).toBeNull();
    await queue.put('q', [message(t0 + 9), message(t0 - 5), message(t0 - 9)]);
    expect(await queue.readySince('q', t0)).toBe(t0 - 9);
    await queue.pull('q', { now: t0, limit: 1, leaseMs: 60_000, maxDeliveries: 3 });
    expect(await queue.readySince('q', t0)).toBe(t0 - 5);
    await queue.acknowledge('q', (await queue.pull('q', { now: t0, limit: 9, leaseMs: 1, maxDeliveries: 3 })).messages);
    expect(await queue.readySince('q', t0)).toBeNull();
  });
}
