import { expect, it } from 'vitest';
import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Work } from '../../domain/job/work.ts';
import type { Store } from '../../ports/store/store.ts';
import { anyJob, stored, t0, update, type Context } from './context.ts';

const work: Work = {
  blocked: false, priority: 0, pauseMs: null, dueAt: t0, concurrencyKey: null, timeoutMs: null,
};

interface Offer extends Partial<Work> {
  readonly ownerId: string;
  readonly kind?: string;
  readonly assigned?: boolean;
}

async function offered(store: Store, { ownerId, kind = 'errand', assigned = true, ...changes }: Offer): Promise<Job> {
  const job = anyJob({ ownerId, kind });
  await stored(store, {
    jobs: [{ job, before: null, expectedVersion: 0, newItems: [] }],
    work: [
      {
        type: 'put', jobId: job.id, jobType: job.type, kind,
        candidate: assigned ? { ownerId, place: placeOf(job) } : null,
        work: { ...work, ...changes }, now: t0,
      },
    ],
  });
  return job;
}

/** Gives the job to a worker, as a decision's commit does. */
async function assigned(
  store: Store,
  job: Job,
  { leaseMs = 1_000, timeoutMs = null }: { readonly leaseMs?: number; readonly timeoutMs?: number | null } = {},
): Promise<Job> {
  const after: Job = {
    ...job, state: 'processing', phase: 'active', version: job.version + 1, attempt: job.attempt + 1,
    lease: { token: job.version + 1, workerId: 'w' },
  };
  await stored(store, {
    jobs: [{ job: after, before: job, expectedVersion: job.version, newItems: [] }],
    work: [{ type: 'lease', jobId: job.id, token: after.version, leaseMs, timeoutMs, now: t0 }],
  });
  return after;
}

async function candidates(store: Store, after = '', perOwner = 10): Promise<string[]> {
  return (await store.work.candidates({ kind: 'errand', after, perOwner })).map(({ jobId }) => jobId);
}

export function assignmentTests(context: Context): void {
  it('offers as candidates what is ready, by owner, priority and age', async () => {
    const { store } = context;
    const first = await offered(store, { ownerId: 'ada' });
    const second = await offered(store, { ownerId: 'ada' });
    const urgent = await offered(store, { ownerId: 'ada', priority: 5 });
    const other = await offered(store, { ownerId: 'bob' });
    await offered(store, { ownerId: 'bob', kind: 'order' });
    await offered(store, { ownerId: 'bob', dueAt: t0 + 1 });
    await offered(store, { ownerId: 'bob', blocked: true });
    await offered(store, { ownerId: 'bob', assigned: false });
    expect(await candidates(store)).toEqual([urgent.id, first.id, second.id, other.id]);
    expect(await candidates(store, '', 1)).toEqual([urgent.id, other.id]);
    expect(await candidates(store, 'ada', 1)).toEqual([other.id, urgent.id]);
    expect(await store.work.candidates({ kind: 'errand', after: '', perOwner: 1 })).toEqual([
      { jobId: urgent.id, ownerId: 'ada', priority: 5 }, { jobId: other.id, ownerId: 'bob', priority: 0 },
    ]);
    await expect(candidates(store, '', 0)).rejects.toThrow('1 to 100');
  });

  it('offers the first jobs of an owner however many another has', async () => {
    const { store } = context;
    for (let made = 0; made < 30; made++) await offered(store, { ownerId: 'ada', priority: 9 });
    const other = await offered(store, { ownerId: 'bob' });
    expect((await candidates(store, '', 3)).at(-1)).toBe(other.id);
  });

  it('gives a candidate to a worker by a commit, as a claim would', async () => {
    const { store } = context;
    const { id: jobId, version: token } = await assigned(store, await offered(store, { ownerId: 'ada' }));
    expect(await candidates(store)).toEqual([]);
    const lease = { jobId, token };
    expect(await store.work.lapsed(t0 + 999, 10)).toEqual([]);
    expect(await store.work.lapsed(t0 + 1_000, 10)).toEqual([{ ...lease, kind: 'errand', timedOut: false }]);
    const renewal = { now: t0 + 500, leaseMs: 2_000 };
    expect(await store.work.renew([lease, { jobId, token: token + 1 }], renewal)).toEqual([
      { ...lease, leasedUntil: t0 + 2_500, cancelRequested: false },
      { jobId, token: token + 1, leasedUntil: null, cancelRequested: false },
    ]);
    await stored(store, { work: [{ type: 'request-cancel', jobId }] });
    expect(await store.work.renew([lease], renewal)).toEqual([
      { ...lease, leasedUntil: t0 + 2_500, cancelRequested: true },
    ]);
    const counts = await store.work.counts();
    expect(counts.filter(({ kind }) => kind === 'errand')).toEqual([
      { kind: 'errand', type: 'import', stage: 'leased', count: 1 },
    ]);
  });

  it('has a job canceled that the same commit gave to a worker', async () => {
    const { store } = context;
    const job = await offered(store, { ownerId: 'ada' });
    const after: Job = {
      ...job, state: 'processing', phase: 'active', version: job.version + 1,
      lease: { token: job.version + 1, workerId: 'worker-1' },
    };
    const lease = { jobId: job.id, token: after.version };
    await update(store, job, after, [
      { type: 'lease', ...lease, leaseMs: 1_000, timeoutMs: null, now: t0 }, { type: 'request-cancel', jobId: job.id },
    ]);
    expect(await store.work.renew([lease], { now: t0, leaseMs: 2_000 })).toEqual([
      { ...lease, leasedUntil: t0 + 2_000, cancelRequested: true },
    ]);
  });

  it('ends the lease of an assigned job with the time of its attempt', async () => {
    const { store } = context;
    const { id: jobId, version: token } = await assigned(
      store, await offered(store, { ownerId: 'ada' }), { leaseMs: 1_000, timeoutMs: 700 },
    );
    expect(await store.work.lapsed(t0 + 699, 10)).toEqual([]);
    expect(await store.work.lapsed(t0 + 700, 10)).toEqual([{ jobId, token, kind: 'errand', timedOut: true }]);
  });

  it('offers a job again once it was put anew', async () => {
    const { store } = context;
    const held = await assigned(store, await offered(store, { ownerId: 'ada' }));
    const back: Job = { ...held, state: 'pending', phase: 'waiting', lease: null, version: held.version + 1 };
    await stored(store, {
      jobs: [{ job: back, before: held, expectedVersion: held.version, newItems: [] }],
      work: [{
        type: 'put', jobId: back.id, jobType: back.type, kind: back.kind,
        candidate: { ownerId: 'ada', place: placeOf(back) }, work, now: t0,
      }],
    });
    expect(await candidates(store)).toEqual([back.id]);
    expect(await store.work.renew([{ jobId: back.id, token: held.version }], { now: t0, leaseMs: 1_000 })).toEqual([
      { jobId: back.id, token: held.version, leasedUntil: null, cancelRequested: false },
    ]);
  });
}
