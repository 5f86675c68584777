import { describe, expect, it } from 'vitest';
import { JobQuota } from '../../src/application/quotas/job-quota.ts';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';

const words = { one: 'task', many: 'tasks', makeRoom: 'Cancel some.' };

/** A store whose reads and commits take a while, so that they overlap in every way. */
function slowStore(seed: number, limit: number, stored: number) {
  const random = createSeededRandom(seed);
  const pause = async (): Promise<void> => {
    for (let turns = random.integer(0, 11); turns > 0; turns--) await Promise.resolve();
    if (random.chance(0.3)) await new Promise((resolve) => setImmediate(resolve));
  };
  const usage = { unfinished: stored, kept: stored, bytes: 0 };
  const of = async () => {
    await pause();
    const found = { ...usage };
    await pause();
    return found;
  };
  const quota = new JobQuota(
    { store: { usage: { of } } as never, clock: { now: () => 0 } }, 'task', words, async () => ({ unfinished: limit }),
  );
  return { quota, usage, random, pause };
}

describe('a quota of jobs, in a burst near its limit', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is kept, and refuses none while there is room (seed %i)', async (seed) => {
    const limit = 60;
    const { quota, usage, random, pause } = slowStore(seed, limit, 20);
    let [most, refused, lowestAtRefusal] = [0, 0, limit];
    const submit = async (fails: boolean): Promise<void> => {
      await pause();
      const permit = await quota.admit('ada', 0);
      if (permit.refusal !== null) {
        refused += 1;
        lowestAtRefusal = Math.min(lowestAtRefusal, usage.unfinished);
        permit.settle(false);
        return;
      }
      await pause();
      if (!fails) usage.unfinished += 1;
      most = Math.max(most, usage.unfinished);
      await pause();
      permit.settle(!fails);
    };
    await Promise.all(Array.from({ length: 200 }, () => submit(random.chance(0.4))));
    expect(most).toBe(limit);
    expect(usage.unfinished).toBe(limit);
    expect(refused).toBeGreaterThan(0);
    expect(lowestAtRefusal).toBe(limit);
  });

  it('sees what its owner has ended before the request, also when a read was under way', async () => {
    const usage = { unfinished: 10, kept: 10, bytes: 0 };
    const read = Promise.withResolvers<void>();
    const of = async () => {
      const found = { ...usage };
      await read.promise;
      return found;
    };
    const deps = { store: { usage: { of } }, clock: { now: () => 0 } };
    const quota = new JobQuota(deps as never, 'task', words, async () => ({ unfinished: 10 }));
    const early = quota.admit('ada', 0);
    usage.unfinished = 9;
    const late = quota.admit('ada', 0);
    read.resolve();
    expect((await early).refusal).toMatchObject({ code: 'quota_exceeded' });
    expect((await late).refusal).toBeNull();
  });
});
