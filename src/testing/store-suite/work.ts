import { expect, it } from 'vitest';
import { fold } from '../../domain/job/fold.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { Job } from '../../domain/job/job.ts';
import type { LeaseState, WorkStore } from '../../ports/store/work-store.ts';
import { errand, type ErrandEvent, type ErrandFields } from '../sample-kinds/errand.ts';
import { handles, nothing, scopesOf, t0, update, type Context } from './context.ts';
import { asked, claimed, idsOf, places, submitted, ErrandBook, written } from './errands.ts';

export function claimTests(context: Context): void {
  it('goes on by the claim of the state that it is in', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [fresh, other] = await submitted(store, book, 2);
    const begun = await store.jobs.get(other ?? '');
    await update(store, begun as Job, { state: 'undoing', phase: 'waiting' });
    const claims = [
      { from: 'pending', to: 'processing', event: 'ErrandStarted' },
      { from: 'undoing', to: 'taken back', event: 'UndoStarted' },
    ];
    const [first, second] = await store.work.claim(asked({ claims }));
    expect([first?.job.id, first?.job.state, first?.job.version]).toEqual([fresh, 'processing', 2]);
    expect([second?.job.id, second?.job.state, second?.job.version]).toEqual([other, 'taken back', 3]);
    for (const { job } of [first, second].filter((one) => one !== undefined)) {
      expect(await store.jobs.get(job.id)).toEqual(job);
    }
    const [event] = await store.jobs.events(other ?? '', { after: 2, limit: 10 });
    expect(event?.body).toEqual({ type: 'UndoStarted', state: 'taken back', attempt: 1, workerId: 'worker-1' });
    const counts = (await store.jobs.counts()).map(({ state, count }) => `${state} ${count}`);
    expect(counts.toSorted()).toEqual(['processing 1', 'taken back 1']);
  });

  it('goes on to one state by several claims', async () => {
    const { store } = context;
    const [fresh, other] = await submitted(store, new ErrandBook(), 2);
    await update(store, (await store.jobs.get(other ?? '')) as Job, { state: 'undoing', phase: 'waiting' });
    const claims = ['pending', 'undoing'].map((from) => ({ from, to: 'processing', event: 'ErrandStarted' }));
    expect(idsOf(await store.work.claim(asked({ claims })))).toEqual([fresh, other]);
    const counts = (await store.jobs.counts()).map(({ state, count }) => `${state} ${count}`);
    expect(counts).toEqual(['processing 2']);
  });

  it('is claimed by priority, then oldest first, and no more than asked for', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [low] = await submitted(store, book, 1, { priority: -5 });
    const usual = await submitted(store, book, 3);
    const high = await submitted(store, book, 2, { priority: 1_000 });
    expect(await claimed(store, book, { limit: 3 })).toEqual([...high, usual[0]]);
    expect(await claimed(store, book, { limit: 2 })).toEqual(usual.slice(1));
    expect(await claimed(store, book, { limit: 2 })).toEqual([low]);
    expect(await claimed(store, book)).toEqual([]);
  });

  it('is claimed by those who ask for its type and kind', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [mine] = await submitted(store, book, 1, { type: 'import' });
    const [other] = await submitted(store, book, 1, { type: 'export' });
    expect(await store.work.claim(asked({ kind: 'order' }))).toEqual([]);
    expect(await claimed(store, book, { types: ['geocode'] })).toEqual([]);
    expect(await claimed(store, book, { types: ['import', 'geocode'] })).toEqual([mine]);
    expect(await claimed(store, book, { types: ['import', 'export'] })).toEqual([other]);
  });

  it('is claimed in one order over all types asked for, however few are wanted', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const types = Array.from({ length: 7 }, (_, i) => `type-${i}`);
    const made = Array.from({ length: 120 }, (_, i) => {
      // Most of one type, so that it is read on where the others are at their end.
      const type = types[i % 3 === 0 ? i % 7 : 0] as string;
      return { priority: (i * 5) % 4, id: book.submit({ type, priority: (i * 5) % 4 }) };
    });
    await written(store, book);
    const order = made.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
    const got: string[] = [];
    for (const limit of [1, 9, 50, 1_000]) got.push(...(await claimed(store, book, { types, limit })));
    expect(got).toEqual(order);
  });

  it('is claimed with the job’s current state, and the event that led there', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1, { timeoutMs: 10_000 });
    const before = book.jobs.get(id) as Job<ErrandFields>;
    const now = t0 + 500;
    const [taken] = await store.work.claim(asked({ now, workerId: 'worker-7', leaseMs: 4_000 }));
    expect(taken).toMatchObject({ leasedUntil: now + 4_000, timeoutAt: now + 10_000 });
    const [event, ...more] = await store.jobs.events(id, { after: before.version, limit: 10 });
    expect(more).toEqual([]);
    expect(event).toEqual({
      jobId: id, kind: 'errand', sequence: 2, occurredAt: now, actor: 'worker-7', correlationId: id,
      body: { type: 'ErrandStarted', state: 'processing', attempt: 1, workerId: 'worker-7' },
    });
    const after = fold(errand, before, event as RecordedEvent<ErrandEvent>);
    expect(after).toMatchObject({ lease: { token: 2, workerId: 'worker-7' }, attempt: 1, startedAt: now });
    expect(taken?.job).toEqual(after);
    expect(await store.jobs.get(id)).toEqual(after);
  });

  it('counts its attempts, each with a greater fencing token', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1);
    await claimed(store, book);
    const first = book.tokenOf(id);
    book.fail(id, 0);
    await written(store, book);
    book.now += 9;
    const [again] = await store.work.claim(asked({ now: book.now, workerId: 'worker-2' }));
    const { attempt, startedAt, lease, fields } = again?.job as Job<ErrandFields>;
    expect({ attempt, startedAt }).toEqual({ attempt: 2, startedAt: t0 });
    expect(lease?.workerId).toBe('worker-2');
    expect(lease?.token).toBeGreaterThan(first);
    expect(fields.errors).toEqual([{ at: t0, message: 'no' }]);
    expect(await store.jobs.get(id)).toEqual(again?.job);
  });

  it('is moved in lists and counts with its jobs', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const ids = await submitted(store, book, 5);
    await submitted(store, book, 1, { type: 'export' });
    await claimed(store, book, { limit: 3 });
    const filter = { scopes: scopesOf('user-1', 'errand'), type: 'import', limit: 10 };
    const inState = async (state: string): Promise<string[]> =>
      (await store.jobs.list({ ...filter, state })).map(({ id }) => id).toReversed();
    expect(await inState('processing')).toEqual(ids.slice(0, 3));
    expect(await inState('pending')).toEqual(ids.slice(3));
    const sorted = (await store.jobs.counts()).toSorted((a, b) => b.count - a.count);
    expect(sorted.map(({ type, state, count }) => [type, state, count])).toEqual([
      ['import', 'processing', 3], ['import', 'pending', 2], ['export', 'pending', 1],
    ]);
    expect(await places(store)).toEqual({ leased: 3, ready: 2 });
    for (const id of ids.slice(0, 3)) book.complete(id);
    await written(store, book);
    expect(await places(store)).toEqual({ ready: 2 });
  });

  it('is never claimed twice, however many ask at once', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const types = ['import', 'export', 'geocode'];
    for (const type of types) await submitted(store, book, 40, { type });
    const stores = await handles(context);
    const worker = async (n: number): Promise<string[]> => {
      const own = stores[n % stores.length] as typeof store;
      const got: string[] = [];
      for (;;) {
        const jobs = await own.work.claim(asked({ types, limit: 7, workerId: `worker-${n}` }));
        if (jobs.length === 0) return got;
        got.push(...idsOf(jobs));
      }
    };
    const got = (await Promise.all(Array.from({ length: 6 }, (_, n) => worker(n)))).flat();
    // One may have been told "nothing" while another held the rest: they are not lost.
    got.push(...(await worker(0)));
    expect(got.toSorted()).toEqual([...book.jobs.keys()].toSorted());
  });

  it('claimed keeps what was decided on the job before from being stored', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1);
    book.command(id, { type: 'cancel' });
    const cancel = book.take();
    await store.work.claim(asked());
    expect(await store.commit(cancel)).toEqual({ ok: false, conflicts: [`job:${id}`] });
    expect(await places(store)).toEqual({ leased: 1 });
  });

  it('is not claimed after it was removed', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [canceled = '', kept] = await submitted(store, book, 2);
    book.command(canceled, { type: 'cancel' });
    await written(store, book);
    expect(await claimed(store, book)).toEqual([kept]);
  });

  it('of a commit in conflict is not stored', async () => {
    const { store } = context;
    const book = new ErrandBook();
    book.submit();
    const commit = book.take();
    const [change] = commit.jobs;
    if (change === undefined) throw new Error('nothing was submitted');
    const stale = { ...change, job: { ...change.job, version: 8 }, before: change.job, expectedVersion: 7 };
    expect((await store.commit({ ...commit, jobs: [stale] })).ok).toBe(false);
    expect(await store.work.claim(asked())).toEqual([]);
    expect(await store.work.counts()).toEqual([]);
    expect(await store.commit(nothing)).toEqual({ ok: true });
  });
}

type Extended = Pick<LeaseState, 'leasedUntil' | 'cancelRequested'>;

async function extended(
  work: WorkStore,
  jobId: string,
  token: number,
  options: { readonly now: number; readonly leaseMs: number },
): Promise<Extended> {
  const [state] = await work.renew([{ jobId, token }], options);
  expect(state).toMatchObject({ jobId, token });
  const { leasedUntil, cancelRequested } = state as LeaseState;
  return { leasedUntil, cancelRequested };
}

export function leaseTests(context: Context): void {
  it('are renewed from now on, each by itself, and answered in the order asked', async () => {
    const { work } = context.store;
    const book = new ErrandBook();
    const [a = '', b = ''] = await submitted(context.store, book, 2);
    await claimed(context.store, book);
    const asks = [
      { jobId: b, token: 2 }, { jobId: 'unknown', token: 2 }, { jobId: a, token: 3 }, { jobId: a, token: 2 },
    ];
    const states = await work.renew(asks, { now: t0 + 1_000, leaseMs: 60_000 });
    expect(states.map(({ jobId, token }) => ({ jobId, token }))).toEqual(asks);
    expect(states.map(({ leasedUntil }) => leasedUntil)).toEqual([t0 + 61_000, null, null, t0 + 61_000]);
    expect(states.every(({ cancelRequested }) => !cancelRequested)).toBe(true);
    expect(await work.renew([], { now: t0, leaseMs: 1 })).toEqual([]);
  });

  it('say when they were renewed, and those that are over say nothing', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = '', other = ''] = await submitted(store, book, 3);
    expect([...(await store.work.renewedAt([id]))]).toEqual([]);
    await claimed(store, book, { limit: 2, leaseMs: 5_000 });
    await extended(store.work, id, book.tokenOf(id), { now: t0 + 3_000, leaseMs: 60_000 });
    const all = [...book.jobs.keys(), 'unknown'];
    expect(await store.work.renewedAt(all)).toEqual(new Map([[id, t0 + 3_000], [other, t0]]));
    book.complete(id);
    await written(store, book);
    expect(await store.work.renewedAt(all)).toEqual(new Map([[other, t0]]));
    expect(await store.work.renewedAt([])).toEqual(new Map());
  });

  it('of an attempt that is over are not live, whoever holds the job now', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1);
    await claimed(store, book);
    const first = book.tokenOf(id);
    const options = { now: t0, leaseMs: 60_000 };
    book.fail(id, 0);
    await written(store, book);
    expect((await extended(store.work, id, first, options)).leasedUntil).toBeNull();
    await claimed(store, book, { leaseMs: 5 });
    expect((await extended(store.work, id, first, options)).leasedUntil).toBeNull();
    expect((await extended(store.work, id, book.tokenOf(id), options)).leasedUntil).toBe(t0 + 60_000);
    book.complete(id);
    await written(store, book);
    expect((await extended(store.work, id, 4, options)).leasedUntil).toBeNull();
  });

  it('never outlast the time limit of their attempt', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1, { timeoutMs: 90_000 });
    const [taken] = await store.work.claim(asked({ leaseMs: 100_000 }));
    expect(taken).toMatchObject({ leasedUntil: t0 + 90_000, timeoutAt: t0 + 90_000 });
    const at = (now: number) => extended(store.work, id, 2, { now, leaseMs: 60_000 });
    expect((await at(t0)).leasedUntil).toBe(t0 + 60_000);
    expect((await at(t0 + 40_000)).leasedUntil).toBe(t0 + 90_000);
    expect((await at(t0 + 90_000)).leasedUntil).toBeNull();
    expect(await store.work.lapsed(t0 + 89_999, 10)).toEqual([]);
    expect(await store.work.lapsed(t0 + 90_000, 10)).toEqual([{ jobId: id, token: 2, kind: 'errand', timedOut: true }]);
  });

  it('that have expired are listed, the oldest expiry first', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const ids = await submitted(store, book, 4);
    const until: Record<number, number> = { 0: 30_000, 1: 10_000, 2: 20_000, 3: 90_000 };
    for (const [n, leaseMs] of Object.entries(until)) {
      expect(await claimed(store, book, { limit: 1, leaseMs })).toEqual([ids[Number(n)]]);
    }
    const lapsed = async (now: number, limit: number): Promise<string[]> =>
      (await store.work.lapsed(now, limit)).map(({ jobId }) => jobId);
    expect(await lapsed(t0 + 9_999, 10)).toEqual([]);
    expect(await lapsed(t0 + 30_000, 10)).toEqual([ids[1], ids[2], ids[0]]);
    expect(await lapsed(t0 + 30_000, 2)).toEqual([ids[1], ids[2]]);
    const [first] = await store.work.lapsed(t0 + 30_000, 1);
    expect(first).toEqual({ jobId: ids[1], token: 2, kind: 'errand', timedOut: false });
    book.complete(ids[2] as string);
    await written(store, book);
    expect(await lapsed(t0 + 30_000, 10)).toEqual([ids[1], ids[0]]);
  });

  it('that have expired can be renewed until somebody takes the work', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1);
    await claimed(store, book, { leaseMs: 1_000 });
    const now = t0 + 5_000;
    expect((await extended(store.work, id, 2, { now, leaseMs: 1_000 })).leasedUntil).toBe(now + 1_000);
    expect(await store.work.lapsed(now, 10)).toEqual([]);
  });

  it('say that a cancel was requested, and those of the next attempt do not', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [id = '', other = ''] = await submitted(store, book, 2);
    await claimed(store, book);
    book.command(id, { type: 'cancel' });
    await written(store, book);
    const options = { now: t0, leaseMs: 60_000 };
    expect(await extended(store.work, id, 2, options)).toEqual({ leasedUntil: t0 + 60_000, cancelRequested: true });
    expect(await extended(store.work, other, 2, options)).toEqual({ leasedUntil: t0 + 60_000, cancelRequested: false });
    book.complete(id);
    await written(store, book);
    book.command(id, { type: 'retry', waitsFor: [] });
    await written(store, book);
    await claimed(store, book);
    expect(await extended(store.work, id, book.tokenOf(id), options)).toMatchObject({ cancelRequested: false });
  });
}
