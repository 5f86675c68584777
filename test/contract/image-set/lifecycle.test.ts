import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, concepts, newPro, newUser, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function eventTypes(user: User, jobId: string): Promise<string[]> {
  const { body } = await user.get(`/api/jobs/${jobId}/events`);
  return body.data.events.map((event: { type: string }) => event.type);
}

describe('an image set', () => {
  test('goes created → uploaded → queued → running → done', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(2);
    expect(await user.status(jobId)).toBe('created');
    const confirmed = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
    expect(confirmed.body.data).toMatchObject({ jobId, status: 'uploaded' });
    const executed = await user.post(`/api/jobs/${jobId}/execute`, { concepts, protect: ['person'] });
    expect(executed.body.data).toMatchObject({ jobId, status: 'queued' });
    const first = await callback(target, jobId, 0);
    expect(first.body.data).toMatchObject({ jobId, status: 'running', progress: { done: 1, failed: 0, total: 2 } });
    const last = await callback(target, jobId, 1, { status: 'failed', error: 'out of memory' });
    expect(last.body.data).toMatchObject({ status: 'done', progress: { done: 1, failed: 1, total: 2 } });
  });

  test('fails when every item failed', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await callback(target, jobId, 0, { status: 'failed', error: 'no' });
    const last = await callback(target, jobId, 1, { status: 'failed', error: 'no' });
    expect(last.body.data.status).toBe('failed');
    expect(await user.me()).toMatchObject({ credits: 10, spent: 0, reserved: 0, activeJobs: 0 });
  });

  test('of one item goes queued → running → done on its single callback, both transitions recorded', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    expect((await callback(target, jobId, 0)).body.data.status).toBe('done');
    expect(await eventTypes(user, jobId)).toEqual([
      'JobCreated', 'UploadConfirmed', 'JobQueued', 'JobStarted', 'ItemRecorded', 'JobCompleted',
    ]);
  });

  test('confirms its upload only from created, and answers 400 otherwise', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const again = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect(again.status).toBe(400);
    expect(again.body.success).toBe(false);
    expect(again.body.error).toMatchObject({ code: 'invalid_state', details: { state: 'queued' } });
    expect(await user.status(jobId)).toBe('queued');
  });

  test('executes only from uploaded, and answers 400 otherwise', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    expect((await user.post(`/api/jobs/${jobId}/execute`, { concepts })).status).toBe(400);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 1 });
    expect((await user.post(`/api/jobs/${jobId}/execute`, { concepts })).status).toBe(200);
    expect((await user.post(`/api/jobs/${jobId}/execute`, { concepts })).status).toBe(400);
  });

  const states: [string, (user: User) => Promise<string>][] = [
    ['created', async (user) => (await user.create(2)).jobId],
    ['uploaded', async (user) => {
      const { jobId } = await user.create(2);
      await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
      return jobId;
    }],
    ['queued', (user) => user.queued(2)],
    ['running', async (user) => {
      const jobId = await user.queued(2);
      await callback(target, jobId, 0);
      return jobId;
    }],
  ];
  test.each(states)('is canceled from %s', async (state, reach) => {
    const user = newUser(target);
    const jobId = await reach(user);
    expect(await user.status(jobId)).toBe(state);
    const canceled = await user.post(`/api/jobs/${jobId}/cancel`);
    expect(canceled.status).toBe(200);
    expect(canceled.body.data).toMatchObject({ jobId, status: 'canceled' });
    expect(await user.status(jobId)).toBe('canceled');
  });

  test.each(['done', 'failed', 'canceled'])('that is %s answers 400 to cancel', async (state) => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    if (state === 'canceled') await user.post(`/api/jobs/${jobId}/cancel`);
    else await callback(target, jobId, 0, { status: state });
    expect(await user.status(jobId)).toBe(state);
    const refused = await user.post(`/api/jobs/${jobId}/cancel`);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ code: 'invalid_state', details: { state } });
  });

  test('is moved by its callbacks alone when nothing was uploaded and no worker runs', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    for (const idx of [2, 0, 1]) expect((await callback(target, jobId, idx)).status).toBe(200);
    expect(await user.status(jobId)).toBe('done');
    const duplicate = await callback(target, jobId, 1);
    expect(duplicate.status).toBe(200);
    expect(duplicate.body.data).toMatchObject({ status: 'done', progress: { done: 3, failed: 0, total: 3 } });
  });

  test('of 200 items takes its results in any order', async () => {
    const user = await newPro(target, 200);
    const jobId = await user.queued(200);
    const order = Array.from({ length: 200 }, (_, idx) => (idx * 77) % 200);
    const answers = await Promise.all(order.map((idx) => callback(target, jobId, idx)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const { body } = await user.get(`/api/jobs/${jobId}`);
    expect(body.data).toMatchObject({ status: 'done', progress: { done: 200, failed: 0, total: 200 } });
    expect(await user.me()).toMatchObject({ credits: 0, spent: 200, reserved: 0, activeJobs: 0 });
  });
});
