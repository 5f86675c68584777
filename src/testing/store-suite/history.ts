import { expect, it } from 'vitest';
import { historyOf } from '../../domain/job/history.ts';
import { order, type OrderJob } from '../sample-kinds/order.ts';
import { bookkeeper, someone, stored, type Context } from './context.ts';

export function historyTests(context: Context): void {
  it('is written when the job ends, with every item and every movement', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 3);
    book.confirm(jobId);
    book.execute(jobId);
    book.result(jobId, 0);
    book.result(jobId, 1, 'failed');
    await stored(store, book.take());
    expect(await store.jobs.history(jobId)).toBeNull();
    book.now += 60_000;
    book.result(jobId, 2);
    const commit = book.take();
    await stored(store, commit);
    expect(await store.jobs.history(jobId)).toEqual(commit.history[0]);
    expect(commit.history[0]?.job).toMatchObject({ state: 'done', itemsTotal: 3, itemsDone: 2, creditsSpent: 2 });
    expect(commit.history[0]?.billing.map(({ type, amount }) => [type, amount])).toEqual([
      ['reserve', 3], ['commit', 2], ['return', 1],
    ]);
  });

  it('has the items that a canceled job never began', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 4);
    book.confirm(jobId);
    book.execute(jobId);
    book.result(jobId, 2);
    book.cancel(jobId);
    const commit = book.take();
    await stored(store, commit);
    const history = await store.jobs.history(jobId);
    expect(history).toEqual(commit.history[0]);
    expect(history?.items.map(({ state }) => state)).toEqual(['unfinished', 'unfinished', 'done', 'unfinished']);
  });

  it('is written once, however often the end is committed', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 2);
    book.finish(jobId);
    const commit = book.take();
    await stored(store, commit);
    const job = book.jobs.get(jobId) as OrderJob;
    const movements = book.reservations.get(jobId)?.movements ?? [];
    const later = historyOf(order, { ...job, endedAt: (job.endedAt ?? 0) + 1 }, movements);
    await stored(store, { history: [later] });
    await stored(store, { history: commit.history });
    expect(await store.jobs.history(jobId)).toEqual(commit.history[0]);
  });

  it('of one job is not mixed with that of its neighbours', async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 30);
    const jobs = [book.submit(owner, 2), book.submit(owner, 3), book.submit(owner, 1)];
    for (const jobId of jobs.toReversed()) book.finish(jobId);
    const commit = book.take();
    await stored(store, commit);
    for (const history of commit.history) expect(await store.jobs.history(history.job.jobId)).toEqual(history);
  });
}
