import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser, type Answer, type User } from '../user.ts';

let target: Target;
let admin: User;
beforeAll(async () => {
  target = await openTarget();
  admin = newUser(target, 'admin');
});
afterAll(() => target.close());

const shipped = { startingCredits: 10, runningJobs: 1, ruleSlots: 2, failedItemsPerHour: 50 };

/** Changes the plan free until the test ends. */
async function change(limits: Partial<typeof shipped>): Promise<Answer> {
  onTestFinished(async () => void (await admin.put('/api/plans/free', shipped)));
  return admin.put('/api/plans/free', limits);
}

describe('a plan', () => {
  beforeEach((ctx) => ctx.skip(runtime === 'worker', 'on Cloudflare accounts are not in one place'));

  test('is shown as it ships, and as it was changed, to everybody', async () => {
    const user = newUser(target);
    const { body } = await user.get('/api/plans');
    const jobsOf = body.data.plans.map(({ plan, limits }: any) => [plan, limits.runningJobs]);
    expect(jobsOf).toEqual([['free', 1], ['pro', 3]]);
    const changed = await change({ runningJobs: 2 });
    expect(changed.body.data).toEqual({
      plan: 'free', shipped, limits: { ...shipped, runningJobs: 2 }, updatedAt: expect.stringMatching(/Z$/),
    });
    expect((await user.get('/api/plans')).body.data.plans[0]).toEqual(changed.body.data);
  });

  test('that allows more jobs at once does so at once, and one that allows fewer ends none', async () => {
    const user = newUser(target);
    const create = () => user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    expect((await create()).status).toBe(201);
    expect((await create()).body.error).toMatchObject({ code: 'concurrency_limit', details: { limit: 1 } });
    await change({ runningJobs: 2 });
    expect((await create()).status).toBe(201);
    expect((await create()).body.error).toMatchObject({ code: 'concurrency_limit', details: { limit: 2 } });
    await change({ runningJobs: 0 });
    expect((await user.get('/api/user/me')).body.data).toMatchObject({ activeJobs: 2, maxActiveJobs: 0 });
    expect((await create()).body.error).toMatchObject({ code: 'concurrency_limit', details: { limit: 0 } });
  });

  test('gives new accounts what it begins with, and takes nothing from others', async () => {
    const before = newUser(target);
    await before.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    await change({ startingCredits: 25 });
    const after = newUser(target);
    expect((await after.post('/api/jobs', { preset: 'seller', itemCount: 20 })).status).toBe(201);
    expect((await after.get('/api/user/me')).body.data).toMatchObject({ granted: 25, credits: 5, reserved: 20 });
    expect((await before.get('/api/user/me')).body.data).toMatchObject({ granted: 10 });
  });

  test('of no credits to begin with opens accounts all the same', async () => {
    await change({ startingCredits: 0 });
    const user = newUser(target);
    const refused = await user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    expect(refused.body.error).toMatchObject({ code: 'insufficient_credits', details: { available: 0 } });
    expect((await user.get('/api/user/me')).body.data).toMatchObject({ granted: 0, credits: 0 });
  });

  test('limits rules as it was changed', async () => {
    const user = newUser(target);
    const rule = (name: string) => user.post('/api/rules', { name, concepts: { sofa: { action: 'remove' } } });
    await change({ ruleSlots: 1 });
    const first = await rule('one');
    expect([first.status, (await rule('two')).body.error?.code]).toEqual([201, 'rule_limit']);
  });

  test('is changed by administrators alone, within limits, and the audit has it', async () => {
    expect((await newUser(target).put('/api/plans/free', { runningJobs: 9 })).status).toBe(403);
    expect((await admin.put('/api/plans/gold', { runningJobs: 9 })).status).toBe(404);
    for (const wrong of [{}, { runningJobs: -1 }, { runningJobs: 1.5 }, { startingCredits: 1e10 }]) {
      expect([wrong, (await admin.put('/api/plans/free', wrong)).status]).toEqual([wrong, 400]);
    }
    await change({ runningJobs: 4, ruleSlots: 5 });
    const { entries } = (await admin.get('/api/audit?action=putPlan')).body.data;
    expect(entries[0]).toMatchObject({ target: 'free', details: { runningJobs: 4, ruleSlots: 5 } });
  });
});
