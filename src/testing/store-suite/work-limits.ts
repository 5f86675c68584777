import { expect, it } from 'vitest';
import { noWorkLimits } from '../../domain/job/work.ts';
import type { Store } from '../../ports/store/store.ts';
import type { WorkType } from '../../ports/store/work-store.ts';
import { anyJob, handles, stored, t0, withdraw, type Context } from './context.ts';
import { asked, claimed, idsOf, limit, places, submitted, ErrandBook, written } from './errands.ts';

/** Where work goes on from, and where it does not. */
export function admissionTests(context: Context): void {
  it('does nothing where nothing waits', async () => {
    expect(await context.store.work.admit(t0)).toEqual({ types: [], waiting: false, nextAt: null });
    await submitted(context.store, new ErrandBook(), 1);
    expect(await context.store.work.admit(t0)).toEqual({ types: [], waiting: false, nextAt: null });
  });

  it('admits work when it is due, and says when the next is due', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [soon] = await submitted(store, book, 1, { runAt: t0 + 1_000 });
    const [later] = await submitted(store, book, 1, { type: 'export', runAt: t0 + 3_000 });
    const types = ['import', 'export'];
    expect(await claimed(store, book, { types, now: t0 + 5_000 })).toEqual([]);
    expect(await store.work.admit(t0 + 999)).toEqual({ types: [], waiting: false, nextAt: t0 + 1_000 });
    const first = await store.work.admit(t0 + 1_000);
    expect(first).toEqual({ types: ['errand/import'], waiting: false, nextAt: t0 + 3_000 });
    expect(await claimed(store, book, { types, now: t0 + 1_000 })).toEqual([soon]);
    expect(await store.work.admit(t0 + 3_000)).toEqual({ types: ['errand/export'], waiting: false, nextAt: null });
    expect(await claimed(store, book, { types, now: t0 + 3_000 })).toEqual([later]);
  });

  it('admits all that is due, in as many calls as it says', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await submitted(store, book, 1_500, { runAt: t0 + 1 });
    await submitted(store, book, 1_500, { runAt: t0 + 1, concurrencyKey: 'k' });
    await limit(store, { maxRunningPerKey: 2_000 });
    let calls = 0;
    for (let nextAt: number | null = t0 + 1; nextAt !== null; calls++) {
      expect(nextAt).toBe(t0 + 1);
      ({ nextAt } = await store.work.admit(nextAt));
      expect(calls).toBeLessThan(20);
    }
    expect(await places(store)).toEqual({ ready: 3_000 });
  });

  it('admits no blocked work until it is unblocked', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [first = ''] = await submitted(store, book, 1);
    const [second = ''] = await submitted(store, book, 1, { waitsFor: [first] });
    expect(await places(store)).toEqual({ ready: 1, blocked: 1 });
    expect(await store.work.admit(t0 + 1_000_000)).toEqual({ types: [], waiting: false, nextAt: null });
    expect(await claimed(store, book)).toEqual([first]);
    expect(await claimed(store, book)).toEqual([]);
    book.complete(first);
    book.command(second, { type: 'dependencyEnded', jobId: first, phase: 'succeeded' });
    await written(store, book);
    expect(await claimed(store, book)).toEqual([second]);
  });

  it('admits one job per concurrency key at a time, unless its type allows more', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const a = await submitted(store, book, 3, { concurrencyKey: 'a' });
    const b = await submitted(store, book, 2, { concurrencyKey: 'b' });
    expect(await claimed(store, book)).toEqual([]);
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: true, nextAt: null });
    expect(await store.work.admit(t0)).toEqual({ types: [], waiting: true, nextAt: null });
    expect(await claimed(store, book)).toEqual([a[0], b[0]]);
    expect(await store.work.admit(t0)).toEqual({ types: [], waiting: true, nextAt: null });
    book.complete(a[0] as string);
    await written(store, book);
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: true, nextAt: null });
    expect(await claimed(store, book)).toEqual([a[1]]);
    await limit(store, { maxRunningPerKey: 2 });
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: false, nextAt: null });
    expect(await claimed(store, book)).toEqual([a[2], b[1]]);
  });

  it('holds a job’s permit until its work is removed or put again', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [first = '', second = ''] = await submitted(store, book, 2, { concurrencyKey: 'k' });
    await store.work.admit(t0);
    expect(await claimed(store, book, { leaseMs: 1 })).toEqual([first]);
    // The lease has run out, and still somebody may be at it.
    expect((await store.work.admit(t0 + 60_000)).types).toEqual([]);
    book.fail(first, 5_000);
    await written(store, book);
    expect((await store.work.admit(t0)).types).toEqual(['errand/import']);
    expect(await claimed(store, book)).toEqual([second]);
    expect(await store.work.admit(t0 + 5_000)).toEqual({ types: [], waiting: true, nextAt: null });
    book.release(second);
    await written(store, book);
    await store.work.admit(t0 + 5_000);
    expect(await claimed(store, book)).toEqual([first]);
  });

  it('admits as many of a type as may run, by priority, then age, whatever their keys', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { maxRunning: 3, maxRunningPerKey: 2 });
    const [low] = await submitted(store, book, 1, { priority: -1 });
    const a = await submitted(store, book, 4, { concurrencyKey: 'a' });
    const [b] = await submitted(store, book, 1, { concurrencyKey: 'b', priority: 5 });
    const [bare] = await submitted(store, book, 1);
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: true, nextAt: null });
    expect(await claimed(store, book)).toEqual([b, a[0], a[1]]);
    book.complete(b as string);
    await written(store, book);
    await store.work.admit(t0);
    expect(await claimed(store, book)).toEqual([bare]);
    for (const id of [a[0], bare]) book.complete(id as string);
    await written(store, book);
    await store.work.admit(t0);
    expect(await claimed(store, book)).toEqual([a[2], low]);
  });

  it('finds jobs behind thousands that wait for one concurrency key', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await submitted(store, book, 2_000, { concurrencyKey: 'full', priority: 9 });
    await store.work.admit(t0);
    await claimed(store, book);
    const [behind] = await submitted(store, book, 1, { concurrencyKey: 'other' });
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: true, nextAt: null });
    expect(await claimed(store, book)).toEqual([behind]);
  });

  it('admits no more when several servers ask at once', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { maxRunning: 4 });
    await submitted(store, book, 30);
    const stores = await handles(context);
    await Promise.all(Array.from({ length: 8 }, (_, i) => (stores[i % stores.length] as typeof store).work.admit(t0)));
    expect(await places(store)).toEqual({ ready: 4, queued: 26 });
  });
}

/** Jobs of a kind, with a row of work each. */
async function offered(store: Store, kind: string, count: number, concurrencyKey: string | null): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => anyJob({ kind, type: 'import' }));
  const work = { blocked: false, priority: 0, dueAt: t0, pauseMs: null, concurrencyKey, timeoutMs: null };
  await stored(store, {
    jobs: jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [] })),
    work: jobs.map(
      ({ id }) => ({ type: 'put', jobId: id, jobType: 'import', kind, candidate: null, work, now: t0 }) as const,
    ),
  });
  return jobs.map(({ id }) => id);
}

export function typeTests(context: Context): void {
  it('belong to one kind: the same name in another kind shares no limits, rates, keys or counts', async () => {
    const { store } = context;
    const claimedOf = async (kind: string): Promise<string[]> => idsOf(await store.work.claim(asked({ kind })));
    await limit(store, { maxRunning: 1, maxRunningPerKey: 1, rate: { count: 1, windowMs: 1_000 } });
    await limit(store, { maxRunningPerKey: 2, ratePerKey: { count: 2, windowMs: 1_000 } }, 'import', 'order');
    const errands = await offered(store, 'errand', 3, 'k');
    const orders = await offered(store, 'order', 3, 'k');
    const bare = await offered(store, 'order', 2, null);
    await store.work.admit(t0);
    expect(await places(store)).toEqual({ queued: 2, ready: 1 });
    expect(await places(store, 'import', 'order')).toEqual({ queued: 1, ready: 4 });
    expect(await claimedOf('errand')).toEqual(errands.slice(0, 1));
    expect(await claimedOf('order')).toEqual([...orders.slice(0, 2), ...bare].toSorted());
    expect(await claimedOf('reminder')).toEqual([]);
    expect(await places(store)).toEqual({ leased: 1, queued: 2 });
    expect(await places(store, 'import', 'order')).toEqual({ leased: 4, queued: 1 });
    // The one begins a stage anew, the other's are taken.
    for (const jobId of orders.slice(0, 2)) await withdraw(store, jobId);
    await store.work.admit(t0 + 1_001);
    expect(await places(store)).toEqual({ leased: 1, queued: 2 });
    expect(await claimedOf('order')).toEqual(orders.slice(2));
    await limit(store, {}, 'import', 'order');
    expect((await store.work.types()).map(({ kind, name, limits }) => [kind, name, limits.maxRunning])).toEqual([
      ['errand', 'import', 1], ['order', 'import', null],
    ]);
    await store.askedTypes.note('errand', ['import'], t0);
    expect(await store.askedTypes.when('order', ['import'])).toEqual(new Map());
  });

  it('are kept as they were put, and listed by name', async () => {
    const { work } = context.store;
    const type = (name: string, updatedAt: number): WorkType => ({
      kind: 'errand', name, updatedAt, defaults: { maxAttempts: 3, backoff: { firstMs: 1 } },
      limits: {
        paused: true, maxRunning: 2, maxRunningPerKey: 3, rate: { count: 5, windowMs: 1_000 }, ratePerKey: null,
      },
    });
    expect(await work.types()).toEqual([]);
    for (const name of ['b', 'a:1', 'C']) await work.putType(type(name, t0), t0);
    await work.putType(type('b', t0 + 1), t0 + 1);
    expect(await work.types()).toEqual([type('C', t0), type('a:1', t0), type('b', t0 + 1)]);
    const open = { ...type('b', t0 + 2), limits: noWorkLimits, defaults: null };
    await work.putType(open, t0 + 2);
    expect((await work.types()).at(-1)).toEqual(open);
  });

  it('that become limited hold back work that nobody has claimed', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const ids = await submitted(store, book, 4);
    await submitted(store, book, 1, { type: 'export' });
    await claimed(store, book, { limit: 1 });
    await limit(store, { maxRunning: 2 });
    expect(await store.work.claim(asked())).toEqual([]);
    expect(await places(store, 'export')).toEqual({ ready: 1 });
    // What runs already counts.
    expect(await store.work.admit(t0)).toEqual({ types: ['errand/import'], waiting: true, nextAt: null });
    expect(await claimed(store, book)).toEqual([ids[1]]);
    book.complete(ids[0] as string);
    await written(store, book);
    await store.work.admit(t0);
    expect(await claimed(store, book)).toEqual([ids[2]]);
  });

  it('that are no longer limited admit everything except work that waits for its key', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { maxRunning: 0 });
    const bare = await submitted(store, book, 3);
    const keyed = await submitted(store, book, 2, { concurrencyKey: 'k' });
    expect(await store.work.admit(t0)).toEqual({ types: [], waiting: true, nextAt: null });
    await limit(store, {});
    await store.work.admit(t0);
    expect(await claimed(store, book)).toEqual([...bare, keyed[0]]);
  });

  it('that are paused let nothing be claimed, whatever its key, until they are resumed', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [running] = await submitted(store, book, 1);
    await claimed(store, book);
    const bare = await submitted(store, book, 2);
    const keyed = await submitted(store, book, 2, { concurrencyKey: 'k' });
    await store.work.admit(t0);
    await limit(store, { paused: true });
    const later = await submitted(store, book, 1, { runAt: t0 + 10 });
    expect(await store.work.admit(t0 + 10)).toMatchObject({ types: [], waiting: true, nextAt: null });
    expect(await store.work.claim(asked({ now: t0 + 10 }))).toEqual([]);
    book.complete(running as string);
    await written(store, book);
    expect(await store.work.admit(t0 + 10)).toMatchObject({ types: [] });
    await limit(store, { paused: false });
    await store.work.admit(t0 + 10);
    expect(await claimed(store, book, { now: t0 + 10 })).toEqual([...bare, keyed[0], ...later]);
  });

  it('that are paused keep counting their rate', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const limits = { rate: { count: 1, windowMs: 1_000 } };
    await limit(store, limits);
    await submitted(store, book, 3);
    await store.work.admit(t0);
    expect(await claimed(store, book)).toHaveLength(1);
    await limit(store, { ...limits, paused: true });
    expect(await store.work.admit(t0 + 5_000)).toMatchObject({ types: [], nextAt: null });
    await limit(store, limits);
    await store.work.admit(t0 + 5_000);
    expect(await claimed(store, book, { now: t0 + 5_000 })).toHaveLength(1);
  });

  it('hold back work that was admitted under wider limits', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await limit(store, { maxRunningPerKey: 3 });
    await submitted(store, book, 3, { concurrencyKey: 'k' });
    await store.work.admit(t0);
    expect(await places(store)).toEqual({ ready: 3 });
    await limit(store, { maxRunningPerKey: 1 });
    await store.work.admit(t0);
    expect(idsOf(await store.work.claim(asked()))).toHaveLength(1);
  });

  it('apply to work when it becomes due, not only when it is put', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await submitted(store, book, 3, { runAt: t0 + 10 });
    await limit(store, { maxRunning: 1 });
    await store.work.admit(t0 + 10);
    expect(await places(store)).toEqual({ ready: 1, queued: 2 });
  });
}
