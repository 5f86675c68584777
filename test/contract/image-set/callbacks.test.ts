import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, newPro, newUser, type Answer, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

/** All of a job that a callback could change. */
async function state(user: User, jobId: string): Promise<unknown> {
  const [job, me, events] = await Promise.all([
    user.get(`/api/jobs/${jobId}`), user.me(), user.get(`/api/jobs/${jobId}/events`),
  ]);
  const { items, ...rest } = job.body.data;
  // Presigned URLs differ from one answer to the next.
  const bare = items.map(({ idx, state: itemState, error }: { idx: number; state: string; error: string }) => ({
    idx, itemState, error,
  }));
  return { rest, bare, me, events: events.body.data.events };
}

describe('a callback', () => {
  test.each([
    ['no secret', {}],
    ['a wrong secret', { 'x-gpu-callback-secret': 'wrong' }],
    ['a prefix of the secret', { 'x-gpu-callback-secret': 'dev-callback-secre' }],
    ['a user’s token instead', { authorization: 'Bearer admin' }],
  ])('with %s is 401 and changes nothing', async (_, headers) => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const before = await state(user, jobId);
    expect((await callback(target, jobId, 0, {}, headers as Record<string, string>)).status).toBe(401);
    expect(await state(user, jobId)).toEqual(before);
  });

  test.each(['dev-callback-secret', 'test-gpu-callback-secret-for-local-dev'])('is taken with %s', async (secret) => {
    const jobId = await newUser(target).queued(1);
    const answer = await callback(target, jobId, 0, {}, { 'X-GPU-Callback-Secret': secret });
    expect(answer).toMatchObject({ status: 200, body: { data: { status: 'done' } } });
  });

  test('with a key seen before answers 200 with the state as it is and changes nothing', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    await callback(target, jobId, 0);
    const before = await state(user, jobId);
    const same = await callback(target, jobId, 0);
    const otherItem = await callback(target, jobId, 1, { idempotency_key: `${jobId}-item-0` });
    for (const answer of [same, otherItem]) {
      expect(answer.status).toBe(200);
      expect(answer.body.data).toMatchObject({ status: 'running', progress: { done: 1, failed: 0, total: 3 } });
    }
    expect(await state(user, jobId)).toEqual(before);
  });

  test('for an item that already has its result changes nothing, whatever its status and key', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await callback(target, jobId, 0);
    const before = await state(user, jobId);
    const late = await callback(target, jobId, 0, { status: 'failed', error: 'late', idempotency_key: 'another' });
    expect(late.status).toBe(200);
    expect(await state(user, jobId)).toEqual(before);
  });

  test('that changed nothing leaves its key free: another item that it then names gets its result', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    await callback(target, jobId, 0);
    const key = { idempotency_key: randomUUID() };
    expect((await callback(target, jobId, 0, key)).body.data.progress).toMatchObject({ done: 1, failed: 0 });
    expect((await callback(target, jobId, 1, key)).body.data.progress).toMatchObject({ done: 2, failed: 0 });
    const before = await state(user, jobId);
    for (const idx of [0, 1, 2]) {
      const again = await callback(target, jobId, idx, { ...key, status: 'failed', error: 'again' });
      expect(again).toMatchObject({ status: 200, body: { data: { status: 'running', progress: { done: 2 } } } });
    }
    expect(await state(user, jobId)).toEqual(before);
  });

  test('of a failed item may say why for programs, and name a preview that the user then sees', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    const { items } = await target.takeMessage(jobId);
    await fetch(items[0]!.preview_url, { method: 'PUT', body: 'mask', headers: { 'content-type': 'image/webp' } });
    const why = { error: 'The cup is doubtful.', error_code: 'not_confident', preview_key: items[0]!.preview_key };
    await callback(target, jobId, 0, { status: 'failed', output_key: items[0]!.output_key, ...why });
    await callback(target, jobId, 1, { error_code: 'not_confident' });
    const [failed, done] = (await user.get(`/api/jobs/${jobId}`)).body.data.items;
    expect(failed).toMatchObject({ error: 'The cup is doubtful.', errorCode: 'not_confident', outputUrl: null });
    expect(done).toMatchObject({ error: null, errorCode: null });
    const preview = await fetch(failed.previewUrl);
    expect([preview.headers.get('content-type'), await preview.text()]).toEqual(['image/webp', 'mask']);
  });

  test('may say how probably the item is right, and its owner is told; one that does not, has none', async () => {
    const user = newUser(target);
    const jobId = await user.queued(4);
    await callback(target, jobId, 0, { confidence: 0.875 });
    await callback(target, jobId, 1, { status: 'failed', error_code: 'not_confident', confidence: 0.1 });
    await callback(target, jobId, 2, { confidence: null });
    await callback(target, jobId, 3);
    const { items } = (await user.get(`/api/jobs/${jobId}`)).body.data;
    const told = items.map(({ confidence }: { confidence: number | null }) => confidence);
    expect(told).toEqual([0.875, 0.1, null, null]);
  });

  test.each([-0.01, 1.01, '0.5', true])('with the confidence %j is 400 and changes nothing', async (confidence) => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const before = await state(user, jobId);
    expect((await callback(target, jobId, 0, { confidence })).status).toBe(400);
    expect(await state(user, jobId)).toEqual(before);
  });

  test.each(['', 'Not sure', 'x'.repeat(65)])('with the error_code %j is 400 and changes nothing', async (code) => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const before = await state(user, jobId);
    expect((await callback(target, jobId, 0, { status: 'failed', error_code: code })).status).toBe(400);
    expect(await state(user, jobId)).toEqual(before);
  });

  test('after the end changes nothing', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    for (const idx of [1, 0]) await callback(target, jobId, idx);
    const before = await state(user, jobId);
    for (const idx of [0, 1, 1]) {
      const answer = await callback(target, jobId, idx, { status: 'failed', idempotency_key: randomUUID() });
      expect(answer.status).toBe(200);
      expect(answer.body.data.status).toBe('done');
    }
    expect(await state(user, jobId)).toEqual(before);
  });

  test('for a canceled job answers 200 and changes nothing', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    await user.post(`/api/jobs/${jobId}/cancel`);
    const before = await state(user, jobId);
    const answer = await callback(target, jobId, 0);
    expect(answer.status).toBe(200);
    expect(answer.body.data.status).toBe('canceled');
    expect(await state(user, jobId)).toEqual(before);
  });

  test.each([2, -1, 200, 1.5, 'x', null])('with the idx %j of a set of 2 is 400', async (idx) => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    const answer = await callback(target, jobId, 0, { idx });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.fields).toHaveProperty('idx');
    expect(await user.status(jobId)).toBe('queued');
  });

  test('for a job that is not queued or running yet is 409', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(2);
    expect((await callback(target, jobId, 0)).status).toBe(409);
    await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2 });
    expect((await callback(target, jobId, 0)).status).toBe(409);
    expect(await user.status(jobId)).toBe('uploaded');
  });

  test('may give the status completed for done', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const answer = await callback(target, jobId, 0, { status: 'completed' });
    expect(answer.body.data).toMatchObject({ status: 'done', progress: { done: 1, failed: 0, total: 1 } });
    expect((await user.get(`/api/jobs/${jobId}`)).body.data.items).toMatchObject([{ idx: 0, state: 'done' }]);
    expect(await user.me()).toMatchObject({ spent: 1, credits: 9 });
  });

  test('may bring its key in the header X-Idempotency-Key', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    const report = (idx: number, key: string, inBody?: string): Promise<Answer> => {
      const headers = { 'x-gpu-callback-secret': target.callbackSecret, 'X-Idempotency-Key': key };
      return callback(target, jobId, idx, { idempotency_key: inBody }, headers);
    };
    expect((await report(0, 'one')).body.data.progress.done).toBe(1);
    expect((await report(1, 'one')).body.data.progress.done).toBe(1);
    // What the body says goes before it.
    expect((await report(1, 'one', 'two')).body.data.progress.done).toBe(2);
    expect((await report(2, 'two')).body.data.progress.done).toBe(2);
  });

  test.each([undefined, null, ''])('without a key (%j) has the one that the contract gives its item', async (none) => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    expect((await callback(target, jobId, 0, { idempotency_key: none })).body.data.progress.done).toBe(1);
    const taken = await callback(target, jobId, 1, { idempotency_key: `${jobId}-item-0` });
    expect(taken.body.data.progress.done).toBe(1);
    expect((await callback(target, jobId, 1, { idempotency_key: none })).body.data.status).toBe('done');
  });

  test('for an unknown job is 404', async () => {
    expect((await callback(target, randomUUID(), 0)).status).toBe(404);
  });

  test('pointing at what is another user’s or another set’s is refused', async () => {
    const user = newUser(target);
    const jobId = await user.queued(1);
    const others = [
      `outputs/someone-else/${randomUUID()}/0_result.png`, 'outputs/someone-else/x.png', 'outputs/x.png',
      `inputs/someone-else/${randomUUID()}/0.jpg`, `messages/someone-else/${randomUUID()}.json`,
      `outputs/${user.id}/${randomUUID()}/0_result.png`, `outputs/${user.id}/${jobId}`, '../../etc/passwd',
    ];
    for (const key of others) {
      for (const named of [{ output_key: key }, { preview_key: key }]) {
        expect([named, (await callback(target, jobId, 0, named)).status]).toEqual([named, 400]);
      }
    }
    expect(await user.status(jobId)).toBe('queued');
  });

  test('replayed with an ancient key, past all keys that a job remembers, still changes nothing', async () => {
    const user = await newPro(target, 150);
    const jobId = await user.queued(150);
    for (let idx = 0; idx < 149; idx++) await callback(target, jobId, idx);
    const before = await state(user, jobId);
    for (const idx of [0, 1, 70, 148]) expect((await callback(target, jobId, idx)).status).toBe(200);
    expect(await state(user, jobId)).toEqual(before);
    expect((await callback(target, jobId, 149)).body.data.status).toBe('done');
  });

  test('sent twice at once is recorded once', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    const answers = await Promise.all([0, 1, 2, 2, 1, 0, 0, 1, 2].map((idx) => callback(target, jobId, idx)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const { body } = await user.get(`/api/jobs/${jobId}/events`);
    const recorded = body.data.events.filter(({ type }: { type: string }) => type === 'ItemRecorded');
    expect(recorded).toHaveLength(3);
    expect(await user.me()).toMatchObject({ credits: 7, spent: 3, activeJobs: 0 });
  });
});
