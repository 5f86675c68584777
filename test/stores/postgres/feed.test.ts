import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventFeed, FedEvent } from '../../../src/ports/store/event-feed.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { Bookkeeper, newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';
import { openSession, type Session } from './session.ts';

let database: TestDatabase;
let store: Store;
let slow: Session;
let feed: EventFeed;

beforeEach(async () => {
  database = await newDatabase();
  store = await open(database.url);
  slow = await openSession(database);
  if (store.feed === undefined) throw new Error('the store has no feed');
  feed = store.feed;
});
afterEach(async () => {
  await slow.end();
  await store.close();
});

/** One event of a new job, through the store. */
async function commitOne(): Promise<string> {
  const book = new Bookkeeper(Date.UTC(2026, 10, 22));
  const jobId = book.submit(book.account(newId(book.now), 'pro', 1), 1);
  expect(await store.commit(book.take())).toEqual({ ok: true });
  return jobId;
}

/** As a commit of another server inserts it; the number comes from the same sequence. */
async function insertOne(session: Session, jobId: string): Promise<number> {
  const [row] = await session.run<{ id: string }>(
    `INSERT INTO domain_events (tx, occurred_at, event_type, aggregate_kind, aggregate_id, sequence, correlation_id,
        actor, payload)
      SELECT pg_current_xact_id()::text::bigint + shift, 0, 'T', 'task', $1, 1, '', '', '{}' FROM event_clock
      RETURNING id`,
    [jobId],
  );
  return Number(row?.id);
}

/** What comes after the position, once it is so much: whoever else uses the server may hold it up. */
async function fed(after: string | null, count: number): Promise<readonly FedEvent[]> {
  for (;;) {
    const events = await feed.read(after, 100);
    if (events.length >= count) return events;
  }
}

/** The jobs whose events those are. */
async function following(after: string | null, count: number): Promise<string[]> {
  return (await fed(after, count)).map(({ event }) => event.jobId);
}

describe('the feed', () => {
  it('shows what a slow transaction commits late under an earlier number, to a reader who has seen more', async () => {
    const first = await commitOne();
    const position = (await fed(null, 1)).at(-1)?.position ?? null;
    await slow.run('BEGIN');
    const slowNumber = await insertOne(slow, 'slow');
    const quick = await commitOne();
    const select = 'SELECT id FROM domain_events WHERE aggregate_id = $1';
    const [number] = await database.run<{ id: string }>(select, [quick]);
    expect(Number(number?.id)).toBeGreaterThan(slowNumber);
    // A reader that took the later number here would never look for the earlier one again.
    expect(await feed.read(position, 100)).toEqual([]);
    await slow.run('COMMIT');
    expect(await following(position, 2)).toEqual(['slow', quick]);
    expect((await following(null, 3))[0]).toBe(first);
  });

  it('shows what a transaction that began earlier writes under a later number', async () => {
    await slow.run('BEGIN');
    await slow.run('SELECT pg_current_xact_id()');
    const quick = await commitOne();
    await insertOne(slow, 'slow');
    expect(await feed.read(null, 100)).toEqual([]);
    await slow.run('COMMIT');
    expect(await following(null, 2)).toEqual(['slow', quick]);
  });

  it('is held up by no transaction that was taken back', async () => {
    await slow.run('BEGIN');
    await insertOne(slow, 'never');
    const quick = await commitOne();
    await slow.run('ROLLBACK');
    expect(await following(null, 1)).toEqual([quick]);
  });

  it('goes on after a dump was restored into a server that counts from the start', async () => {
    const before = await commitOne();
    // What the restored rows look like there: from a far future.
    await database.run('UPDATE domain_events SET tx = tx + 1000000000');
    await store.close();
    store = await open(database.url);
    if (store.feed !== undefined) feed = store.feed;
    const [position] = await fed(null, 1);
    expect(position?.event.jobId).toBe(before);
    const after = await commitOne();
    expect(await following(position?.position ?? null, 1)).toEqual([after]);
  });
});
