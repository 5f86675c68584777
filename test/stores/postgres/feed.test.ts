import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import type { EventFeed, FedEvent } from '../../../src/ports/store/event-feed.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { Bookkeeper, newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';
import { openSession, type Session } from './session.ts';
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
  const [row] = await session.run<{ number: string }>(
    `INSERT INTO event_batches (tx, count, keys, lines)
      SELECT pg_current_xact_id()::text::bigint + shift, 1, $1, '{"at":0,"actor":"","body":{"type":"T"}}'
      FROM event_clock RETURNING number`,
    [`${sequence} ${jobId}`],
  );
  await session.run(
    "UPDATE jobs SET event_batches = event_batches || currval('event_batch_numbers') WHERE id = $1", [jobId],
  );
  return Number(row?.number);
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
    const select = 'SELECT number FROM event_batches WHERE keys = $1';
    const [batch] = await database.run<{ number: string }>(select, [`1 ${quick}`]);
    expect(Number(batch?.number)).toBeGreaterThan(slowNumber);
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

  it('has the events of a job in order when it is claimed right after a commit that began earlier', async () => {
    const path = new WritePath({ store, clock: createFakeClock(now) });
    const [first, second] = [newId(now), newId(now)].toSorted() as [string, string];
    for (const id of [first, second]) await path.run(creatingTask(id, 'a'));
    await slow.run('BEGIN');
    await slow.run('UPDATE jobs_open SET version = version + 1 WHERE id = $1', [second]);
    await insertOne(slow, second, 2);
    // It waits for nobody.
    expect((await store.work.claim(asked())).map(({ job }) => job.id)).toEqual([first]);
    await slow.run('COMMIT');
    expect((await store.work.claim(asked())).map(({ job }) => job.id)).toEqual([second]);
    const ofSecond = (await fed(null, 5)).filter(({ event }) => event.jobId === second);
    expect(ofSecond.map(({ event }) => event.sequence)).toEqual([1, 2, 3]);
    expect((await store.jobs.events(second, { after: 1, limit: 10 })).map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it('goes on in the middle of a batch, and passes over jobs that were forgotten', async () => {
    const book = new Bookkeeper(Date.UTC(2026, 10, 22));
    const ids = Array.from({ length: 5 }, () => book.submit(book.account(newId(book.now), 'pro', 1), 1));
    expect(await store.commit(book.take())).toEqual({ ok: true });
    const all = await fed(null, 5);
    expect(all.map(({ event }) => event.jobId)).toEqual(ids);
    expect(new Set(all.map(({ position }) => position.split('.')[1])).size).toBe(1);
    const rest = await feed.read(all[1]?.position ?? null, { ...page, limit: 2 });
    expect(rest.map(({ event }) => event.jobId)).toEqual(ids.slice(2, 4));
    await database.run("UPDATE jobs SET state = 'done', ended_at = 1 WHERE id = ANY($1)", [[ids[1], ids[3]]]);
    await store.retention.removeJobs([ids[1] ?? '', ids[3] ?? '']);
    const left = (await feed.read(all[0]?.position ?? null, page)).map(({ event }) => event.jobId);
    expect(left).toEqual([ids[2], ids[4]]);
    expect(await store.jobs.events(ids[3] ?? '', { after: 0, limit: 10 })).toEqual([]);
  });

  it('goes on behind a batch of which all that follows was forgotten', async () => {
    const book = new Bookkeeper(Date.UTC(2026, 10, 22));
    const ids = Array.from({ length: 5 }, () => book.submit(book.account(newId(book.now), 'pro', 1), 1));
    expect(await store.commit(book.take())).toEqual({ ok: true });
    const later = await commitOne();
    const [first] = await fed(null, 6);
    const forgotten = ids.slice(1);
    await database.run("UPDATE jobs SET state = 'done', ended_at = 1 WHERE id = ANY($1)", [forgotten]);
    expect(await store.retention.removeJobs(forgotten)).toHaveLength(4);
    const next = await feed.read(first?.position ?? null, { ...page, limit: 2 });
    expect(next.map(({ event }) => event.jobId)).toEqual([later]);
    expect((await feed.read(null, { ...page, limit: 2 })).map(({ event }) => event.jobId)).toEqual([ids[0], later]);
  });

  it('loses no row of events that others are in, and keeps none that is empty', async () => {
    const [first, second] = [await commitOne(), await commitOne()];
    await database.run("UPDATE jobs SET state = 'done', ended_at = 1 WHERE id = $1", [first]);
    await store.retention.removeJobs([first]);
    const rows = await database.run<{ keys: string }>('SELECT keys FROM event_batches');
    expect(rows).toEqual([{ keys: `1 ${second}` }]);
  });

  it('continues after a dump was restored into a server whose counter starts anew', async () => {
    const before = await commitOne();
    // What the restored rows look like there: from a far future.
    await database.run('UPDATE event_batches SET tx = tx + 1000000000');
    await store.close();
    store = await open(database.url);
    if (store.feed !== undefined) feed = store.feed;
    const [position] = await fed(null, 1);
    expect(position?.event.jobId).toBe(before);
    const after = await commitOne();
    expect(await following(position?.position ?? null, 1)).toEqual([after]);
  });
});
