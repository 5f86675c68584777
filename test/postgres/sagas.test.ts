import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import {
  atEveryPoint, bumpy, failing, judged, someMishaps, stuck, type Mishap, type OnStore, type Script,
} from '../simulation/sagas.ts';
import { openTestStore } from '../stores/postgres/open.ts';

/** `npm run test:long -- --only=sagas` sets it. */
const isLong = process.env.WAYBILL_TEST_LONG === '1';
const timeoutMs = isLong ? 1_800_000 : 120_000;
/** Looks are farther apart than in memory, where they cost next to nothing. */
const pace = { stepMs: 5_000 } as const;
/** Runs at once, each on a database of its own. */
const lanes = 4;

const onStore: OnStore = async (work) => {
  const under = await openTestStore();
  try {
    return await work(under.store);
  } finally {
    await under.close();
  }
};

/** What happens at each await, in which saga, and how it ends often then. */
type Case = readonly [Mishap['what'], string, Script, string];
const short: readonly Case[] = [
  ['crash', 'goes back', { faults: { send: 1, '-take': 1 }, refused: ['write'] }, 'compensated'],
];
const long: readonly Case[] = [
  ['crash', 'succeeds', bumpy, 'succeeded'], ['cancel', 'succeeds', bumpy, 'canceled'],
  ['crash', 'fails', failing, 'compensated'], ['cancel', 'fails', failing, 'canceled'],
  ['crash', 'is stuck', stuck, 'failed'], ['cancel', 'is stuck', stuck, 'canceled'],
];

describe('a saga on PostgreSQL', () => {
  it.each(isLong ? long : short)(
    'loses nothing, and does nothing twice, with a %s at any await of one that %s',
    async (what, _, script, state) => {
      const ends = await atEveryPoint(onStore, script, what, { ...pace, lanes });
      expect(ends.get(state)).toBeGreaterThan(10);
    },
    timeoutMs,
  );

  it.each([2, 3])('comes out right whatever happens to its servers, %i at once', async (servers) => {
    const random = createSeededRandom(isLong ? Date.now() % 2 ** 32 : servers);
    const rounds = Array.from({ length: isLong ? 300 : 6 }, (_, round) => {
      return { script: [failing, bumpy, stuck][round % 3]!, mishaps: someMishaps(random, 3) };
    });
    const ends = new Set<string>();
    const lane = async (): Promise<void> => {
      for (let next = rounds.pop(); next !== undefined; next = rounds.pop()) {
        const { saga } = await judged(onStore, next.script, next.mishaps, { ...pace, servers });
        ends.add(saga.state);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    expect(ends.size).toBeGreaterThan(1);
  }, timeoutMs);
});
