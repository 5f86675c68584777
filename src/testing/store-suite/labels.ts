import { expect, it } from 'vitest';
import type { Job, Labels } from '../../domain/job/job.ts';
import type { JobFilter } from '../../ports/store/store.ts';
import { anyJob, insert, newId, scopesOf, someone, t0, update, type Context } from './context.ts';

const labels: readonly Labels[] = [
  { sku: 'A-17', theme: 'snow' }, { sku: 'A-17' }, { theme: 'snow' }, { sku: 'B-2', theme: 'snow' }, {},
  { sku: '', 'a name': "it's \u00e9\u{1f980}" },
];

/** Thirty jobs with labels, of two owners and two kinds in turn; some of them have ended. */
function labeled(owners: readonly [string, string]): Job[] {
  return Array.from({ length: 30 }, (_, i) =>
    anyJob({
      ownerId: owners[i % 2] as string,
      kind: i % 3 === 0 ? 'order' : 'errand',
      labels: labels[i % labels.length] ?? {},
      ...(i % 4 === 0 && { state: 'completed', phase: 'succeeded', endedAt: t0 }),
    }),
  );
}

export function labelTests(context: Context): void {
  const idsOf = (jobs: readonly Job[]): string[] => jobs.map(({ id }) => id).toSorted().toReversed();

  /** Page by page. */
  async function read(filter: Omit<JobFilter, 'limit' | 'before'>, before?: string): Promise<string[]> {
    const page = await context.store.jobs.list({ ...filter, limit: 3, ...(before !== undefined && { before }) });
    const ids = page.map(({ id }) => id);
    return ids.length < 3 ? ids : [...ids, ...(await read(filter, ids.at(-1)))];
  }

  it('find the jobs that have all of them, newest first, with whatever else is asked', async () => {
    const owners = [someone(), someone()] as const;
    const jobs = labeled(owners);
    await insert(context.store, ...jobs);
    const asked: readonly Labels[] = [
      { sku: 'A-17' }, { theme: 'snow' }, { sku: 'A-17', theme: 'snow' }, { theme: 'snow', sku: 'B-2' }, { sku: '' },
      { 'a name': "it's \u00e9\u{1f980}" }, { sku: 'a-17' }, { theme: 'A-17' },
    ];
    for (const [ownerId, kind] of [[owners[0], undefined], [null, undefined], [owners[1], 'errand'], [null, 'order']]) {
      for (const wanted of asked) {
        for (const state of [undefined, 'completed']) {
          const found = jobs.filter(
            (job) =>
              (ownerId ?? job.ownerId) === job.ownerId && (kind ?? job.kind) === job.kind &&
              (state ?? job.state) === job.state &&
              Object.entries(wanted).every(([name, value]) => job.labels[name] === value),
          );
          const scopes = scopesOf(ownerId ?? null, kind ?? undefined);
          const filter = { scopes, labels: wanted, ...(state !== undefined && { state }) };
          expect(await read(filter)).toEqual(idsOf(found));
          expect(await context.store.jobs.count({ ...filter, limit: 100 })).toBe(found.length);
          expect(await context.store.jobs.count({ ...filter, limit: 1 })).toBe(Math.min(1, found.length));
        }
      }
    }
  });

  it('are kept unchanged for the life of the job, and deleted with it', async () => {
    const { store } = context;
    const job = anyJob({ labels: { sku: 'C-3' }, costMicroUsd: 7 });
    await insert(store, job);
    const filter = { scopes: scopesOf(null), labels: { sku: 'C-3' } };
    const ended = await update(store, job, {
      state: 'completed', phase: 'succeeded', endedAt: t0, costMicroUsd: Number.MAX_SAFE_INTEGER,
    });
    expect(await store.jobs.get(job.id)).toEqual(ended);
    expect(await store.jobs.list({ ...filter, limit: 1 })).toEqual([{ ...ended, items: undefined }].map(withoutItems));
    expect(await store.retention.removeJobs([job.id])).toEqual([job.id]);
    expect(await read(filter)).toEqual([]);
    // Nothing of them is left: the id may be another one's.
    await insert(store, job);
    expect(await read(filter)).toEqual([job.id]);
  });

  it('narrow a list of a job’s parts, found by their parent', async () => {
    const owners = [someone(), someone()] as const;
    const parentId = newId(t0);
    const parts = labeled(owners).map((job) => ({ ...job, parentId }));
    await insert(context.store, ...parts, ...labeled(owners), anyJob({ parentId: newId(t0) }));
    expect((await context.store.jobs.get(parts[3]?.id ?? ''))?.parentId).toBe(parentId);
    const of = (ownerId: string | null, kind?: string): Omit<JobFilter, 'limit'> => ({
      scopes: scopesOf(ownerId, kind), parentId,
    });
    expect(await read(of(null))).toEqual(idsOf(parts));
    expect(await context.store.jobs.count({ ...of(null), limit: 100 })).toBe(parts.length);
    const mine = parts.filter(({ ownerId }) => ownerId === owners[0]);
    expect(await read(of(owners[0]))).toEqual(idsOf(mine));
    expect(await read({ ...of(owners[0], 'errand'), state: 'completed', labels: { theme: 'snow' } })).toEqual(
      idsOf(mine.filter((job) => job.kind === 'errand' && job.state === 'completed' && job.labels['theme'] === 'snow')),
    );
    expect(await read({ scopes: scopesOf(null), parentId: newId(t0) })).toEqual([]);
  });
}

function withoutItems({ items: _, ...rest }: { readonly items: unknown }): unknown {
  return rest;
}
