import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import { noWorkLimits } from '../../../src/domain/job/work.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { newDatabase, type TestDatabase } from '../../postgres/database.ts';
import { open } from './open.ts';
import { openSession, type Session } from './session.ts';
import { asked, commandingTask, creatingTask, faithful, now } from './tasks.ts';

let database: TestDatabase;
let stores: readonly [Store, Store];
let paths: readonly [WritePath, WritePath];
let stranger: Session;

beforeEach(async () => {
  database = await newDatabase();
  stores = [await open(database.url), await open(database.url)];
  paths = stores.map((store) => new WritePath({ store, clock: createFakeClock(now) })) as [WritePath, WritePath];
  stranger = await openSession(database);
  isClosed = false;
});
afterEach(async () => {
  await stranger.end();
  await closeAll();
});

let isClosed = false;
async function closeAll(): Promise<void> {
  if (!isClosed) await Promise.all(stores.map((store) => store.close()));
  isClosed = true;
}

async function made(count: number, type = 'a', key: string | null = null): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(now));
  await Promise.all(ids.map((id) => paths[0].run(creatingTask(id, type, key))));
  return ids;
}

const idsOf = (claimed: Awaited<ReturnType<Store['work']['claim']>>): string[] => claimed.map(({ job }) => job.id);

describe('a claim', () => {
  it('skips a job that is being changed, and takes the next', async () => {
    const [first, second] = await made(2);
    await stranger.run('BEGIN');
    await stranger.run('SELECT 1 FROM jobs_open WHERE id = $1 FOR UPDATE', [first]);
    expect(idsOf(await stores[0].work.claim(asked()))).toEqual([second]);
    expect(await stores[1].work.claim(asked())).toEqual([]);
    await stranger.run('COMMIT');
    expect(idsOf(await stores[1].work.claim(asked()))).toEqual([first]);
  });

  it('finds free work behind rows that others are claiming', async () => {
    const busy = await made(3, 'a');
    const [free] = await made(1, 'b');
    await stranger.run('BEGIN');
    await stranger.run('SELECT 1 FROM jobs_open WHERE id = ANY($1) FOR UPDATE', [busy]);
    expect(idsOf(await stores[0].work.claim(asked({ types: ['a', 'b'], limit: 3 })))).toEqual([free]);
    await stranger.run('ROLLBACK');
  });

  it('waits for no commit, and continues from the job as that leaves it', async () => {
    const [id = ''] = await made(1);
    await stranger.run('BEGIN');
    const fields = "fields = jsonb_set(fields::jsonb, '{totalItems}', '7')::text";
    await stranger.run(`UPDATE jobs_open SET ${fields} WHERE id = $1`, [id]);
    expect(await stores[0].work.claim(asked())).toEqual([]);
    await stranger.run('COMMIT');
    const [claimed] = await stores[0].work.claim(asked());
    expect(claimed?.job).toMatchObject({ version: 2, lease: { token: 2 }, fields: { totalItems: 7 } });
  });

  it('begins behind what workers have, and misses nothing that comes to stand before that', async () => {
    const first = await made(3);
    expect(idsOf(await stores[0].work.claim(asked({ limit: 3 })))).toEqual(first);
    // Ids that are smaller than those that were claimed, by the same server and by another one.
    const early = newId(now - 5_000);
    await paths[0].run(creatingTask(early, 'a'));
    expect(idsOf(await stores[0].work.claim(asked()))).toEqual([early]);
    const foreign = newId(now - 6_000);
    await paths[1].run(creatingTask(foreign, 'a'));
    await vi.waitFor(async () => expect(idsOf(await stores[0].work.claim(asked()))).toEqual([foreign]), 5_000);
  });

  it('moves nothing in an index, so that the row stays on its page', async () => {
    await made(50);
    const updates = async (): Promise<{ all: number; hot: number }> => {
      await database.run('SELECT pg_stat_force_next_flush()');
      const [row] = await database.run<{ all: string; hot: string }>(
        `SELECT n_tup_upd AS all, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'jobs_open'`,
      );
      return { all: Number(row?.all), hot: Number(row?.hot) };
    };
    expect(await stores[0].work.claim(asked({ limit: 50 }))).toHaveLength(50);
    await closeAll();
    await vi.waitFor(async () => expect((await updates()).all).toBeGreaterThanOrEqual(50), 10_000);
    const { all, hot } = await updates();
    expect(hot / all).toBeGreaterThan(0.9);
  });
});

/** What is under way of each type, as far as anyone can know: a job counts from its claim until its end is said. */
class Running {
  readonly #ids = new Map<string, Set<string>>();
  most = 0;

  begin(type: string, id: string): void {
    const ids = this.#ids.get(type) ?? new Set();
    this.#ids.set(type, ids);
    // Nobody else has it.
    expect(ids.has(id)).toBe(false);
    ids.add(id);
    if (type === 'limited') this.most = Math.max(this.most, ids.size);
  }

  end(type: string, id: string): void {
    this.#ids.get(type)?.delete(id);
  }
}

async function allEnded(ids: readonly string[]): Promise<void> {
  const [store] = stores;
  for (const id of ids) expect(['completed', 'canceled']).toContain((await faithful(store, id)).state);
  expect(await store.work.counts()).toEqual([]);
  const counts = await store.jobs.counts();
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(ids.length);
  expect(counts.every(({ state }) => state === 'completed' || state === 'canceled')).toBe(true);
}

describe('two servers that claim, complete and cancel the same jobs', () => {
  const maxRunning = 6;
  const types = ['a', 'limited', 'keyed'];

  it('never wait for each other in a circle, give no job to two, and keep to every limit', async () => {
    await stores[0].work.putType(
      { kind: 'task', name: 'limited', limits: { ...noWorkLimits, maxRunning }, defaults: null, updatedAt: now }, now,
    );
    const keyed = ['x', 'y', 'z'].map((key) => made(20, 'keyed', key));
    const ids = (await Promise.all([made(300), made(80, 'limited'), ...keyed])).flat();
    const ended = new Set<string>();
    const running = new Running();
    const note = (id: string, result: { readonly ok: boolean; readonly value?: string }): void => {
      if (result.ok && !['pending', 'processing'].includes(result.value ?? '')) ended.add(id);
    };
    const isOver = (): boolean => ended.size === ids.length;

    async function work(store: Store, path: WritePath, workerId: string): Promise<void> {
      while (!isOver()) {
        const claimed = await store.work.claim(asked({ types, limit: 7, workerId }));
        for (const { job } of claimed) running.begin(job.type, job.id);
        await store.work.renew(
          claimed.map(({ job }) => ({ jobId: job.id, token: job.lease?.token ?? 0 })), { now, leaseMs: 60_000 },
        );
        await Promise.all(
          claimed.map(async ({ job: { id, type, attempt, lease } }, place) => {
            const token = lease?.token ?? 0;
            await path.run(commandingTask(id, () => ({ type: 'progress', token, processed: 1, total: 2 })));
            running.end(type, id);
            const fails = attempt === 1 && place % 3 === 0;
            note(id, await path.run(commandingTask(id, () => fails
              ? { type: 'fail', token, message: 'no', retry: true, retryAfterMs: 0, random: 0 }
              : { type: 'complete', token, result: null })));
          }),
        );
      }
    }

    /** Changes jobs that nobody has, with and without their rows of work. */
    async function interfere(path: WritePath, others: readonly string[]): Promise<void> {
      for (let from = 0; from < others.length; from += 5) {
        await Promise.all(others.slice(from, from + 5).map(async (id, place) => {
          if (place !== 0) return path.run(commandingTask(id, () => ({ type: 'addDependent', jobId: newId(now) })));
          const canceled = await path.run(commandingTask(id, () => ({ type: 'cancel' })));
          note(id, canceled);
          return canceled;
        }));
      }
    }

    async function admit(store: Store): Promise<void> {
      while (!isOver()) await store.work.admit(now);
    }

    const [here, there] = stores;
    await Promise.all([
      work(here, paths[0], 'here-1'), work(here, paths[0], 'here-2'),
      work(there, paths[1], 'there-1'), work(there, paths[1], 'there-2'),
      interfere(paths[0], ids), interfere(paths[1], ids.toReversed()),
      admit(here), admit(there),
    ]);

    await allEnded(ids);
    expect(running.most).toBeLessThanOrEqual(maxRunning);
    await closeAll();
    // What a connection has counted is there when it has ended.
    const [found] = await database.run<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(Number(found?.deadlocks)).toBe(0);
  });
});
