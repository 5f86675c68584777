import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import type { EventFeed, FedEvent } from '../../../src/ports/store/event-feed.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { Bookkeeper, newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';
import { openSession, untilBlocked, type Session } from './session.ts';
import { asked, creatingTask, now } from './tasks.ts';

const page = { limit: 100, maxBytes: 1_048_576 };

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

/** As a commit of another server inserts it, with a job like another one; the number comes from the same sequence. */
async function insertOne(session: Session, jobId: string, sequence = 1): Promise<number> {
  await session.run(
    `INSERT INTO jobs SELECT (jsonb_populate_record(j, jsonb_build_object('id', $1::text))).* FROM jobs j
      WHERE $2 LIMIT 1`,
    [jobId, sequence === 1],
  );
  const [row] = await session.run<{ id: string }>(
    `INSERT INTO domain_events (tx, occurred_at, event_type, aggregate_kind, aggregate_id, sequence, correlation_id,
        actor, payload)
      SELECT pg_current_xact_id()::text::bigint + shift, 0, 'T', 'task', $1, $2, '', '', '{}' FROM event_clock
      RETURNING id`,
    [jobId, sequence],
  );
  return Number(row?.id);
}

/** What comes after the position, once it is so much: whoever else uses the server may hold it up. */
async function fed(after: string | null, count: number): Promise<readonly FedEvent[]> {
  for (;;) {
    const events = await feed.read(after, page);
    if (events.length >= count) return events;
  }
}

/** The jobs whose events those are. */
async function following(after: string | null, count: number): Promise<string[]> {
  return (await fed(after, count)).map(({ event }) => event.jobId);
}

describe('the feed', () => {
  it('shows events that a slow transaction commits late under earlier numbers, to a reader further ahead', async () => {
    const first = await commitOne();
    const position = (await fed(null, 1)).at(-1)?.position ?? null;
    await slow.run('BEGIN');
    const slowNumber = await insertOne(slow, 'slow');
    const quick = await commitOne();
    const select = 'SELECT id FROM domain_events WHERE aggregate_id = $1';
    const [number] = await database.run<{ id: string }>(select, [quick]);
    expect(Number(number?.id)).toBeGreaterThan(slowNumber);
    // A reader that took the later number here would never look for the earlier one again.
    expect(await feed.read(position, page)).toEqual([]);
    await slow.run('COMMIT');
    expect(await following(position, 2)).toEqual(['slow', quick]);
    expect((await following(null, 3))[0]).toBe(first);
  });

  it('shows what an earlier transaction writes under a later number', async () => {
    await slow.run('BEGIN');
    await slow.run('SELECT pg_current_xact_id()');
    const quick = await commitOne();
    await insertOne(slow, 'slow');
    expect(await feed.read(null, page)).toEqual([]);
    await slow.run('COMMIT');
    expect(await following(null, 2)).toEqual(['slow', quick]);
  });

  it('is not delayed by a transaction that was rolled back', async () => {
    await slow.run('BEGIN');
    await insertOne(slow, 'never');
    const quick = await commitOne();
    await slow.run('ROLLBACK');
    expect(await following(null, 1)).toEqual([quick]);
  });

  it('has the events of a job in order when it is changed while a claim that began earlier is under way', async () => {
    const path = new WritePath({ store, clock: createFakeClock(now) });
    const [first, second] = [newId(now), newId(now)].toSorted() as [string, string];
    for (const id of [first, second]) await path.run(creatingTask(id, 'a'));
    await slow.run('BEGIN');
    await slow.run('SELECT 1 FROM jobs_open WHERE id = $1 FOR UPDATE', [first]);
    const claiming = store.work.claim(asked());
    await untilBlocked(database);
    const quick = await openSession(database);
    await quick.run('BEGIN');
    await quick.run('UPDATE jobs_open SET version = version + 1 WHERE id = $1', [second]);
    await insertOne(quick, second, 2);
    await quick.run('COMMIT');
    await quick.end();
    await slow.run('COMMIT');
    expect(await claiming).toHaveLength(2);
    const ofSecond = (await fed(null, 5)).filter(({ event }) => event.jobId === second);
    expect(ofSecond.map(({ event }) => event.sequence)).toEqual([1, 2, 3]);
  });

  it('continues after a dump was restored into a server whose counter starts anew', async () => {
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
