import { expect, it } from 'vitest';
import { CommitAborted, type Commit, type LoadRequest } from '../../ports/store/commit.ts';
import type { Store } from '../../ports/store/store.ts';
import {
  anyJob, bookkeeper, insert, newId, nothing, scopesOf, someone, stored, t0, update, type Context,
} from './context.ts';
import { samples, type Sample } from './sample-table.ts';

const nobody: LoadRequest = { jobs: [], accounts: [], reservations: [], records: [], idempotency: [] };

export function commitTests(context: Context): void {
  it('stores all that it contains, read back unchanged', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 10);
    const key = { scope: `${owner}:submit`, key: 'once' };
    const jobId = book.submit(owner, 3, key);
    book.confirm(jobId);
    book.execute(jobId);
    book.result(jobId, 0);
    book.result(jobId, 2, 'failed');
    const commit = book.take();
    await stored(store, commit);
    const loaded = await store.load({
      ...nobody, jobs: [jobId], accounts: [owner], reservations: [jobId], idempotency: [key],
    });
    expect(loaded.jobs).toEqual([book.jobs.get(jobId)]);
    expect(loaded.accounts).toEqual([book.accounts.get(owner)]);
    expect(loaded.reservations).toEqual([book.reservations.get(jobId)]);
    expect(loaded.idempotency).toEqual(commit.idempotency);
    expect(await store.jobs.get(jobId)).toEqual(book.jobs.get(jobId));
  });

  it('changes a job step by step, and keeps the items of the steps before', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 3);
    const steps = [
      () => book.confirm(jobId), () => book.execute(jobId), () => book.result(jobId, 1),
      () => book.result(jobId, 0, 'failed'), () => book.result(jobId, 2),
    ];
    await stored(store, book.take());
    for (const step of steps) {
      book.now += 1_000;
      step();
      await stored(store, book.take());
      expect(await store.jobs.get(jobId)).toEqual(book.jobs.get(jobId));
    }
    expect(book.jobs.get(jobId)).toMatchObject({ state: 'done', version: 8, deadlineAt: null });
  });

  it('can reopen a job that had ended', async () => {
    const { store } = context;
    const job = anyJob({ state: 'failed', phase: 'failed', endedAt: t0 });
    await insert(store, job);
    const again = await update(store, job, { state: 'pending', phase: 'waiting', endedAt: null });
    expect(await store.jobs.get(job.id)).toEqual(again);
    const filter = { scopes: scopesOf(job.ownerId), limit: 10 };
    expect(await store.jobs.list({ ...filter, state: 'failed' })).toEqual([]);
    expect((await store.jobs.list({ ...filter, state: 'pending' })).map(({ id }) => id)).toEqual([job.id]);
  });

  it('keeps text and numbers as they are', async () => {
    const { store } = context;
    const text = `it's "quoted", ü, 漢, 🎨, \\u0041, a\nline and %_?`;
    const fields = { text, number: 0.1, big: 2 ** 53 - 1, nested: [null, {}] };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const job = anyJob({ fields, traceparent, deadlineAt: 2 ** 45, ownerId: "o'brien" });
    await insert(store, job);
    expect(await store.jobs.get(job.id)).toEqual(job);
  });

  it('keeps a job’s parent, input, attempts and lease', async () => {
    const { store } = context;
    const lease = { token: 7, workerId: 'worker-1' };
    const input = { data: [1, { text: 'ü' }], priority: -3 };
    const job = anyJob({ type: 'geo:code/1', input, attempt: 2, lease, state: 'processing', phase: 'active' });
    const bare = anyJob({ type: '', input: null });
    await insert(store, job, bare);
    expect(await store.jobs.get(job.id)).toEqual(job);
    expect(await store.jobs.get(bare.id)).toEqual(bare);
    const same = await update(store, job, { fields: { done: 1 } });
    expect(await store.jobs.get(job.id)).toEqual(same);
    const back = await update(store, same, { state: 'pending', phase: 'waiting', attempt: 1, lease: null });
    expect(await store.jobs.get(job.id)).toEqual(back);
    const { jobs } = await store.load({ ...nobody, jobs: [job.id] });
    expect(jobs).toEqual([back]);
  });

  it('releases keys before it takes them, and only if they are unchanged', async () => {
    const { store } = context;
    const scope = `${someone()}:dedupe`;
    const record = (key: string, resourceId: string) => ({ scope, key, fingerprint: 'f', resourceId, createdAt: t0 });
    await stored(store, { idempotency: [record('a', 'one'), record('b', 'one'), record('c', 'one')] });
    await stored(store, {
      released: [
        { scope, key: 'a', resourceId: 'one' }, { scope, key: 'b', resourceId: 'two' },
        { scope, key: 'unknown', resourceId: 'one' }, { scope, key: 'c', resourceId: 'one' },
      ],
      idempotency: [record('a', 'two')],
    });
    const { idempotency } = await store.load({
      ...nobody, idempotency: ['a', 'b', 'c'].map((key) => ({ scope, key })),
    });
    const sorted = idempotency.toSorted((x, y) => (x.key < y.key ? -1 : 1));
    expect(sorted).toEqual([record('a', 'two'), record('b', 'one')]);
    const taken = await store.commit({
      ...nothing, released: [{ scope, key: 'b', resourceId: 'one' }], idempotency: [record('a', 'three')],
    });
    expect(taken).toEqual({ ok: false, conflicts: [`idempotency:${scope} a`] });
    expect((await store.load({ ...nobody, idempotency: [{ scope, key: 'b' }] })).idempotency).toHaveLength(1);
  });

  it('may hold hundreds of jobs, and loads them all', async () => {
    const { store } = context;
    const jobs = Array.from({ length: 256 }, () => anyJob());
    await insert(store, ...jobs);
    const { jobs: loaded } = await store.load({ ...nobody, jobs: jobs.map(({ id }) => id) });
    const sorted = loaded.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(sorted).toEqual(jobs);
  });

  it('may hold the 200 items of a set', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 200), 200);
    book.finish(jobId);
    await stored(store, book.take());
    expect(await store.jobs.get(jobId)).toEqual(book.jobs.get(jobId));
  });

  it('may be empty', async () => {
    expect(await context.store.commit(nothing)).toEqual({ ok: true });
  });

  it('loads what exists of what it names', async () => {
    const { store } = context;
    const job = anyJob();
    await insert(store, job);
    const unknown = newId(t0);
    const loaded = await store.load({
      jobs: [unknown, job.id], accounts: [unknown], reservations: [unknown],
      records: [{ table: samples, key: [unknown, 'one'] }],
      idempotency: [{ scope: unknown, key: unknown }],
    });
    expect(loaded).toEqual({ jobs: [job], accounts: [], reservations: [], records: [], idempotency: [] });
    expect(await store.jobs.get(unknown)).toBeNull();
    expect(await store.accounts.get(unknown)).toBeNull();
  });
}

/** Everything that a commit could have left behind. */
async function traces(store: Store, jobIds: readonly string[], owner: string, scope: string): Promise<unknown> {
  const jobs = await Promise.all(jobIds.map((id) => store.jobs.get(id)));
  const events = await Promise.all(jobIds.map((id) => store.jobs.events(id, { after: 0, limit: 1_000 })));
  const reservations = await Promise.all(jobIds.map((id) => store.accounts.reservation(id)));
  const histories = await Promise.all(jobIds.map((id) => store.jobs.history(id)));
  const { idempotency } = await store.load({ ...nobody, idempotency: [{ scope, key: 'old' }, { scope, key: 'new' }] });
  const counts = (await store.jobs.counts()).toSorted((a, b) => (a.state < b.state ? -1 : 1));
  const account = await store.accounts.get(owner);
  const ledger = await store.accounts.ledger(owner, { after: 0, limit: 1_000 });
  const records = await store.records.list(samples, { where: { ownerId: owner }, orderBy: ['name'], limit: 10 });
  const outbox = await store.outbox.size();
  return { jobs, events, reservations, histories, idempotency, counts, account, ledger, records, outbox };
}

/** A commit that touches everything, and what makes each of its guards fail. */
const spoiled: readonly { readonly what: string; spoil(commit: Commit): { commit: Commit; conflict: string } }[] = [
  {
    what: 'a job has moved on',
    spoil: (commit) => {
      const [first, ...rest] = commit.jobs;
      if (first === undefined) throw new Error('the commit changes no job');
      const stale = { ...first, expectedVersion: first.expectedVersion + 7 };
      return { commit: { ...commit, jobs: [...rest, stale] }, conflict: `job:${first.job.id}` };
    },
  },
  {
    what: 'a new job is there already',
    spoil: (commit) => {
      const [first] = commit.jobs;
      if (first === undefined) throw new Error('the commit changes no job');
      const again = { ...first, before: null, expectedVersion: 0 };
      return { commit: { ...commit, jobs: [...commit.jobs.slice(1), again] }, conflict: `job:${first.job.id}` };
    },
  },
  {
    what: 'an account has moved on',
    spoil: (commit) => {
      const accounts = commit.accounts.map((change) => ({ ...change, expectedVersion: change.expectedVersion + 7 }));
      return { commit: { ...commit, accounts }, conflict: `account:${accounts[0]?.account.id}` };
    },
  },
  {
    what: 'a new account is there already',
    spoil: (commit) => {
      const accounts = commit.accounts.map((change) => ({ ...change, expectedVersion: 0 }));
      return { commit: { ...commit, accounts }, conflict: `account:${accounts[0]?.account.id}` };
    },
  },
  {
    what: 'an idempotency key was used before',
    spoil: (commit) => {
      const idempotency = commit.idempotency.map((record) => ({ ...record, key: 'old' }));
      return { commit: { ...commit, idempotency }, conflict: `idempotency:${idempotency[0]?.scope} old` };
    },
  },
];

export function atomicityTests(context: Context): void {
  it('fails alone when a row breaks a constraint, and says so', async () => {
    const { store } = context;
    // No owner: every database has a rule against that, whatever the program thinks.
    const bad = anyJob({ ownerId: null as unknown as string });
    const [before, beside, companion, after] = [anyJob(), anyJob(), anyJob(), anyJob()];
    const all = [[before], [companion, bad], [beside]].map((jobs) =>
      store.commit({
        ...nothing, jobs: jobs.map((job) => ({ job, before: null, expectedVersion: 0, newItems: [] })),
      }));
    const [first, second, third] = await Promise.allSettled(all);
    expect([first, third]).toEqual(Array.from({ length: 2 }, () => ({ status: 'fulfilled', value: { ok: true } })));
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(CommitAborted) });
    await insert(store, after);
    const there = await Promise.all([before, beside, after, companion, bad].map(({ id }) => store.jobs.get(id)));
    expect(there.map((job) => job?.id)).toEqual([before.id, beside.id, after.id, undefined, undefined]);
  });

  it.each(spoiled)('stores nothing when $what, and names it', async ({ spoil }) => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 10);
    const scope = `${owner}:submit`;
    const running = book.submit(owner, 2, { scope, key: 'old' });
    book.confirm(running);
    book.execute(running);
    await stored(store, book.take());
    book.result(running, 0);
    book.result(running, 1);
    const created = book.submit(owner, 1, { scope, key: 'new' });
    const row: Sample = {
      ownerId: owner, name: 'r', note: null, size: 1, madeAt: t0, isOpen: true, data: {}, version: 1,
    };
    const record = { table: samples, key: [owner, 'r'], expectedVersion: 0, row };
    const good: Commit = { ...book.take(), records: [record] };
    const before = await traces(store, [running, created], owner, scope);
    const { commit, conflict } = spoil(good);
    expect(await store.commit(commit)).toEqual({ ok: false, conflicts: [conflict] });
    expect(await traces(store, [running, created], owner, scope)).toEqual(before);
    await stored(store, good);
    expect(await store.jobs.get(created)).toEqual(book.jobs.get(created));
  });

  it('names only what is really in conflict', async () => {
    const { store } = context;
    const jobs = Array.from({ length: 5 }, () => anyJob());
    await insert(store, ...jobs);
    const moved = jobs.slice(1, 3);
    for (const job of moved) await update(store, job, { updatedAt: t0 + 1 });
    const changes = jobs.map((job) => ({
      job: { ...job, version: 2, updatedAt: t0 + 2 }, before: job, expectedVersion: 1, newItems: [],
    }));
    const result = await store.commit({ ...nothing, jobs: changes });
    if (result.ok) throw new Error('the commit was stored');
    expect(result.conflicts.length).toBeGreaterThan(0);
    expect(moved.map(({ id }) => `job:${id}`)).toEqual(expect.arrayContaining([...result.conflicts]));
  });

  it('is stored once it is decided again on the current state', async () => {
    const { store } = context;
    const job = anyJob();
    await insert(store, job);
    const theirs = await update(store, job, { fields: { by: 'them' } });
    const ours = { ...job, version: 2, fields: { by: 'us' } };
    const change = { job: ours, before: job, expectedVersion: 1, newItems: [] };
    const late = await store.commit({ ...nothing, jobs: [change] });
    expect(late).toEqual({ ok: false, conflicts: [`job:${job.id}`] });
    const { jobs } = await store.load({ ...nobody, jobs: [job.id] });
    expect(jobs).toEqual([theirs]);
    await update(store, theirs, { fields: { by: 'them and us' } });
    expect(await store.jobs.get(job.id)).toMatchObject({ version: 3, fields: { by: 'them and us' } });
  });
}
