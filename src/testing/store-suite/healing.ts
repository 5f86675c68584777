import { expect, it } from 'vitest';
import { newId, stored, t0, type Context } from './context.ts';
import { claimed, limit, submitted, ErrandBook, written } from './errands.ts';
import { newDelivery } from './webhook-turns.ts';

/** A clock that was so far ahead, for a while. */
const aheadMs = 30 * 86_400_000;
const then = t0 + aheadMs;

export function healingTests(context: Context): void {
  it('shortens leases to their full length from now, and keeps those in time', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [good = ''] = await submitted(store, book, 1, { timeoutMs: 90_000 });
    await claimed(store, book, { leaseMs: 60_000 });
    book.now = then;
    const [bad = '', timed = ''] = [
      ...(await submitted(store, book, 1)), ...(await submitted(store, book, 1, { timeoutMs: 5_000 })),
    ];
    await claimed(store, book, { leaseMs: 60_000 });
    await store.work.renew([{ jobId: bad, token: book.tokenOf(bad) }], { now: then, leaseMs: 10_000 });
    expect(await store.work.heal(t0 + 1)).toEqual({ leases: 2, pauses: 0, starts: 0 });
    expect(await store.work.heal(t0 + 1)).toEqual({ leases: 0, pauses: 0, starts: 0 });
    const lapsed = async (now: number): Promise<object[]> =>
      (await store.work.lapsed(now, 10)).map(({ jobId, timedOut }) => ({ jobId, timedOut }));
    expect(await lapsed(t0 + 5_000)).toEqual([]);
    expect(await lapsed(t0 + 5_001)).toEqual([{ jobId: timed, timedOut: true }]);
    expect(await lapsed(t0 + 10_001)).toEqual([{ jobId: timed, timedOut: true }, { jobId: bad, timedOut: false }]);
    expect(await lapsed(t0 + 59_999)).toHaveLength(2);
    expect(await lapsed(t0 + 60_000)).toContainEqual({ jobId: good, timedOut: false });
  });

  it('shortens pauses between attempts, and keeps times that a user has set', async () => {
    const { store } = context;
    const book = new ErrandBook();
    await submitted(store, book, 1, { runAt: then + 5 });
    book.now = then;
    const [failed = ''] = await submitted(store, book, 1);
    await claimed(store, book);
    book.fail(failed, 7_000);
    await written(store, book);
    expect(await store.work.heal(t0)).toEqual({ leases: 0, pauses: 1, starts: 0 });
    expect(await store.work.admit(t0 + 6_999)).toMatchObject({ types: [], nextAt: t0 + 7_000 });
    expect(await store.work.admit(t0 + 7_000)).toMatchObject({ types: ['errand/import'], nextAt: then + 5 });
  });

  it.each([[null], ['key']])('of rates: none is silent for longer than its window (key: %s)', async (key) => {
    const { store } = context;
    const book = new ErrandBook();
    const rate = { count: 2, windowMs: 1_000 };
    await limit(store, key === null ? { rate } : { ratePerKey: rate, maxRunningPerKey: 10 });
    book.now = then;
    await submitted(store, book, 6, { concurrencyKey: key });
    await store.work.admit(then);
    expect(await claimed(store, book)).toHaveLength(2);
    // What was let on, and has not begun.
    await store.work.admit(then + 1_000);
    book.now = t0;
    expect(await store.work.heal(t0)).toEqual({ leases: 2, pauses: 0, starts: 2 });
    const [id = ''] = await claimed(store, book, { limit: 1 });
    expect(book.jobs.get(id)).toMatchObject({ startedAt: t0, updatedAt: t0 });
    expect((await store.work.admit(t0)).types).toEqual([]);
    expect((await store.work.admit(t0 + 1_000)).types).toEqual(['errand/import']);
  });

  it('makes outbox messages due in order, also those that wait behind others', async () => {
    const { store } = context;
    const [a, b, c] = [newId(t0), newId(t0), newId(t0)];
    const message = (jobId: string, payload: string, createdAt: number) =>
      ({ topic: 'queue:q', jobId, ownerId: 'user-1', payload, createdAt });
    await stored(store, { outbox: [message(c, 'c', t0)] });
    await stored(store, { outbox: [message(a, 'a1', then), message(a, 'a2', then), message(b, 'b', then)] });
    const claim = async (now: number): Promise<readonly { readonly id: number; readonly payload: unknown }[]> =>
      store.outbox.claim({ now, leaseMs: 30_000, limit: 10 });
    expect((await claim(t0)).map(({ payload }) => payload)).toEqual(['c']);
    expect(await store.outbox.heal({ now: t0, latestDueAt: t0 + 60_000 })).toBe(3);
    expect(await store.outbox.heal({ now: t0, latestDueAt: t0 + 60_000 })).toBe(0);
    const first = await claim(t0);
    expect(first.map(({ payload }) => payload).sort()).toEqual(['a1', 'b']);
    await store.outbox.done(first.map(({ id }) => id));
    expect((await claim(t0)).map(({ payload }) => payload)).toEqual(['a2']);
  });

  it('takes sets that ended in the future as ended now, and makes purges under way due', async () => {
    const { endedObjects } = context.store;
    const object = (endedAt: number, policy: 'results' | 'inputs' | 'discarded') =>
      ({ jobId: newId(t0), kind: 'sample', part: 'inputs', ownerId: 'ada', policy, endedAt } as const);
    const [kept, begun, late, good] = [
      object(then, 'inputs'), object(t0 - 10, 'results'), object(then, 'discarded'), object(t0 - 5, 'inputs'),
    ];
    await stored(context.store, { objects: [begun, late] });
    const begin = (policy: 'results' | 'inputs' | 'discarded', before: number, dueAt: number) =>
      endedObjects.begin(policy, before, { now: t0, dueAt, limit: 10 });
    expect([await begin('results', t0, t0 + 3_000), await begin('discarded', then + 1, then)]).toEqual([1, 1]);
    await stored(context.store, { objects: [kept, good] });
    expect(await endedObjects.heal({ now: t0, latestDueAt: t0 + 60_000 })).toBe(2);
    expect(await endedObjects.heal({ now: t0, latestDueAt: t0 + 60_000 })).toBe(0);
    const due = async (now: number) => (await endedObjects.due({ now, leaseMs: 1_000, limit: 10 }));
    expect(await due(t0)).toEqual([{ ...late, endedAt: t0 }]);
    expect((await due(t0 + 3_000)).map(({ jobId }) => jobId)).toContain(begun.jobId);
    expect(await begin('inputs', t0, t0)).toBe(1);
    expect(await begin('inputs', t0 + 1, t0)).toBe(1);
  });

  it('delays messages by as much from now as they were delayed', async () => {
    const { queue } = context.store;
    const put = (messageId: string, availableAt: number) =>
      queue.put('q', [{ messageId, jobId: messageId, availableAt }]);
    const pull = async (now: number, leaseMs = 5_000) =>
      (await queue.pull('q', { now, leaseMs, limit: 10, maxDeliveries: 5 })).messages;
    await put('leased', then);
    await put('given back', then);
    const back = (await pull(then)).find(({ messageId }) => messageId === 'given back');
    await queue.release('q', back as NonNullable<typeof back>, { now: then, delayMs: 3_000 });
    await put('new', then);
    await put('live', t0);
    await pull(t0, 60_000);
    expect(await queue.heal(t0)).toBe(3);
    expect(await queue.heal(t0)).toBe(0);
    const ids = async (now: number): Promise<string[]> => (await pull(now)).map(({ messageId }) => messageId);
    expect(await ids(t0)).toEqual(['new']);
    expect(await ids(t0 + 2_999)).toEqual([]);
    expect(await ids(t0 + 3_000)).toEqual(['given back']);
    expect(await ids(t0 + 5_000)).toContain('leased');
  });

  it('makes webhook deliveries due by what they wait for', async () => {
    const { webhooks } = context.store;
    const shares = { perOwner: 100, perHost: 100, perOwnerAndHost: 100, perOwnerSilent: 100 };
    const claim = async (now: number) =>
      (await webhooks.claim({ now, leaseMs: 60_000, limit: 100, after: '', shares, silent: [] })).deliveries;
    const [leased, again] = [newDelivery({ dueAt: then }), newDelivery({ dueAt: then })];
    await webhooks.put([leased, again]);
    const tried = (await claim(then)).find(({ id }) => id === again.id);
    const attempt = { at: then, status: 500, error: 'no', body: '', durationMs: 1 };
    await webhooks.record({ ...(tried as NonNullable<typeof tried>), dueAt: then + 5_000 }, attempt);
    const fresh = newDelivery({ dueAt: then });
    const waits = newDelivery({ attempt: 3, dueAt: t0 + 3_600_000 });
    await webhooks.put([fresh, waits]);
    expect(await webhooks.heal({ now: t0, leaseMs: 60_000, maxPauseMs: 86_400_000 })).toBe(3);
    expect((await claim(t0)).map(({ id }) => id).sort()).toEqual([again.id, fresh.id].sort());
    expect(await claim(t0 + 59_999)).toEqual([]);
    expect((await claim(t0 + 60_000)).map(({ id }) => id)).toContain(leased.id);
    expect(await webhooks.get(waits.id)).toMatchObject({ dueAt: t0 + 3_600_000 });
  });

  it('begins a window of attempts anew that cannot end otherwise', async () => {
    const { attempts } = context.store;
    const window = { windowMs: 1_000 };
    await attempts.count(['ada', 'bob'], { now: then, ...window });
    expect(await attempts.count(['ada'], { now: t0, ...window })).toEqual([{ count: 1, endsAt: t0 + 1_000 }]);
    expect(await attempts.count(['ada'], { now: t0 + 1, ...window })).toEqual([{ count: 2, endsAt: t0 + 1_000 }]);
    expect(await attempts.count(['bob'], { now: then + 1, ...window })).toEqual([{ count: 2, endsAt: then + 1_000 }]);
  });

  it('moves the certain time on, and back to now if it was ahead', async () => {
    const { keptTime } = context.store;
    expect(await keptTime.get()).toBeNull();
    await keptTime.put(t0, t0 + 5);
    await keptTime.put(t0 - 7, t0 + 5);
    expect(await keptTime.get()).toBe(t0);
    await keptTime.put(then, then);
    await keptTime.put(t0 + 1, t0 + 2);
    expect(await keptTime.get()).toBe(t0 + 2);
  });

  it('drops workers and types heard by that clock until they are heard again', async () => {
    const { workers, askedTypes } = context.store;
    await workers.note([{ id: 'dead', types: ['x'] }, { id: 'live', types: ['x'] }], then);
    await askedTypes.note('errand', ['x'], then);
    const list = (): Promise<unknown> => workers.list({ limit: 10, now: t0 });
    expect(await list()).toEqual([]);
    await workers.note([{ id: 'live', types: [] }], t0);
    await askedTypes.note('errand', ['x'], t0);
    expect(await list()).toEqual([{ id: 'live', types: ['x'], since: t0, heardAt: t0 }]);
    expect(await askedTypes.when('errand', ['x'])).toEqual(new Map([['x', t0]]));
  });
}
