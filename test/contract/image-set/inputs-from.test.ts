import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { callback, concepts, newPro, newUser, type Answer, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const photoOf = (idx: number): Uint8Array<ArrayBuffer> => new Uint8Array([0xff, 0xd8, 0xff, idx]);

/** A set with its photos there, and ended: its results do not matter. */
async function endedSet(user: User, itemCount: number, missing: readonly number[] = []): Promise<string> {
  const { jobId, urls } = await user.create(itemCount);
  for (const { idx, url } of urls) {
    if (!missing.includes(idx)) await fetch(url, { method: 'PUT', body: photoOf(idx) });
  }
  await user.post(`/api/jobs/${jobId}/confirm-upload`);
  await user.post(`/api/jobs/${jobId}/execute`, { concepts });
  for (const { idx } of urls) await callback(target, jobId, idx);
  return jobId;
}

function again(user: User, inputsFrom: string, more: object = {}, headers?: Record<string, string>): Promise<Answer> {
  return user.post('/api/jobs', { preset: 'seller', inputsFrom, ...more }, headers);
}

/** What a worker is given for each photo of the set. */
async function photosOf(jobId: string): Promise<[idx: number, inputKey: string, photo: Uint8Array][]> {
  const { items } = await target.takeMessage(jobId);
  return Promise.all(
    items.map(async ({ idx, input_key, input_url }) => {
      return [idx, input_key, new Uint8Array(await (await fetch(input_url)).arrayBuffer())] as const;
    }),
  ) as Promise<[number, string, Uint8Array][]>;
}

describe('a set made of the photos of another one', () => {
  test('begins in uploaded, is paid as any other, and gives its worker those photos', async () => {
    const user = newUser(target);
    const source = await endedSet(user, 3);
    const answer = await again(user, source);
    expect(answer.status).toBe(201);
    const { jobId, urls, confirmUrl } = answer.body.data;
    expect([urls, confirmUrl]).toEqual([[], null]);
    expect((await user.get(`/api/jobs/${jobId}`)).body.data).toMatchObject({
      status: 'uploaded', preset: 'seller', progress: { done: 0, failed: 0, total: 3 },
    });
    expect(await user.me()).toMatchObject({ credits: 4, reserved: 3, spent: 3, activeJobs: 1 });
    expect((await user.post(`/api/jobs/${jobId}/confirm-upload`)).status).toBe(400);
    expect((await user.post(`/api/jobs/${jobId}/execute`)).body.data).toEqual({ jobId, status: 'queued' });
    expect(await photosOf(jobId)).toEqual(
      [0, 1, 2].map((idx) => [idx, `inputs/${user.id}/${source}/${idx}.jpg`, photoOf(idx)]),
    );
    const [item] = (await target.takeMessage(jobId)).items;
    expect(item?.output_key).toBe(`outputs/${user.id}/${jobId}/0_result.png`);
    for (const idx of [0, 1]) await callback(target, jobId, idx);
    expect((await callback(target, jobId, 2, { status: 'failed', error: 'no' })).body.data.status).toBe('done');
    expect(await user.me()).toMatchObject({ credits: 5, reserved: 0, spent: 5, activeJobs: 0 });
  });

  test('can be made three times of one set', async () => {
    const user = await newPro(target, 20);
    const source = await endedSet(user, 2);
    const drafts = await Promise.all([1, 2, 3].map(() => again(user, source)));
    const ids = drafts.map(({ body }) => body.data.jobId as string);
    expect(new Set(ids).size).toBe(3);
    expect(await user.me()).toMatchObject({ reserved: 6, spent: 2, activeJobs: 3 });
    const walls = ['#ffffff', '#f4e9dc', '#aabbcc'];
    for (const [draft, jobId] of ids.entries()) {
      const wall = { action: 'recolor', value: walls[draft] };
      expect((await user.post(`/api/jobs/${jobId}/execute`, { concepts: { wall } })).status).toBe(200);
    }
    for (const jobId of ids) {
      expect((await photosOf(jobId)).map(([, , photo]) => photo)).toEqual([photoOf(0), photoOf(1)]);
      await Promise.all([0, 1].map((idx) => callback(target, jobId, idx)));
    }
    expect(await user.me()).toMatchObject({ credits: 12, reserved: 0, spent: 8, activeJobs: 0 });
    expect((await again(user, source)).status).toBe(201);
  });

  test('has the photos chosen, in the order given, also of a set that was made so itself', async () => {
    const user = newUser(target);
    const source = await endedSet(user, 3);
    const second = (await again(user, source, { items: [2, 0] })).body.data.jobId;
    expect(await user.me()).toMatchObject({ reserved: 2 });
    await user.post(`/api/jobs/${second}/execute`);
    expect(await photosOf(second)).toEqual([
      [0, `inputs/${user.id}/${source}/2.jpg`, photoOf(2)], [1, `inputs/${user.id}/${source}/0.jpg`, photoOf(0)],
    ]);
    await user.post(`/api/jobs/${second}/cancel`);
    const third = (await again(user, second, { inputs_from: second, items: [1], itemCount: 1 })).body.data.jobId;
    await user.post(`/api/jobs/${third}/execute`);
    expect(await photosOf(third)).toEqual([[0, `inputs/${user.id}/${source}/0.jpg`, photoOf(0)]]);
    await callback(target, third, 0);
    const recorded = async (): Promise<Answer> => {
      for (;;) {
        const answer = await user.get(`/api/jobs/${third}/history`);
        if (answer.status === 200) return answer;
      }
    };
    expect((await recorded()).body.data.items).toMatchObject([{ inputKey: `inputs/${user.id}/${source}/0.jpg` }]);
  });

  test('is one set when its request is repeated with its Idempotency-Key', async () => {
    const user = newUser(target);
    const source = await endedSet(user, 2);
    const headers = { 'idempotency-key': 'draft-1' };
    const first = await again(user, source, {}, headers);
    const repeat = await again(user, source, {}, headers);
    expect(repeat).toMatchObject({ status: 201, body: { data: first.body.data } });
    expect(await user.me()).toMatchObject({ credits: 6, reserved: 2, activeJobs: 1 });
    expect((await again(user, source, { items: [0] }, headers)).status).toBe(422);
    expect((await user.post('/api/jobs', { preset: 'seller', itemCount: 2 }, headers)).status).toBe(422);
  });

  test('is refused when photos are not there, which are named: 409, and nothing is reserved', async () => {
    const user = newUser(target);
    const source = await endedSet(user, 3, [1]);
    const before = await user.me();
    const refused = await again(user, source, { items: [2, 1] });
    expect(refused.status).toBe(409);
    expect(refused.body.error).toMatchObject({ code: 'missing_uploads', details: { missing: [1] } });
    expect(await user.me()).toEqual(before);
    expect((await again(user, source, { items: [2, 0] })).status).toBe(201);
  });

  test('is 404 of a job that is unknown, or another user’s', async () => {
    const [owner, stranger] = [newUser(target), newUser(target)];
    const source = await endedSet(owner, 1);
    for (const [user, id] of [[owner, randomUUID()], [stranger, source], [newUser(target, 'admin'), source]] as const) {
      const refused = await again(user, id);
      expect([refused.status, refused.body.error.code]).toEqual([404, 'not_found']);
    }
    expect(await stranger.me()).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
  });

  test('is 400 while the upload of the other one is under way', async () => {
    const user = await newPro(target, 20);
    const { jobId } = await user.create(1);
    const refused = await again(user, jobId);
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({ code: 'invalid_state', details: { state: 'created' } });
  });

  test.each([
    [{ items: [3] }, 'items'], [{ items: [] }, 'items'], [{ items: [0, 0] }, 'items'], [{ items: [-1] }, 'items.0'],
    [{ itemCount: 2 }, 'itemCount'], [{ files: [{}] }, 'files'], [{ inputsFrom: 'nope' }, 'inputsFrom'],
    [{ inputsFrom: null, items: [0], itemCount: 1 }, 'items'], [{ inputsFrom: null }, 'itemCount'],
  ])('is 400 with %j, naming the field', async (more, field) => {
    const user = newUser(target);
    const source = await endedSet(user, 3);
    const refused = await again(user, source, more);
    expect(refused.status).toBe(400);
    expect(Object.keys(refused.body.error.details.fields)).toEqual([field]);
  });

  test('costs credits and a slot like any other', async () => {
    const user = newUser(target);
    const source = await endedSet(user, 6);
    const poor = await again(user, source);
    expect([poor.status, poor.body.error.code]).toEqual([403, 'insufficient_credits']);
    expect((await again(user, source, { items: [0] })).status).toBe(201);
    const busy = await again(user, source, { items: [1] });
    expect([busy.status, busy.body.error.code]).toEqual([429, 'concurrency_limit']);
  });
});
