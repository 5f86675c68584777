import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, failing, newType, newWorker, show, submit, type Worker } from './tasks.ts';

let target: Target;
let user: User;
let worker: Worker;
beforeAll(async () => {
  target = await openTarget();
  user = newUser(target);
  worker = newWorker(target);
});
afterAll(() => target.close());

describe('a job that depends on what has ended already', () => {
  test('does not wait for one that is completed', async () => {
    const type = newType();
    const before = await ended(user, worker, { type: 'complete' });
    const { id, waitsFor } = await submit(user, { type, dependsOn: [before] });
    expect(waitsFor).toEqual([]);
    expect(await worker.take(type)).toMatchObject([{ id }]);
  });

  test.each(['failed', 'canceled'])('is canceled at once for what is %s, with the reason, or runs if it asked for that',
    async (how) => {
      const before = how === 'failed' ? await ended(user, worker, failing) : (await submit(user)).id;
      if (how === 'canceled') await user.delete(`/api/v1/jobs/${before}`);
      const type = newType();
      const canceled = await submit(user, { type, dependsOn: [before] });
      expect(canceled).toMatchObject({ status: 'canceled', cancelReason: expect.stringContaining(before) });
      const { id } = await submit(user, { type, dependsOn: [before], onDependencyFailure: 'run' });
      expect(await worker.take(type)).toMatchObject([{ id }]);
    });
});

test('a task waits for all that it depends on, whatever their types, and one named twice counts once', async () => {
  const type = newType();
  const [one, other] = [await submit(user), await submit(user)];
  const waiting = await submit(user, { type, depends_on: [one.id, other.id, one.id] });
  for (const [first, left] of [[one, [other.id]], [other, []]] as const) {
    expect((await show(user, waiting.id)).status).toBe('pending');
    expect(await worker.take(type, 1, 0)).toEqual([]);
    const [lease] = await worker.take(first['type']);
    await worker.report({ leaseId: lease?.leaseId, type: 'complete' });
    await expect.poll(async () => (await show(user, waiting.id))['waitsFor'], { timeout: 10_000 }).toEqual(left);
  }
  expect(await worker.take(type)).toMatchObject([{ id: waiting.id }]);
});

test('a retried task waits again for those it depends on that have not ended', async () => {
  const type = newType();
  const first = await submit(user);
  const second = await submit(user, { type, dependsOn: [first.id] });
  await user.delete(`/api/v1/jobs/${first.id}`);
  await expect.poll(async () => (await show(user, second.id)).status, { timeout: 10_000 }).toBe('canceled');
  for (const { id } of [first, second]) expect((await user.post(`/api/v1/jobs/${id}/retry`)).status).toBe(200);
  expect(await show(user, second.id)).toMatchObject({ status: 'pending', waitsFor: [first.id] });
  const [lease] = await worker.take(first['type']);
  await worker.report({ leaseId: lease?.leaseId, type: 'complete' });
  expect(await worker.take(type)).toMatchObject([{ id: second.id }]);
});

test('a task that is canceled while its worker is silent ends when its lease expires', async () => {
  const { id, type } = await submit(user);
  const body = { workerId: worker.id, types: [type], limit: 1, leaseMs: 1_000, waitMs: 10_000 };
  const taken = await worker.post('take', body);
  expect(taken.tasks).toMatchObject([{ id }]);
  const asked = await user.delete(`/api/v1/jobs/${id}`);
  expect(asked.body.data).toMatchObject({ status: 'processing', cancelRequested: true });
  await expect.poll(async () => (await show(user, id)).status, { timeout: 15_000 }).toBe('canceled');
  expect(await worker.report({ leaseId: taken.tasks[0].leaseId, type: 'complete' })).toMatchObject([
    { ok: false, error: { code: 'lease_lost' } },
  ]);
});
