import { expect, it, vi } from 'vitest';
import { foldAll } from '../../domain/job/fold.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { order, type OrderEvent } from '../sample-kinds/order.ts';
import { ErrandBook } from './errands.ts';
import { bookkeeper, newId, someone, stored, t0, type Context } from './context.ts';

export function eventTests(context: Context): void {
  it('are kept in order, without gaps, unchanged', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 3);
    const written: RecordedEvent[] = [];
    const finish = () => [0, 1, 2].forEach((idx) => book.result(jobId, idx));
    for (const step of [() => {}, () => book.confirm(jobId), () => book.execute(jobId), finish]) {
      step();
      book.now += 7;
      const commit = book.take();
      written.push(...commit.events);
      await stored(store, commit);
    }
    const events = await store.jobs.events(jobId, { after: 0, limit: 1_000 });
    expect(events).toEqual(written);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('fold to the job that is stored beside them', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 4);
    book.confirm(jobId);
    book.execute(jobId);
    book.result(jobId, 3);
    book.result(jobId, 1, 'failed');
    book.cancel(jobId);
    await stored(store, book.take());
    const events = await store.jobs.events(jobId, { after: 0, limit: 1_000 });
    const folded = foldAll(order, events as RecordedEvent<OrderEvent>[]);
    expect(await store.jobs.get(jobId)).toEqual(folded);
  });

  it('have the input of their job in the first one, however large, in lists of events and in the feed', async () => {
    const { store } = context;
    const errands = new ErrandBook();
    const data = { text: 'ü'.repeat(20_000), null: null, list: [1, { nested: null }] };
    const ids = [errands.submit({ data }), errands.submit()];
    const commit = errands.take();
    await stored(store, commit);
    for (const id of ids) {
      const [first, ...others] = await store.jobs.events(id, { after: 0, limit: 10 });
      expect([first, others]).toEqual([commit.events.find(({ jobId }) => jobId === id), []]);
    }
    if (store.feed === undefined) return;
    const { feed } = store;
    const fed = await vi.waitFor(async () => {
      const page = await feed.read(null, { limit: 1_000, maxBytes: 1_048_576 });
      const own = page.filter(({ event: { jobId } }) => ids.includes(jobId));
      expect(own.length).toBe(2);
      return own;
    });
    expect(fed.map(({ event }) => event)).toEqual(commit.events);
    // A page is bounded by what it gives, wherever that is stored.
    fed.forEach(({ event, bytes }) => {
      const beside = bytes - Buffer.byteLength(JSON.stringify(event.body));
      expect(beside).toBeGreaterThan(-20);
      expect(beside).toBeLessThan(300);
    });
    expect((await feed.read(null, { limit: 1_000, maxBytes: 100 })).length).toBe(1);
  });

  it('are read from a given number on, as many as asked for', async () => {
    const { store } = context;
    const book = bookkeeper();
    const jobId = book.submit(book.account(someone(), 'pro', 10), 3);
    book.finish(jobId);
    await stored(store, book.take());
    const sequences = async (after: number, limit: number): Promise<number[]> =>
      (await store.jobs.events(jobId, { after, limit })).map(({ sequence }) => sequence);
    expect(await sequences(0, 3)).toEqual([1, 2, 3]);
    expect(await sequences(3, 3)).toEqual([4, 5, 6]);
    expect(await sequences(6, 1_000)).toEqual([7, 8]);
    expect(await sequences(8, 1)).toEqual([]);
  });

  it("of other jobs are not among a job's own", async () => {
    const { store } = context;
    const book = bookkeeper();
    const owner = book.account(someone(), 'pro', 10);
    const [a, b] = [book.submit(owner, 1), book.submit(owner, 1)];
    book.confirm(b);
    await stored(store, book.take());
    expect((await store.jobs.events(a, { after: 0, limit: 10 })).map(({ jobId }) => jobId)).toEqual([a]);
    expect(await store.jobs.events(newId(t0), { after: 0, limit: 10 })).toEqual([]);
  });
}
