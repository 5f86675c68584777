import { afterAll, beforeEach, expect, it } from 'vitest';
import { foldAll } from '../../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../../src/domain/job/job.ts';
import { batchesInRow } from '../../../src/ports/store/event-batch.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { anyJob, insert, stored, t0, update } from '../../../src/testing/store-suite/context.ts';
import { claimed, ErrandBook, submitted, written } from '../../../src/testing/store-suite/errands.ts';
import { errand } from '../../../src/testing/sample-kinds/errand.ts';
import { openLimited } from './limited-driver.ts';
import { empty } from './open.ts';

const driver = openLimited();
migrate(driver, readMigrations());
let store: Store;
beforeEach(() => {
  empty(driver);
  store = createSqliteStore(driver);
});
afterAll(() => driver.close());

const page = { limit: 1_000, maxBytes: 1_048_576 };
const batches = (): unknown[] => driver.all('SELECT keys, lines FROM event_batches ORDER BY id');
const told = async (jobId: string, after = 0, limit = 1_000): Promise<number[]> =>
  (await store.jobs.events(jobId, { after, limit })).map(({ sequence }) => sequence);
const fed = async (after: string | null, limit = 1_000): Promise<readonly (readonly [string, string])[]> =>
  (await store.feed!.read(after, { ...page, limit })).map(({ position, event }) =>
    [position, `${event.jobId} ${event.sequence}`] as const);

/** Claimed and released so often, each a commit with one event. */
async function busy(book: ErrandBook, turns: number): Promise<string> {
  const [jobId = ''] = await submitted(store, book, 1);
  for (let turn = 0; turn < turns; turn++) {
    await claimed(store, book);
    book.release(jobId);
    await written(store, book);
  }
  return jobId;
}

it('keeps few numbers of batches in the row of a job with many events, and finds them all in order', async () => {
  const book = new ErrandBook();
  const jobId = await busy(book, 50);
  const all = Array.from({ length: 101 }, (_, at) => at + 1);
  expect(await told(jobId)).toEqual(all);
  for (const [after, limit] of [[0, 7], [31, 2], [32, 40], [63, 3], [64, 1_000], [100, 5], [101, 5]] as const) {
    expect(await told(jobId, after, limit), `${limit} after ${after}`).toEqual(all.slice(after, after + limit));
  }
  const [row] = driver.all<{ event_batches: string }>('SELECT event_batches FROM job_rows');
  expect(row!.event_batches.split(',').length).toBeLessThanOrEqual(batchesInRow);
  const moved = driver.all<{ upto: number; batches: string }>('SELECT upto, batches FROM earlier_event_batches');
  expect(moved.map(({ upto }) => upto)).toEqual([31, 63, 95]);
  for (const one of moved) expect(one.batches.split(',').length).toBeLessThanOrEqual(batchesInRow);
  const events = await store.jobs.events(jobId, { after: 0, limit: 1_000 });
  expect(foldAll(errand, events)).toEqual(await store.jobs.get(jobId));
  expect((await fed(null)).map(([, key]) => key)).toEqual(all.map((sequence) => `${jobId} ${sequence}`));
  const select = 'SELECT id FROM domain_events WHERE aggregate_id = ? ORDER BY occurred_at';
  const shown = driver.all<{ id: string }>(select, [jobId]);
  expect(shown.map(({ id }) => id)).toEqual(all.map((sequence) => `${jobId}:${sequence}`));
});

it('forgets a job with many events whole', async () => {
  const book = new ErrandBook();
  const jobId = await busy(book, 40);
  book.command(jobId, { type: 'cancel' });
  await written(store, book);
  expect(await store.retention.removeJobs([jobId])).toEqual([jobId]);
  // The last batch keeps its number.
  expect(batches()).toEqual([{ keys: '', lines: '' }]);
  expect([driver.all('SELECT * FROM earlier_event_batches'), await fed(null)]).toEqual([[], []]);
});

it('goes on in the middle of a batch', async () => {
  const book = new ErrandBook();
  const ids = await submitted(store, book, 5);
  await submitted(store, book, 2);
  expect(batches()).toHaveLength(2);
  const all = await fed(null);
  expect(all).toHaveLength(7);
  expect(all.slice(0, 5).map(([, key]) => key)).toEqual(ids.map((id) => `${id} 1`));
  for (const [at, [position]] of all.entries()) {
    expect(await fed(position), position).toEqual(all.slice(at + 1));
    expect(await fed(position, 2), position).toEqual(all.slice(at + 1, at + 3));
  }
  for (const wrong of ['1.', '.1', '1.2.3', '-1', 'yesterday']) {
    expect(store.feed!.isPosition(wrong), wrong).toBe(false);
    await expect(store.feed!.read(wrong, page)).rejects.toThrow('no position');
  }
});

it('reads on through many small batches, and through those of which it gives nothing', async () => {
  const book = new ErrandBook();
  const ids: string[] = [];
  for (let made = 0; made < 150; made++) ids.push(...await submitted(store, book, 1));
  const gone = ids.slice(10, 140);
  for (const id of gone) book.command(id, { type: 'cancel' });
  await written(store, book);
  // Its batch stays, since one of its jobs does.
  book.command(ids[0]!, { type: 'cancel' });
  await written(store, book);
  expect(await store.retention.removeJobs(gone)).toHaveLength(gone.length);
  const left = [...ids.slice(0, 10), ...ids.slice(140)];
  expect((await fed(null)).map(([, key]) => key)).toEqual([...left.map((id) => `${id} 1`), `${ids[0]} 2`]);
});

it('blanks what is forgotten of a batch that others share, and deletes one that is empty, but the last', async () => {
  const book = new ErrandBook();
  const [first = '', second = '', third = ''] = await submitted(store, book, 3);
  for (const id of [first, second, third]) book.command(id, { type: 'cancel' });
  await written(store, book);
  const before = await fed(null);
  const events = await store.jobs.events(third, { after: 0, limit: 10 });
  expect(await store.retention.removeJobs([second])).toEqual([second]);
  expect(JSON.stringify(batches())).not.toContain(second);
  const left = before.filter(([, key]) => !key.startsWith(second));
  expect(await fed(null)).toEqual(left);
  for (const [position] of before) {
    const at = before.findIndex(([one]) => one === position);
    expect(await fed(position), position).toEqual(before.slice(at + 1).filter(([, key]) => !key.startsWith(second)));
  }
  expect(await store.jobs.events(third, { after: 0, limit: 10 })).toEqual(events);
  const shown = driver.all<{ id: string }>('SELECT id FROM domain_events ORDER BY id');
  expect(shown.map(({ id }) => id)).toEqual([`${first}:1`, `${first}:2`, `${third}:1`, `${third}:2`].toSorted());
  expect(await store.retention.removeJobs([first, third])).toEqual([first, third]);
  expect(batches()).toEqual([{ keys: '\n\n', lines: '\n\n' }]);
  expect([await fed(null), driver.all('SELECT id FROM domain_events')]).toEqual([[], []]);
  // Whoever had read them misses nothing that comes after.
  const next = await submitted(store, book, 1);
  expect((await fed(before.at(-1)![0])).map(([, key]) => key)).toEqual([`${next[0]} 1`]);
});

it('takes events of a job that the commit changes in nothing else', async () => {
  const job = anyJob();
  await insert(store, job);
  const event = (sequence: number): RecordedEvent => ({
    jobId: job.id, kind: job.kind, sequence, occurredAt: t0, actor: 'ada', correlationId: 'request-1',
    body: { type: 'Said', text: 'Ü'.repeat(sequence) } as never,
  });
  await stored(store, { events: [event(2), event(3)] });
  expect(await store.jobs.events(job.id, { after: 0, limit: 10 })).toEqual([event(2), event(3)]);
  const [two, three] = await store.feed!.read(null, page);
  expect([two?.bytes, three?.bytes]).toEqual([2, 3].map((n) => Buffer.byteLength(JSON.stringify(event(n).body))));
  const shown = driver.all<{ payload: string }>('SELECT payload FROM domain_events WHERE correlation_id = ?', [job.id]);
  expect(shown.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual(
    [2, 3].map((n) => ({ ...event(n).body, requestId: 'request-1' })),
  );
});

it('writes a job’s row, and one of each commit’s events, and nothing else for its work', async () => {
  const book = new ErrandBook();
  const [id = ''] = await submitted(store, book, 1);
  const row = (): Record<string, unknown> => driver.all<Record<string, unknown>>(
    'SELECT state, listed_state, stage, lease_token, leased_until, event_batches FROM job_rows',
  )[0]!;
  expect(row()).toEqual({
    state: 'pending', listed_state: 'pending', stage: 'ready', lease_token: null, leased_until: null,
    event_batches: '1',
  });
  await claimed(store, book);
  expect(row()).toEqual({
    state: 'processing', listed_state: 'pending', stage: 'leased', lease_token: 2, leased_until: t0 + 60_000,
    event_batches: '1,2',
  });
  book.complete(id);
  await written(store, book);
  expect(row()).toEqual({
    state: 'completed', listed_state: 'completed', stage: null, lease_token: null, leased_until: null,
    event_batches: '1,2,3',
  });
});

it('finds what is claimed in lists and counts of each state, and once it is something else', async () => {
  const book = new ErrandBook();
  const ids = await submitted(store, book, 6);
  const list = async (state: string): Promise<readonly string[]> => {
    const filter = { scopes: [{ kind: 'errand', ownerId: null }], state, limit: 10 };
    const found = await store.jobs.ids(filter);
    expect(await store.jobs.count(filter)).toBe(found.length);
    return found;
  };
  await claimed(store, book, { limit: 4 });
  expect(await list('pending')).toEqual(ids.slice(4).toReversed());
  expect(await list('processing')).toEqual(ids.slice(0, 4).toReversed());
  book.release(ids[0]!);
  book.complete(ids[1]!);
  await written(store, book);
  expect(await list('pending')).toEqual([ids[5], ids[4], ids[0]]);
  expect(await list('processing')).toEqual([ids[3], ids[2]]);
  expect(await list('completed')).toEqual([ids[1]]);
  const held = book.jobs.get(ids[2]!)!;
  // It goes on to another state, and keeps its lease.
  await update(store, held, { state: 'pending', phase: 'waiting' });
  expect(await list('pending')).toEqual([ids[5], ids[4], ids[2], ids[0]]);
});

it('hands out jobs with JSON of any length whole', async () => {
  const long = { data: 'Ü'.repeat(2_000) };
  const large = { data: 'x'.repeat(20_000), more: 1 };
  const book = new ErrandBook();
  const ids: string[] = [];
  for (const input of [{ data: 'short' }, long, large]) ids.push(book.submit(input));
  await written(store, book);
  expect(await claimed(store, book)).toEqual(ids);
  for (const id of ids) expect(await store.jobs.get(id)).toEqual(book.jobs.get(id));
});
