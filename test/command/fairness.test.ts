import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/ports/store/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { openMigrated } from '../stores/sqlite/open.ts';
import { operator, succeeded, Yard } from './yard.ts';

let store: Store;
let yard: Yard;
const mira = { ...operator, caller: { ...operator.caller, userId: 'mira' } };
/** The agents of workers that wait; each runs its job to its end when it is called. */
let held: (() => void)[] = [];

beforeEach(async () => {
  store = createSqliteStore(openMigrated(':memory:'));
  yard = new Yard(store);
  held = [];
  yard.provider.onMade = (spec) => void yard.agent(spec, async () => {
    await new Promise<void>((resolve) => held.push(resolve));
    return succeeded;
  });
  await yard.start();
});

afterEach(async () => {
  const letGo = setInterval(() => held.splice(0).forEach((go) => go()), 10);
  await yard.stop();
  clearInterval(letGo);
  await store.close();
});

const running = () => expect.poll(() => held.length, { timeout: 10_000 });
const orderOf = async (ids: readonly string[]) => {
  const jobs = await Promise.all(ids.map((id) => yard.job(id)));
  return jobs.filter(({ startedAt }) => startedAt !== null).map(({ id }) => id);
};

describe('the scheduler', () => {
  it('gives the next place to the owner of one job, though 1,000 of another wait before it', async () => {
    await yard.register(1);
    await yard.submit('first');
    await running().toBe(1);
    const many: string[] = [];
    for (let n = 0; n < 1_000; n++) many.push(await yard.submit('many'));
    const single = await yard.submit('single', {}, mira);
    held.pop()!();
    await running().toBe(1);
    held.pop()!();
    await running().toBe(1);
    expect(await orderOf([single])).toEqual([single]);
    expect((await orderOf(many)).length).toBeLessThanOrEqual(1);
    held.pop()!();
  }, 60_000);

  it('gives a job that asks for much its turn, however many small ones come, warm workers or not', async () => {
    await yard.register(1, { size: 1, jobsPerWorker: 10_000 });
    await expect.poll(async () => (await yard.workers('READY')).length, { timeout: 10_000 }).toBe(1);
    await yard.submit('small');
    await running().toBe(1);
    const large = await yard.submit('large', { requirements: { image: 'alpine', memoryBytes: 1_000_000_000 } });
    for (let n = 0; n < 20; n++) await yard.submit('small');
    held.pop()!();
    await yard.until(large, ({ state }) => state === 'RUNNING');
    await running().toBe(1);
    held.pop()!();
    expect((await yard.until(large, ({ endedAt }) => endedAt !== null)).state).toBe('SUCCEEDED');
  }, 60_000);
});
