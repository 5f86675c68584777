import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** Where the history is flushed by a queue or an alarm, it is there a little later. */
async function history(user: User, jobId: string): Promise<{ job: object; items: object[]; billing: object[] }> {
  const until = Date.now() + 15_000;
  for (;;) {
    const { status, body } = await user.get(`/api/jobs/${jobId}/history`);
    if (status === 200 || Date.now() > until) return body.data;
  }
}

describe('the history', () => {
  test('of a job that ended has one job row, one row per item, and one per ledger movement', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(5);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3 });
    await user.post(`/api/jobs/${jobId}/execute`, {});
    await callback(target, jobId, 0);
    await callback(target, jobId, 1, { status: 'failed', error: 'blurred' });
    await callback(target, jobId, 2);
    const { job, items, billing } = await history(user, jobId);
    expect(job).toMatchObject({
      jobId, kind: 'image-set', status: 'done', itemsTotal: 3, itemsDone: 2, itemsFailed: 1, creditsSpent: 2,
    });
    expect(items).toMatchObject([
      { idx: 0, state: 'done', error: null },
      { idx: 1, state: 'failed', error: 'blurred' },
      { idx: 2, state: 'done' },
    ]);
    expect(billing).toMatchObject([
      { type: 'reserve', amount: 5 },
      { type: 'return', amount: 2 },
      { type: 'commit', amount: 2 },
      { type: 'return', amount: 1 },
    ]);
  });

  test('of a canceled job says what was not finished and what came back', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await callback(target, jobId, 1);
    await user.post(`/api/jobs/${jobId}/cancel`);
    const { job, items, billing } = await history(user, jobId);
    expect(job).toMatchObject({ status: 'canceled', itemsDone: 1, creditsSpent: 1 });
    expect(items).toMatchObject([{ idx: 0, state: 'unfinished' }, { idx: 1, state: 'done' }]);
    expect(billing).toMatchObject([
      { type: 'reserve', amount: 2 }, { type: 'commit', amount: 1 }, { type: 'rollback', amount: 1 },
    ]);
  });

  test('is written once, however often the end is said', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    await Promise.all([1, 2, 3].map(() => callback(target, jobId, 0)));
    const first = await history(user, jobId);
    await callback(target, jobId, 0);
    expect(await history(user, jobId)).toEqual(first);
    expect(first.items).toHaveLength(1);
    expect(first.billing).toHaveLength(2);
  });

  test('is not there before the end, nor for another user', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    expect((await user.get(`/api/jobs/${jobId}/history`)).status).toBe(404);
    await callback(target, jobId, 0);
    await history(user, jobId);
    expect((await newUser(target).get(`/api/jobs/${jobId}/history`)).status).toBe(404);
  });
});
