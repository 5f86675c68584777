import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store/store.ts';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { atEveryPoint, judge, runSaga, type Mishap, type Script } from './sagas.ts';

/** Each step fails once before it is done. */
const bumpy: Script = { faults: { take: 1, send: 1, write: 1, '-take': 1, '-send': 1 } };
const failing: Script = { ...bumpy, refused: ['write'] };
const stuck: Script = { refused: ['write', '-send'] };
const hopeless: Script = { refused: ['take'] };

describe('a saga on SQLite, in memory', () => {
  let sqlite: ReturnType<typeof openSimulatedSqlite>;
  beforeAll(() => {
    sqlite = openSimulatedSqlite();
  });
  afterAll(() => sqlite.close());
  const fresh = async (): Promise<Store> => {
    sqlite.clear();
    return sqlite.open();
  };

  it('does its steps in order and tells its job of each', async () => {
    const run = await runSaga(await fresh(), bumpy);
    judge(run, bumpy);
    expect(run.saga.state).toBe('succeeded');
    expect(run.points).toBeGreaterThan(30);
  });

  it.each([
    ['undoes what was done when a step fails for good', failing, 'compensated'],
    ['has failed when something cannot be undone, and undoes the rest', stuck, 'failed'],
    ['is undone though its first step alone failed, since nobody knows what that has done', hopeless, 'compensated'],
  ])('%s', async (_, script, state) => {
    const run = await runSaga(await fresh(), script);
    judge(run, script);
    expect(run.saga.state).toBe(state);
    expect(run.job.state).toBe('failed');
  });

  it.each([['succeeds', bumpy, 'succeeded'], ['fails', failing, 'compensated'], ['is stuck', stuck, 'failed']])(
    'that %s loses nothing, and does nothing twice, when its server dies at any await',
    async (_, script, state) => {
      const ends = await atEveryPoint(fresh, script, 'crash');
      expect(ends.get(state)).toBeGreaterThan(20);
    },
    60_000,
  );

  it.each([['succeeds', bumpy], ['fails', failing], ['is stuck', stuck]])(
    'that %s is undone when its job is canceled at any await',
    async (_, script) => {
      const ends = await atEveryPoint(fresh, script, 'cancel');
      expect(ends.size).toBeGreaterThan(1);
    },
    60_000,
  );

  it('comes out right whatever happens to three servers, one after the other', async () => {
    const random = createSeededRandom(20);
    for (let round = 0; round < 60; round++) {
      const script = [bumpy, failing, stuck][round % 3]!;
      const mishaps = Array.from({ length: 3 }, (): Mishap => ({
        at: random.integer(1, 40), what: random.integer(0, 3) === 0 ? 'cancel' : 'crash',
      }));
      const run = await runSaga(await fresh(), script, mishaps);
      try {
        judge(run, script);
      } catch (error) {
        const course = JSON.stringify([mishaps, run.events.map(({ body }) => body)]);
        throw new Error(`round ${round}: ${course}`, { cause: error });
      }
    }
  }, 60_000);
});
