import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { atEveryPoint, bumpy, failing, judged, someMishaps, stuck, type OnStore, type Script } from './sagas.ts';

const hopeless: Script = { refused: ['take'] };

describe('a saga on SQLite, in memory', () => {
  let sqlite: ReturnType<typeof openSimulatedSqlite>;
  beforeAll(() => {
    sqlite = openSimulatedSqlite();
  });
  afterAll(() => sqlite.close());
  const onStore: OnStore = (work) => {
    sqlite.clear();
    return work(sqlite.open());
  };

  it('does its steps in order and tells its job of each', async () => {
    const run = await judged(onStore, bumpy);
    expect(run.saga.state).toBe('succeeded');
    expect(run.points).toBeGreaterThan(30);
  });

  it.each([
    ['undoes what was done when a step fails for good', failing, 'compensated'],
    ['has failed when something cannot be undone, and undoes the rest', stuck, 'failed'],
    ['is undone though its first step alone failed, since nobody knows what that has done', hopeless, 'compensated'],
  ])('%s', async (_, script, state) => {
    const run = await judged(onStore, script);
    expect(run.saga.state).toBe(state);
    expect(run.job.state).toBe('failed');
  });

  it.each([['succeeds', bumpy, 'succeeded'], ['fails', failing, 'compensated'], ['is stuck', stuck, 'failed']])(
    'that %s loses nothing, and does nothing twice, when its server dies at any await',
    async (_, script, state) => {
      const ends = await atEveryPoint(onStore, script, 'crash');
      expect(ends.get(state)).toBeGreaterThan(20);
    },
    60_000,
  );

  it.each([['succeeds', bumpy], ['fails', failing], ['is stuck', stuck]])(
    'that %s is undone when its job is canceled at any await',
    async (_, script) => {
      const ends = await atEveryPoint(onStore, script, 'cancel');
      expect(ends.size).toBeGreaterThan(1);
    },
    60_000,
  );

  it.each([1, 2, 3])('comes out right whatever happens to its servers, %i at once', async (servers) => {
    const random = createSeededRandom(20);
    for (let round = 0; round < 40; round++) {
      await judged(onStore, [bumpy, failing, stuck][round % 3]!, someMishaps(random, 3), { servers });
    }
  }, 60_000);
});
