import { expect, it } from 'vitest';
import { workerKeptMs, workersKept } from '../../ports/store/worker-store.ts';
import { t0, type Context } from './context.ts';
import { claimed, submitted, ErrandBook, written } from './errands.ts';

const heard = (id: string, ...types: string[]) => ({ id, types });

export function workerTests(context: Context): void {
  it('are listed by id with their last report, since when, and when they were last heard of', async () => {
    const { workers } = context.store;
    await workers.note([heard('b', 'import'), heard('é', 'x'), heard('a', 'import', 'export')], t0);
    await workers.note([heard('b', 'export')], t0 + 1_000);
    await workers.note([heard('a'), heard('unknown')], t0 + 2_000);
    const a = { id: 'a', types: ['import', 'export'], since: t0, heardAt: t0 + 2_000 };
    const b = { id: 'b', types: ['export'], since: t0, heardAt: t0 + 1_000 };
    const e = { id: 'é', types: ['x'], since: t0, heardAt: t0 };
    const now = t0 + 2_000;
    expect(await workers.list({ limit: 10, now })).toEqual([a, b, e]);
    expect(await workers.list({ limit: 1, now })).toEqual([a]);
    expect(await workers.list({ limit: 10, after: 'a', now })).toEqual([b, e]);
  });

  it('are removed when they stop, and when they are not heard of for ten minutes', async () => {
    const { workers } = context.store;
    const ids = async (now: number) => (await workers.list({ limit: 10, now })).map(({ id }) => id);
    await workers.note([heard('a', 'x'), heard('b', 'x'), heard('c', 'x')], t0);
    await workers.note([heard('c')], t0 + 1_000);
    await workers.forget(['b', 'unknown']);
    expect(await ids(t0 + workerKeptMs)).toEqual(['a', 'c']);
    expect(await ids(t0 + workerKeptMs + 1)).toEqual(['c']);
    await workers.note([heard('d', 'x')], t0 + workerKeptMs + 1);
    expect(await ids(t0 + workerKeptMs)).toEqual(['c', 'd']);
  });

  it('are limited in number: those not heard of for longest are removed', async () => {
    const { workers } = context.store;
    await workers.note([heard('old', 'x')], t0);
    const many = Array.from({ length: workersKept - 1 }, (_, n) => heard(`w${n}`, 'x'));
    await workers.note(many, t0 + 1);
    expect(await workers.list({ limit: 1, now: t0 + 1 })).toMatchObject([{ id: 'old' }]);
    await workers.note([heard('new', 'x')], t0 + 2);
    expect(await workers.list({ limit: 1, now: t0 + 2 })).toMatchObject([{ id: 'new' }]);
  });

  it('can be recorded by many servers at once', async () => {
    const { workers } = context.store;
    const all = Array.from({ length: 50 }, (_, n) => heard(`w${n}`, 'x'));
    await Promise.all(Array.from({ length: 8 }, (_, n) => workers.note(n % 2 ? all : all.toReversed(), t0)));
    expect(await workers.list({ limit: 1_000, now: t0 })).toHaveLength(50);
  });

  it('hold what they claimed until it ends or the lease expires', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await submitted(store, book, 4);
    const first = await claimed(store, book, { workerId: 'a', limit: 2 });
    book.now = t0 + 1_000;
    const [second] = await claimed(store, book, { workerId: 'b', limit: 1 });
    await claimed(store, book, { workerId: 'c', limit: 1 });
    book.command(first[1]!, { type: 'progress', token: book.tokenOf(first[1]!), done: 1 });
    await written(store, book);
    const held = async (ids: string[], now: number) => {
      const { jobs, complete } = await store.workers.held(ids, now);
      expect(complete).toBe(true);
      return jobs.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
    };
    const job = (workerId: string, jobId: string | undefined, since: number) =>
      ({ workerId, jobId, type: 'import', since });
    const [x, y, z] = [job('a', first[0], t0), job('a', first[1], t0), job('b', second, t0 + 1_000)];
    expect(await held(['a', 'b', 'd'], t0 + 2_000)).toEqual([x, y, z]);
    book.complete(first[0]!);
    await written(store, book);
    expect(await held(['a', 'b'], t0 + 2_000)).toEqual([y, z]);
    expect(await held(['a', 'b'], t0 + 60_000)).toEqual([z]);
    expect(await held(['d'], t0)).toEqual([]);
  });
}
