import { expect, it } from 'vitest';
import type { Job } from '../../domain/job/job.ts';
import type { JobChange } from '../../ports/store/commit.ts';
import type { DeadlineFilter, JobFilter, JobSummary, Store } from '../../ports/store/store.ts';
import { anyJob, insert, newId, scopesOf, someone, stored, t0, update, type Context } from './context.ts';
import { claimed, ErrandBook, submitted, written } from './errands.ts';

function summary({ items: _, ...rest }: Job): JobSummary {
  return rest;
}

/** What is asked for beside whose jobs. */
type Narrowed = Omit<JobFilter, 'scopes' | 'limit'> & { readonly kind?: string };

const newestFirst = (jobs: readonly Job[]): JobSummary[] =>
  jobs.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(summary);

/** Page after page until one is short. */
async function readAll(store: Store, filter: JobFilter): Promise<JobSummary[]> {
  const all: JobSummary[] = [];
  const most = await store.jobs.count({ ...filter, limit: 10_001 });
  expect(await store.jobs.count(filter)).toBe(Math.min(most, filter.limit));
  for (let before: string | undefined; ; ) {
    const asked = before === undefined ? filter : { ...filter, before };
    const page = await store.jobs.list(asked);
    expect(await store.jobs.ids(asked)).toEqual(page.map(({ id }) => id));
    expect(page.length).toBeLessThanOrEqual(filter.limit);
    all.push(...page);
    if (page.length < filter.limit) {
      expect(most).toBe(all.length);
      return all;
    }
    before = page.at(-1)?.id;
  }
}

const sorts = [
  { kind: 'errand', state: 'pending', phase: 'waiting' },
  { kind: 'errand', state: 'processing', phase: 'active' },
  { kind: 'errand', state: 'completed', phase: 'succeeded' },
  { kind: 'errand', state: 'canceled', phase: 'canceled' },
  { kind: 'order', state: 'pending', phase: 'waiting' },
  { kind: 'order', state: 'FAILED', phase: 'failed' },
] as const;

/** Sixty jobs of every sort, of two owners in turn. */
function assorted(owners: readonly [string, string]): Job[] {
  return Array.from({ length: 60 }, (_, i) => {
    const sort = sorts[i % sorts.length] as (typeof sorts)[number];
    const endedAt = sort.phase === 'waiting' || sort.phase === 'active' ? null : t0 + i;
    return anyJob({ ...sort, ownerId: owners[Math.floor(i / 7) % 2] as string, endedAt });
  });
}

export function listTests(context: Context): void {
  it('say of some jobs by their ids what they are', async () => {
    const { store } = context;
    const [errand, order] = [anyJob({ type: 'import' }), anyJob({ kind: 'order', type: '' })];
    await insert(store, errand, order);
    expect(await store.jobs.kinds([order.id, errand.id, newId(t0)])).toEqual(
      new Map([[errand.id, { kind: 'errand', type: 'import' }], [order.id, { kind: 'order', type: '' }]]),
    );
    expect(await store.jobs.kinds([])).toEqual(new Map());
  });

  it('have every job once, newest first, page by page', async () => {
    const { store } = context;
    const owners = [someone(), someone()] as const;
    const jobs = assorted(owners);
    await insert(store, ...jobs);
    for (const limit of [1, 7, 60, 200]) {
      const mine = jobs.filter(({ ownerId }) => ownerId === owners[0]);
      expect(await readAll(store, { scopes: scopesOf(owners[0]), limit })).toEqual(newestFirst(mine));
      expect(await readAll(store, { scopes: scopesOf(null), limit })).toEqual(newestFirst(jobs));
    }
  });

  it('apply every filter, alone and combined', async () => {
    const { store } = context;
    const owners = [someone(), someone()] as const;
    const jobs = assorted(owners);
    await insert(store, ...jobs);
    const filters: Narrowed[] = [
      { kind: 'errand' }, { state: 'pending' }, { phase: 'waiting' }, { phase: 'failed' }, { state: 'FAILED' },
      { kind: 'order', state: 'pending' }, { kind: 'errand', phase: 'waiting', state: 'pending' },
      { kind: 'errand', phase: 'failed' }, { kind: 'order', state: 'completed' }, { state: 'unheard-of' },
    ];
    for (const ownerId of [owners[0], owners[1], null]) {
      for (const { kind, ...filter } of filters) {
        const wanted = jobs.filter(
          (job) =>
            (ownerId === null || job.ownerId === ownerId) &&
            (kind === undefined || job.kind === kind) &&
            (filter.state === undefined || job.state === filter.state) &&
            (filter.phase === undefined || job.phase === filter.phase),
        );
        const found = await readAll(store, { ...filter, scopes: scopesOf(ownerId, kind), limit: 4 });
        expect(found).toEqual(newestFirst(wanted));
      }
    }
  });

  it('can be limited to a type and a period, and begin at an offset, with any other filter', async () => {
    const { store } = context;
    const owners = [someone(), someone()] as const;
    const types = ['a', 'b', 'c'];
    const jobs = assorted(owners).map((job, i) =>
      anyJob({ ...job, id: newId(t0 + i * 10), createdAt: t0 + i * 10, type: types[i % 7 === 0 ? 0 : i % 3] ?? '' }),
    );
    await insert(store, ...jobs);
    const filters: Narrowed[] = [
      { type: 'a' }, { type: 'b', state: 'pending' }, { kind: 'errand', type: 'c', phase: 'waiting' }, { type: 'd' },
      {}, { state: 'completed' },
    ];
    const stretches = [
      { createdFrom: t0 + 200 }, { createdBefore: t0 + 200 }, { createdFrom: t0 + 101, createdBefore: t0 + 401 },
      { createdFrom: t0 + 400, createdBefore: t0 + 100 }, {},
    ];
    for (const ownerId of [owners[0], null]) {
      for (const filter of filters) {
        for (const stretch of stretches) {
          const { createdFrom = 0, createdBefore = Number.POSITIVE_INFINITY } = stretch as JobFilter;
          const wanted = jobs.filter(
            (job) =>
              (ownerId === null || job.ownerId === ownerId) &&
              (['kind', 'type', 'state', 'phase'] as const).every((f) => (filter[f] ?? job[f]) === job[f]) &&
              job.createdAt >= createdFrom && job.createdAt < createdBefore,
          );
          const all = newestFirst(wanted);
          const { kind, ...rest } = filter;
          const narrowed = { ...rest, ...stretch, scopes: scopesOf(ownerId, kind) };
          expect(await readAll(store, { ...narrowed, limit: 7 })).toEqual(all);
          const further = await store.jobs.list({ ...narrowed, limit: 5, offset: 3 });
          expect(further).toEqual(all.slice(3, 8));
        }
      }
    }
    expect(await store.jobs.list({ scopes: scopesOf(null), limit: 5, offset: 10_000 })).toEqual([]);
  });

  it('continue after their cursor whatever was added or changed meanwhile', async () => {
    const { store } = context;
    const ownerId = someone();
    const jobs = Array.from({ length: 9 }, () => anyJob({ ownerId }));
    await insert(store, ...jobs);
    const first = await store.jobs.list({ scopes: scopesOf(ownerId), limit: 3 });
    await insert(store, anyJob({ ownerId }), anyJob({ ownerId }));
    const cursor = jobs.find(({ id }) => id === first.at(-1)?.id) as Job;
    await update(store, cursor, { state: 'completed', phase: 'succeeded', endedAt: t0 });
    const rest = await store.jobs.list({ scopes: scopesOf(ownerId), limit: 200, before: cursor.id });
    expect([...first, ...rest]).toEqual(newestFirst(jobs));
  });

  it('show a job in its new state after each change', async () => {
    const { store } = context;
    const ownerId = someone();
    let job = anyJob({ ownerId });
    await insert(store, job);
    const states = [
      { state: 'processing', phase: 'active', endedAt: null },
      { state: 'processing', phase: 'active', endedAt: null },
      { state: 'pending', phase: 'waiting', endedAt: null },
      { state: 'failed', phase: 'failed', endedAt: t0 },
    ] as const;
    for (const next of states) {
      job = await update(store, job, next);
      for (const state of ['pending', 'processing', 'failed']) {
        const found = await store.jobs.list({ scopes: scopesOf(ownerId), state, limit: 10 });
        expect(found).toEqual(state === job.state ? [summary(job)] : []);
      }
    }
  });

  it('have those that workers claimed, lost and finished under what they are', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const owners = [someone(), someone()] as const;
    const types = ['import', 'export'];
    for (const ownerId of owners) for (const type of types) await submitted(store, book, 9, { ownerId, type });
    const ids = await claimed(store, book, { types, limit: 28 });
    ids.forEach((id, n) => {
      const fates = [
        () => book.command(id, { type: 'progress', token: book.tokenOf(id), done: 1 }), () => book.complete(id),
        () => book.fail(id, 1_000), () => book.release(id), () => book.command(id, { type: 'cancel' }),
      ];
      fates[n % 7]?.();
    });
    await written(store, book);
    await claimed(store, book, { types, limit: 2 });
    const all = [...book.jobs.values()];
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(['pending', 'processing', 'completed']));
    for (const ownerId of [null, ...owners]) {
      for (const type of [undefined, ...types]) {
        for (const narrowed of [{}, { state: 'pending' }, { state: 'processing' }, { phase: 'active' as const }]) {
          const filter = { ...narrowed, ...(type !== undefined && { type }) };
          const wanted = all.filter((job) =>
            (ownerId === null || job.ownerId === ownerId) &&
            Object.entries(filter).every(([name, value]) => job[name as keyof typeof filter] === value));
          for (const limit of [2, 5, 50]) {
            expect(await readAll(store, { ...filter, scopes: scopesOf(ownerId), limit })).toEqual(newestFirst(wanted));
          }
        }
      }
    }
  });

  it('leave out large fields unless they are asked for', async () => {
    const { store } = context;
    const ownerId = someone();
    const [text, ids] = ['é\u0000"\\🧨'.repeat(20_000), Array.from({ length: 100 }, () => newId(t0))];
    const input = { data: { text, list: [1, null] }, dependsOn: ids, priority: 7 };
    const fields = { errorLog: [{ message: text }], result: null, done: 3 };
    const [small, large] = [anyJob({ ownerId, input: { data: 1 } }), anyJob({ ownerId, input, fields })];
    await insert(store, small, large);
    const { data: _, ...listedInput } = input;
    const { errorLog: __, ...listedFields } = fields;
    const listed = { ...summary(large), input: listedInput, fields: listedFields };
    const filter = { scopes: scopesOf(ownerId), limit: 10 };
    expect(await store.jobs.list(filter)).toEqual([listed, summary(small)]);
    expect(await store.jobs.list({ ...filter, whole: true })).toEqual(newestFirst([small, large]));
    expect(await store.jobs.get(large.id)).toEqual(large);
    const ended = await update(store, large, { fields: { done: 4, result: text }, state: 'completed', endedAt: t0 });
    expect(await store.jobs.get(large.id)).toEqual(ended);
    const brief = await update(store, ended, { fields: { done: 5 } });
    expect(await store.jobs.get(large.id)).toEqual(brief);
  });

  it('say which types an owner has', async () => {
    const { store } = context;
    const [ownerId, other] = [someone(), someone()];
    const over = { state: 'completed', phase: 'succeeded', endedAt: t0 } as const;
    await insert(
      store, anyJob({ ownerId, type: 'a' }), anyJob({ ownerId, type: 'a', ...over }), anyJob({ ownerId, type: 'b' }),
      anyJob({ ownerId, type: 'c', ...over }), anyJob({ ownerId, type: 'd', kind: 'order' }),
      anyJob({ ownerId: other, type: 'e' }),
    );
    expect((await store.jobs.typesOf(ownerId, 'errand', 10)).toSorted()).toEqual(['a', 'b', 'c']);
    expect(await store.jobs.typesOf(ownerId, 'errand', 2)).toHaveLength(2);
    expect(await store.jobs.typesOf(someone(), 'errand', 10)).toEqual([]);
  });

  it('hold several kinds, each of one owner or of all', async () => {
    const { store } = context;
    const owners = [someone(), someone()] as const;
    const jobs = assorted(owners);
    await insert(store, ...jobs);
    const [mine, everybodys] = [{ kind: 'errand', ownerId: owners[0] }, { kind: 'order', ownerId: null }];
    const isSeen = ({ kind, ownerId }: Job): boolean => kind === 'order' || ownerId === owners[0];
    const narrowed: readonly Narrowed[] = [{}, { state: 'pending' }, { phase: 'failed' }];
    for (const filter of narrowed) {
      const { state, phase } = filter;
      const wanted = newestFirst(jobs.filter(
        (job) => isSeen(job) && (state ?? job.state) === job.state && (phase ?? job.phase) === job.phase,
      ));
      for (const scopes of [[mine, everybodys], [everybodys, mine]]) {
        expect(await readAll(store, { ...filter, scopes, limit: 4 })).toEqual(wanted);
        expect(await store.jobs.list({ ...filter, scopes, limit: 3, offset: 2 })).toEqual(wanted.slice(2, 5));
      }
    }
    expect(await store.jobs.list({ scopes: [], limit: 10 })).toEqual([]);
    await expect(store.jobs.list({ scopes: [mine, mine], limit: 10 })).rejects.toThrow('one of a kind');
  });

  it('are empty for an owner without jobs', async () => {
    expect(await context.store.jobs.list({ scopes: scopesOf(someone()), limit: 50 })).toEqual([]);
  });
}

export function countTests(context: Context): void {
  it('are by kind, type and state, and follow every change', async () => {
    const { store } = context;
    expect(await store.jobs.counts()).toEqual([]);
    const jobs = assorted([someone(), someone()]);
    await insert(store, ...jobs);
    const all = await store.jobs.counts();
    expect(all).toHaveLength(sorts.length);
    for (const { kind, state } of sorts) expect(all).toContainEqual({ kind, type: 'import', state, count: 10 });
    const pending = jobs.filter(({ kind, state }) => kind === 'errand' && state === 'pending');
    for (const job of pending) await update(store, job, { state: 'processing', phase: 'active' });
    const after = await store.jobs.counts();
    expect(after).toContainEqual({ kind: 'errand', type: 'import', state: 'processing', count: 20 });
    expect(after.filter(({ kind, state }) => kind === 'errand' && state === 'pending')).toEqual([]);
  });

  it('are right after a commit that changes the states of many jobs', async () => {
    const { store } = context;
    const waiting = Array.from({ length: 5 }, () => anyJob());
    const active = Array.from({ length: 3 }, () => anyJob({ state: 'processing', phase: 'active' }));
    await insert(store, ...waiting, ...active);
    const change = (before: Job, to: Pick<Job, 'state' | 'phase'>): JobChange => ({
      before, job: { ...before, ...to, version: 2 }, expectedVersion: 1, newItems: [],
    });
    const started = waiting.map((job) => change(job, { state: 'processing', phase: 'active' }));
    const returned = active.map((job) => change(job, { state: 'pending', phase: 'waiting' }));
    await stored(store, { jobs: [...started, ...returned] });
    expect((await store.jobs.counts()).toSorted((a, b) => a.count - b.count)).toEqual([
      { kind: 'errand', type: 'import', state: 'pending', count: 3 },
      { kind: 'errand', type: 'import', state: 'processing', count: 5 },
    ]);
  });
}

export function overdueTests(context: Context): void {
  it('are those whose deadline has passed, the longest overdue first', async () => {
    const { store } = context;
    const at = (deadlineAt: number | null): Job => anyJob({ deadlineAt });
    const [late, later, latest] = [at(t0 - 30), at(t0 - 20), at(t0 - 10)] as const;
    const [due, early, never] = [at(t0), at(t0 + 1), at(null)] as const;
    await insert(store, latest, early, late, never, due, later);
    const named = ({ id, kind }: Job): { id: string; kind: string } => ({ id, kind });
    expect(await store.jobs.overdue(t0, 10)).toEqual([late, later, latest, due].map(named));
    expect(await store.jobs.overdue(t0, 2)).toEqual([late, later].map(named));
    expect(await store.jobs.overdue(t0 - 31, 10)).toEqual([]);
  });

  it('and jobs with a deadline are read page by page, also only those created after a time', async () => {
    const { store } = context;
    const at = (deadlineAt: number | null, createdAt = t0): Job => anyJob({ deadlineAt, createdAt });
    const same = [at(t0 + 5), at(t0 + 5), at(t0 + 5)].sort((a, b) => (a.id < b.id ? -1 : 1));
    const [before, after, young, never] = [at(t0), at(t0 + 9), at(t0 + 7, t0 + 4), at(null)] as const;
    await insert(store, after, ...same, before, young, never);
    const ids = async (filter: DeadlineFilter, limit = 2): Promise<string[]> => {
      const page = await store.jobs.deadlines({ ...filter, limit });
      const last = page.at(-1);
      const next = { ...filter, after: last?.deadlineAt ?? 0, afterId: last?.id ?? '' };
      return [...page.map(({ id }) => id), ...(page.length < limit ? [] : await ids(next, limit))];
    };
    expect(await ids({ after: t0 + 1 })).toEqual([...same, young, after].map(({ id }) => id));
    expect(await ids({ after: t0 + 1, createdAfter: t0 })).toEqual([young.id]);
    expect(await ids({ after: t0 + 10 })).toEqual([]);
    const [first] = await store.jobs.deadlines({ after: t0, limit: 1 });
    expect(first).toEqual({ id: before.id, kind: 'errand', deadlineAt: t0 });
  });

  it('are no longer overdue once they got more time, or ended', async () => {
    const { store } = context;
    const due = (): Job => anyJob({ deadlineAt: t0 });
    const [prolonged, ended, same] = [due(), due(), due()] as const;
    await insert(store, prolonged, ended, same);
    await update(store, prolonged, { deadlineAt: t0 + 60_000 });
    await update(store, ended, { deadlineAt: null, endedAt: t0, state: 'failed', phase: 'failed' });
    await update(store, same, { updatedAt: t0 + 1 });
    expect((await store.jobs.overdue(t0 + 1, 10)).map(({ id }) => id)).toEqual([same.id]);
    expect((await store.jobs.overdue(t0 + 60_000, 10)).map(({ id }) => id)).toEqual([same.id, prolonged.id]);
  });
}
