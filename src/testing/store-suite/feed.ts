import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { comparePositions, type EventFeed, type FedEvent } from '../../ports/store/event-feed.ts';
import type { Store } from '../../ports/store/store.ts';
import { bookkeeper, someone, stored, type Context } from './context.ts';

const whyNoFeed = 'no one database of this store has the events of all jobs';
const maxBytes = 1_048_576;
const nameOf = ({ jobId, sequence }: RecordedEvent): string => `${jobId} ${sequence}`;

/**
 * On from a position, so many at a time, until so many are there: an acknowledged event is given as soon as no older
 * transaction is under way, be it somebody else's.
 */
async function readUntil(feed: EventFeed, after: string | null, count: number, limit = 7): Promise<FedEvent[]> {
  const all: FedEvent[] = [];
  while (all.length < count) {
    const page = await feed.read(all.at(-1)?.position ?? after, { limit, maxBytes });
    expect(page.length).toBeLessThanOrEqual(limit);
    all.push(...page);
    // Lets those who write on: a store that answers at once would keep this loop to itself.
    if (page.length === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return all;
}

/** Jobs from create to done, one commit for each step; returns what was stored. */
async function work(store: Store, jobs: number): Promise<RecordedEvent[]> {
  const book = bookkeeper();
  const owner = book.account(someone(), 'pro', 3 * jobs);
  const written: RecordedEvent[] = [];
  const commit = async (): Promise<void> => {
    const next = book.take();
    await stored(store, next);
    written.push(...next.events);
  };
  for (let n = 0; n < jobs; n++) {
    const jobId = book.submit(owner, 2);
    for (const step of ['confirm', 'execute'] as const) {
      book[step](jobId);
      await commit();
    }
    for (const idx of [0, 1]) book.result(jobId, idx);
    await commit();
  }
  return written;
}

export function feedTests(context: Context): void {
  it('has the events of all jobs, page by page, in the order in which they were stored', async ({ skip }) => {
    const { store } = context;
    if (store.feed === undefined) return skip(whyNoFeed);
    const start = await store.feed.end();
    expect(await store.feed.read(start, { limit: 10, maxBytes })).toEqual([]);
    const written = await work(store, 5);
    const read = await readUntil(store.feed, null, written.length);
    expect(read.map(({ event }) => event)).toEqual(written);
    expect(new Set(read.map(({ position }) => position)).size).toBe(written.length);
    expect(await readUntil(store.feed, start, written.length)).toEqual(read);
    const end = await store.feed.end();
    for (const { position } of read) expect(comparePositions(position, end)).toBeLessThanOrEqual(0);
    const positions = read.map(({ position }) => position);
    expect(positions.toSorted(comparePositions)).toEqual(positions);
    expect(await store.feed.read(await store.feed.end(), { limit: 10, maxBytes })).toEqual([]);
  });

  it('ends a page with the event that fills it, and names each event’s owner', async ({ skip }) => {
    const { feed } = context.store;
    if (feed === undefined) return skip(whyNoFeed);
    const written = await work(context.store, 3);
    await readUntil(feed, null, written.length);
    const sizes = async (most: number): Promise<number[]> =>
      (await feed.read(null, { limit: 100, maxBytes: most })).map((fed) => fed.bytes);
    const bytes = await sizes(1_048_576);
    expect(bytes.length).toBe(written.length);
    bytes.forEach((size, nth) => expect(size).toBeGreaterThanOrEqual(JSON.stringify(written[nth]?.body).length));
    const [first = 0, second = 0] = bytes;
    expect(await sizes(1)).toEqual([first]);
    expect(await sizes(first)).toEqual([first]);
    expect(await sizes(first + 1)).toEqual([first, second]);
    for (const { event, ownerId, jobType } of await feed.read(null, { limit: 100, maxBytes })) {
      const job = await context.store.jobs.get(event.jobId);
      expect({ ownerId, jobType }).toEqual({ ownerId: job?.ownerId, jobType: job?.type });
    }
  });

  it('continues from a reader’s position', async ({ skip }) => {
    const { store } = context;
    if (store.feed === undefined) return skip(whyNoFeed);
    const earlier = await work(store, 2);
    const before = (await readUntil(store.feed, null, earlier.length)).at(-1)?.position ?? null;
    const later = await work(store, 2);
    expect((await readUntil(store.feed, before, later.length)).map(({ event }) => event)).toEqual(later);
  });

  it('has every event once for a reader, whoever writes meanwhile', async ({ skip }) => {
    const { store, under } = context;
    const { feed } = store;
    if (feed === undefined) return skip(whyNoFeed);
    const other = (await under.another?.()) ?? store;
    const [writers, jobs, eventsOfJob] = [6, 8, 7];
    const written = Promise.all(Array.from({ length: writers }, (_, n) => work(n % 2 === 0 ? store : other, jobs)));
    const read = await readUntil(feed, null, writers * jobs * eventsOfJob, 50);
    const names = (await written).flat().map(nameOf);
    expect(read.map(({ event }) => nameOf(event)).toSorted()).toEqual(names.toSorted());
    for (const [jobId, events] of Map.groupBy(read, ({ event }) => event.jobId)) {
      expect(events.map(({ event }) => event.sequence), jobId).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('refuses a position that it did not issue', async ({ skip }) => {
    const { feed } = context.store;
    if (feed === undefined) return skip(whyNoFeed);
    await expect(feed.read('yesterday', { limit: 10, maxBytes })).rejects.toThrow('no position');
    await expect(feed.read(null, { limit: 1_001, maxBytes })).rejects.toThrow('limit');
  });
}
