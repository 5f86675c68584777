import { expect, it } from 'vitest';
import { placeOf } from '../../domain/job/id.ts';
import type { Job } from '../../domain/job/job.ts';
import type { JobFilter } from '../../ports/store/store.ts';
import { anyJob, insert, newId, scopesOf, someone, stored, t0, type Context } from './context.ts';

const day = 86_400_000;

/** An id as a client may choose it for the nth job: at random, of another time, of the same bits but for the first. */
function chosenId(n: number): string {
  const others = [
    crypto.randomUUID(), newId(t0 + 10_000 * day), newId(t0 - 10_000 * day), newId(t0 + Math.floor(n / 2)),
    `${n.toString(16).padStart(8, '0')}-ffff-4fff-bfff-ffffffffffff`,
    `${(0xffff_ffff - n).toString(16)}-ffff-4fff-bfff-ffffffffffff`,
  ];
  return others[n % others.length] as string;
}

/** In the order in which they were made, two in each millisecond. */
function made(count: number, changes: (n: number) => Partial<Job>): Job[] {
  return Array.from({ length: count }, (_, n) =>
    anyJob({ createdAt: t0 + Math.floor(n / 2), ...changes(n), id: chosenId(n) }));
}

const newestFirst = (jobs: readonly Job[]): string[] =>
  jobs.toSorted((a, b) => b.createdAt - a.createdAt || (placeOf(a) < placeOf(b) ? 1 : -1)).map(({ id }) => id);

export function placeTests(context: Context): void {
  async function pages(filter: Omit<JobFilter, 'limit' | 'before'>, limit: number): Promise<string[]> {
    const all: string[] = [];
    for (let before: string | undefined; ; ) {
      const asked = { ...filter, limit, ...(before !== undefined && { before }) };
      const page = await context.store.jobs.list(asked);
      expect(await context.store.jobs.ids(asked)).toEqual(page.map(({ id }) => id));
      all.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return all;
      before = placeOf(last);
    }
  }

  it('are those of its creation in every list, page by page, whatever id a client chose', async () => {
    const { store } = context;
    const owner = someone();
    const parent = anyJob({ ownerId: owner, kind: 'order', createdAt: t0 - 1 });
    const jobs = made(36, (n) => ({
      ownerId: owner, parentId: parent.id, labels: n % 2 === 0 ? { sku: 'A' } : { sku: 'A', theme: 'snow' },
      ...(n % 3 === 0 && { state: 'completed', phase: 'succeeded', endedAt: t0 + 50 }),
    }));
    await insert(store, ...jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1)), parent);
    for (const { id } of jobs) expect((await store.jobs.get(id))?.id).toBe(id);
    const snowy = jobs.filter(({ labels }) => labels['theme'] !== undefined);
    const open = jobs.filter(({ endedAt }) => endedAt === null);
    for (const ownerId of [owner, null]) {
      const scopes = scopesOf(ownerId, 'errand');
      for (const limit of [1, 7, 100]) {
        expect(await pages({ scopes }, limit)).toEqual(newestFirst(jobs));
        expect(await pages({ scopes, labels: { theme: 'snow' } }, limit)).toEqual(newestFirst(snowy));
        expect(await pages({ scopes, labels: { sku: 'A', theme: 'snow' } }, limit)).toEqual(newestFirst(snowy));
        expect(await pages({ scopes, labels: { sku: 'A' }, phase: 'waiting' }, limit)).toEqual(newestFirst(open));
        expect(await pages({ scopes, parentId: parent.id }, limit)).toEqual(newestFirst(jobs));
        expect(await pages({ scopes, phase: 'waiting' }, limit)).toEqual(newestFirst(open));
        expect(await pages({ scopes: scopesOf(ownerId) }, limit)).toEqual([...newestFirst(jobs), parent.id]);
      }
    }
  });

  it('decide whether it was created within a period', async () => {
    const { store } = context;
    const owner = someone();
    const jobs = made(24, () => ({ ownerId: owner, labels: { sku: 'A' } }));
    await insert(store, ...jobs);
    for (const [from, before] of [[t0 + 3, t0 + 9], [t0, t0 + 1], [t0 + 11, t0 + 900], [t0 + 12, t0 + 900]] as const) {
      const within = newestFirst(jobs.filter(({ createdAt }) => createdAt >= from && createdAt < before));
      const period = { createdFrom: from, createdBefore: before };
      for (const more of [{}, { labels: { sku: 'A' } }, { phase: 'waiting' } as const]) {
        const filter = { scopes: scopesOf(owner), ...period, ...more };
        expect(await pages(filter, 5)).toEqual(within);
        expect(await store.jobs.count({ ...filter, limit: 100 })).toBe(within.length);
      }
    }
  });

  it('decide which ended jobs are purged first, and keep none for longer', async () => {
    const { store } = context;
    const kinds = ['completed', 'failed'] as const;
    const jobs = made(24, (n) => ({
      state: kinds[n % 2] as string, phase: n % 2 === 0 ? 'succeeded' : 'failed', endedAt: t0 + 100,
      labels: { sku: 'A' },
    }));
    const young = anyJob({
      id: newId(t0 - day), createdAt: t0 + 200, state: 'completed', phase: 'succeeded', endedAt: t0 + 200,
    });
    await insert(store, ...jobs, young);
    const oldestFirst = newestFirst(jobs).toReversed();
    const left = (): Promise<readonly string[]> => store.jobs.ids({ scopes: scopesOf(null), limit: 100 });
    for (const gone of [5, 10]) {
      expect(await store.retention.purgeJobs('errand', t0 + 101, 5)).toBe(5);
      expect(await left()).toEqual([young.id, ...oldestFirst.slice(gone).toReversed()]);
    }
    expect(await store.retention.purgeJobs('errand', t0 + 101, 100)).toBe(14);
    expect(await left()).toEqual([young.id]);
    expect(await store.jobs.ids({ scopes: scopesOf(null), labels: { sku: 'A' }, limit: 100 })).toEqual([]);
  });

  it('decide which of one owner and priority is assigned first', async () => {
    const { store } = context;
    const owner = someone();
    const jobs = made(12, () => ({ ownerId: owner }));
    const work = { blocked: false, priority: 0, pauseMs: null, dueAt: t0, concurrencyKey: null, timeoutMs: null };
    await insert(store, ...jobs);
    await stored(store, {
      jobs: jobs.map((job) => ({
        job: { ...job, version: 2 }, before: job, expectedVersion: 1, newItems: [],
      })),
      work: jobs.map((job) => ({
        type: 'put', jobId: job.id, jobType: job.type, kind: job.kind,
        candidate: { ownerId: owner, place: placeOf(job) }, work, now: t0,
      })),
    });
    const found = await store.work.candidates({ kind: 'errand', after: '', perOwner: 100 });
    expect(found.map(({ jobId }) => jobId)).toEqual(newestFirst(jobs).toReversed());
  });
}
