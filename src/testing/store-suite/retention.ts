import { expect, it, vi } from 'vitest';
import type { Job } from '../../domain/job/job.ts';
import type { StoredDelivery } from '../../ports/store/webhook-store.ts';
import { anyJob, bookkeeper, insert, newId, scopesOf, someone, stored, t0, type Context } from './context.ts';
import { claimed, submitted, ErrandBook, written } from './errands.ts';
import { append, chunks } from './logs.ts';

const hour = 3_600_000;

function ended(endedAt: number, changes: Partial<Job> = {}): Job {
  return anyJob({ state: 'completed', phase: 'succeeded', createdAt: endedAt - 10, endedAt, ...changes });
}

async function left(context: Context, jobs: readonly Job[]): Promise<Job[]> {
  const found = await Promise.all(jobs.map(({ id }) => context.store.jobs.get(id)));
  return jobs.filter((_, i) => found[i] !== null);
}

export function jobRetentionTests(context: Context): void {
  it('purges jobs of one kind that ended long ago, the oldest first', async () => {
    const { store } = context;
    const old = Array.from({ length: 9 }, (_, i) => {
      const sorts = [{ type: 'a' }, { type: 'b' }, { type: 'a', state: 'failed', phase: 'failed' as const }];
      return ended(t0 - 9 * hour + i * 1_000, sorts[i % 3]);
    });
    const young = ended(t0);
    const long = ended(t0, { createdAt: t0 - 20 * hour });
    const open = anyJob({ createdAt: t0 - 20 * hour });
    const foreign = ended(t0 - 9 * hour, { kind: 'order' });
    const all = [...old, young, long, open, foreign];
    await insert(store, ...all);
    expect(await store.retention.purgeJobs('errand', t0 - hour, 4)).toBe(4);
    expect(await left(context, all)).toEqual([...old.slice(4), young, long, open, foreign]);
    expect(await store.retention.purgeJobs('errand', t0 - hour, 100)).toBe(5);
    expect(await store.retention.purgeJobs('errand', t0 - hour, 100)).toBe(0);
    const kept = [young, long, open, foreign];
    expect(await left(context, all)).toEqual(kept);
    const listed = await store.jobs.list({ scopes: scopesOf(null), limit: 100 });
    expect(listed.map(({ id }) => id).toSorted()).toEqual(kept.map(({ id }) => id).toSorted());
    const counts = (await store.jobs.counts()).map(({ kind, state, count }) => `${kind} ${state} ${count}`);
    expect(counts.toSorted()).toEqual(['errand completed 2', 'errand pending 1', 'order completed 1']);
  });

  it('removes named jobs with all that belongs to them, once they have ended', async () => {
    const { store } = context;
    const book = new ErrandBook();
    const [done = '', running = ''] = await submitted(store, book, 2);
    await claimed(store, book);
    for (const jobId of [done, running]) await append(store, { jobId, token: 2 }, 1, 1);
    book.complete(done);
    await written(store, book);
    const unknown = newId(t0);
    expect(await store.retention.removeJobs([unknown, running, done])).toEqual([done]);
    expect(await store.retention.removeJobs([done])).toEqual([]);
    expect(await store.retention.removeJobs([])).toEqual([]);
    expect(await store.jobs.get(done)).toBeNull();
    expect(await store.jobs.events(done, { after: 0, limit: 10 })).toEqual([]);
    expect(await store.logs.read(done, { fromLine: 1, maxBytes: 1 })).toBeNull();
    expect(await store.jobs.get(running)).toEqual(book.jobs.get(running));
    expect(await store.jobs.events(running, { after: 0, limit: 10 })).toHaveLength(2);
    expect(await chunks(store, { jobId: running, token: 2 })).toHaveLength(1);
    expect(await store.jobs.counts()).toEqual([{ kind: 'errand', type: 'import', state: 'processing', count: 1 }]);
  });

  it('purges a set with its history and reservation once its objects are gone, and keeps the ledger', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = someone();
    const jobId = book.submit(book.account(owner, 'pro', 10), 3);
    book.finish(jobId);
    await stored(store, book.take());
    const endedAt = (await store.jobs.get(jobId))?.endedAt ?? 0;
    const [account, ledger] = [
      await store.accounts.get(owner), await store.accounts.ledger(owner, { after: 0, limit: 100 }),
    ];
    const forget = (): Promise<number> => store.retention.purgeJobs('order', endedAt + 1, 10);
    expect(await forget()).toBe(0);
    for (const part of ['results', 'inputs'] as const) {
      await store.endedObjects.begin(part, endedAt + 1, { now: endedAt + 1, dueAt: endedAt + 2, limit: 10 });
      expect(await forget()).toBe(0);
      await store.endedObjects.putOff({ jobId, part }, null);
    }
    expect(await store.jobs.history(jobId)).not.toBeNull();
    expect(await forget()).toBe(1);
    expect(await store.jobs.get(jobId)).toBeNull();
    expect(await store.jobs.history(jobId)).toBeNull();
    expect(await store.jobs.events(jobId, { after: 0, limit: 10 })).toEqual([]);
    expect(await store.accounts.reservation(jobId)).toBeNull();
    expect(await store.endedObjects.purged(jobId)).toEqual([]);
    expect(await store.accounts.get(owner)).toEqual(account);
    expect(await store.accounts.ledger(owner, { after: 0, limit: 100 })).toEqual(ledger);
  });

  it('forgets the parts of a job with it, none before, and no job of which one has not ended', async () => {
    const { store } = context;
    const day = 24 * hour;
    const [served, other, held] = [0, 1, 2].map((at) => ended(t0 - day, { createdAt: t0 - 2 * day + at }));
    const sagaOf = (job: Job | undefined, changes: Partial<Job> = {}): Job => {
      const { id, endedAt } = job as Job;
      return ended(endedAt ?? t0, { kind: 'saga', type: 'MOVE', labels: { job: id }, parentId: id, ...changes });
    };
    const open = { state: 'waiting', phase: 'waiting', endedAt: null } as const;
    const sagas = [sagaOf(served), sagaOf(served), sagaOf(other), sagaOf(held), sagaOf(held, open)];
    // Of the kind that is purged: they go with their jobs all the same.
    const [part, heldPart] = [served, held].map((job) =>
      ended(t0 - day, { createdAt: t0 - 2 * day, parentId: (job as Job).id }));
    const jobs = [served, other, held, ...sagas, part, heldPart] as Job[];
    await insert(store, ...jobs);
    const events = jobs.map(({ id, kind }) => ({
      jobId: id, kind, sequence: 1, occurredAt: t0, actor: 'ada', correlationId: 'c', body: { type: 'Made' },
    }));
    await stored(store, { events });
    expect(await store.retention.removeJobs([held!.id, other!.id])).toEqual([other!.id]);
    expect(await store.retention.purgeJobs('errand', t0, 1)).toBe(1);
    expect(await store.retention.purgeJobs('errand', t0, 1)).toBe(0);
    expect(await left(context, jobs)).toEqual([held, sagas[3], sagas[4], heldPart]);
    for (const { id } of [served!, part!, ...sagas.slice(0, 3)]) {
      expect(await store.jobs.events(id, { after: 0, limit: 10 })).toEqual([]);
    }
    const counts = (await store.jobs.counts()).map(({ kind, state, count }) => `${kind} ${state} ${count}`);
    expect(counts.toSorted()).toEqual(
      ['errand completed 2', 'saga completed 1', 'saga waiting 1'],
    );
    const labeled = await store.jobs.list({
      scopes: [{ kind: 'saga', ownerId: null }], labels: { job: served!.id }, limit: 10,
    });
    expect(labeled).toEqual([]);
  });

  it('hides no new event from a reader of the feed that had read purged ones', async ({ skip }) => {
    const { store } = context;
    const { feed } = store;
    if (feed === undefined) return skip('this store has no feed');
    const book = new ErrandBook();
    const [id = ''] = await submitted(store, book, 1);
    book.command(id, { type: 'cancel' });
    await written(store, book);
    const end = await feed.end();
    await store.retention.removeJobs([id]);
    await submitted(store, book, 1);
    // What others have under way in the same PostgreSQL holds the feed up.
    await vi.waitFor(async () => {
      const news = await feed.read(end, { limit: 10, maxBytes: 1_048_576 });
      expect(news.map(({ event }) => event.body.type)).toEqual(['ErrandMade']);
    }, 10_000);
  });

  it('purges deliveries that are over, the oldest first', async () => {
    const { store } = context;
    const delivery = (createdAt: number, over: boolean): StoredDelivery => ({
      id: newId(createdAt), jobId: newId(t0), ownerId: 'user-1', url: 'https://example.com/',
      eventType: 'job.completed',
      traceparent: null, body: '{}', state: over ? 'delivered' : 'pending', attempt: 1, createdAt,
      dueAt: over ? null : t0, endedAt: over ? createdAt + 1 : null,
    });
    const [first, second, pending] = [delivery(t0 - 30, true), delivery(t0 - 20, true), delivery(t0 - 25, false)];
    const young = delivery(t0, true);
    await store.webhooks.put([second, young, pending, first]);
    const there = async () => (await store.webhooks.list({ ownerId: null, limit: 10 })).map(({ id }) => id);
    expect(await store.retention.purgeDeliveries(t0, 1)).toBe(1);
    expect(await there()).toEqual([young.id, second.id, pending.id]);
    expect(await store.retention.purgeDeliveries(t0, 10)).toBe(1);
    expect(await store.retention.purgeDeliveries(t0, 10)).toBe(0);
    expect(await there()).toEqual([young.id, pending.id]);
    expect(await store.webhooks.attempts(first.id)).toEqual([]);
  });
}
