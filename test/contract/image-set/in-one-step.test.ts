import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { concepts, newPro, newUser, request, type Answer, type User } from '../user.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const photo = new Uint8Array([0xff, 0xd8, 0xff, 1]);

async function uploaded(user: User, itemCount: number): Promise<string> {
  const { jobId, urls } = await user.create(itemCount);
  for (const { url } of urls) await fetch(url, { method: 'PUT', body: photo });
  return jobId;
}

function callbacks(jobId: string, said: readonly unknown[], secret = target.callbackSecret): Promise<Answer> {
  const headers = { 'x-gpu-callback-secret': secret };
  return request(`${target.url}/api/jobs/${jobId}/callbacks`, 'POST', { callbacks: said }, headers);
}

async function eventsOf(user: User, jobId: string): Promise<string[]> {
  const { events } = (await user.get(`/api/jobs/${jobId}/events`)).body.data;
  return events.map(({ type }: { type: string }) => type);
}

describe('confirming and executing a set in one request', () => {
  test('does both, and sends one message with what was asked for', async () => {
    const user = newUser(target);
    const jobId = await uploaded(user, 2);
    const execute = { concepts, protect: ['face'], output: { format: 'webp' } };
    const answer = await user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 2, verify: true, execute });
    expect(answer.body).toEqual({ success: true, data: { jobId, status: 'queued' } });
    expect(await eventsOf(user, jobId)).toEqual(['JobCreated', 'UploadConfirmed', 'JobQueued']);
    expect(await target.takeMessage(jobId)).toMatchObject({
      concepts, protect: ['face'], output: { format: 'webp' }, items: [{ idx: 0 }, { idx: 1 }],
    });
  });

  test('does neither when the rule is unknown or a photo is missing', async () => {
    const user = await newPro(target, 20);
    const jobId = await uploaded(user, 1);
    const execute = { ruleId: randomUUID() };
    const unknown = await user.post(`/api/jobs/${jobId}/confirm-upload`, { execute });
    expect(unknown).toMatchObject({ status: 400, body: { error: { details: { fields: { ruleId: 'unknown' } } } } });
    const { jobId: empty } = await user.create(1);
    const missing = await user.post(`/api/jobs/${empty}/confirm-upload`, { verify: true, execute: {} });
    expect(missing).toMatchObject({ status: 409, body: { error: { code: 'missing_uploads' } } });
    for (const id of [jobId, empty]) expect(await eventsOf(user, id)).toEqual(['JobCreated']);
  });

  test('takes concepts from a saved rule', async () => {
    const user = newUser(target);
    const wall = { wall: { action: 'recolor', value: '#f4e9dc' } };
    const { body } = await user.post('/api/rules', { name: 'Cream walls', concepts: wall, protect: ['person'] });
    const jobId = await uploaded(user, 1);
    const { ruleId } = body.data;
    const answer = await user.post(`/api/jobs/${jobId}/confirm-upload`, { execute: { ruleId } });
    expect(answer.body.data.status).toBe('queued');
    expect(await target.takeMessage(jobId)).toMatchObject({ concepts: wall, protect: ['person'], rule_id: ruleId });
  });
});

describe('creating and executing a set from the photos of another one in one request', () => {
  test('queues it, once for each key', async () => {
    const user = await newPro(target, 20);
    const source = await uploaded(user, 2);
    await user.post(`/api/jobs/${source}/confirm-upload`);
    const body = { preset: 'seller', inputsFrom: source, execute: { protect: ['face'] } };
    const key = { 'idempotency-key': randomUUID() };
    const [first, second] = [await user.post('/api/jobs', body, key), await user.post('/api/jobs', body, key)];
    expect(first).toMatchObject({ status: 201, body: { data: { status: 'queued', urls: [], confirmUrl: null } } });
    const { jobId } = first.body.data;
    expect(second.body.data).toEqual(first.body.data);
    expect(await eventsOf(user, jobId)).toEqual(['JobCreated', 'UploadConfirmed', 'JobQueued']);
    expect(await target.takeMessage(jobId)).toMatchObject({ preset: 'seller', protect: ['face'] });
    expect(await user.me()).toMatchObject({ reserved: 4, activeJobs: 2 });
    const other = { ...body, execute: { protect: ['person'] } };
    expect((await user.post('/api/jobs', other, key)).status).toBe(422);
  });

  test('says in which state the set was made', async () => {
    const user = await newPro(target, 20);
    const created = await user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
    expect(created.body.data.status).toBe('created');
    const source = await uploaded(user, 1);
    await user.post(`/api/jobs/${source}/confirm-upload`);
    const again = await user.post('/api/jobs', { preset: 'seller', inputsFrom: source });
    expect(again.body.data.status).toBe('uploaded');
  });

  test('reserves nothing when it is refused', async () => {
    const user = await newPro(target, 20);
    const source = await uploaded(user, 1);
    await user.post(`/api/jobs/${source}/confirm-upload`);
    const before = await user.me();
    const execute = { ruleId: randomUUID() };
    const unknown = await user.post('/api/jobs', { preset: 'seller', inputsFrom: source, execute });
    expect(unknown).toMatchObject({ status: 400, body: { error: { details: { fields: { ruleId: 'unknown' } } } } });
    const early = await user.post('/api/jobs', { preset: 'seller', itemCount: 1, execute: {} });
    expect(early).toMatchObject({ status: 400, body: { error: { details: { fields: { execute: /inputsFrom/ } } } } });
    expect(await user.me()).toEqual(before);
  });
});

describe('callbacks for several items in one request', () => {
  test('are recorded together, in their order', async () => {
    const user = newUser(target);
    const jobId = await user.queued(3);
    const some = await callbacks(jobId, [
      { idx: 2, status: 'completed', output_key: `outputs/${user.id}/${jobId}/2_result.png` },
      { idx: 0, status: 'failed', error: 'too dark', error_code: 'too_dark' },
    ]);
    expect(some).toMatchObject({ status: 200 });
    expect(some.body.data).toEqual({
      jobId, status: 'running', progress: { done: 1, failed: 1, total: 3 },
      outcomes: [{ ok: true }, { ok: true }],
    });
    const last = await callbacks(jobId, [{ idx: 1, status: 'done' }]);
    expect(last.body.data).toMatchObject({ status: 'done', outcomes: [{ ok: true }] });
    expect(await eventsOf(user, jobId)).toEqual([
      'JobCreated', 'UploadConfirmed', 'JobQueued', 'JobStarted', 'ItemRecorded', 'ItemRecorded', 'ItemRecorded',
      'JobCompleted',
    ]);
    expect(await user.me()).toMatchObject({ spent: 2, reserved: 0, activeJobs: 0 });
  });

  test('are answered one by one: one that is refused spoils no other', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    const { status, body } = await callbacks(jobId, [
      { idx: 7, status: 'done' },
      { status: 'done' },
      { idx: 0, status: 'done' },
      { idx: 1, status: 'done', output_key: 'outputs/mallory/x/0_result.png' },
      'nonsense',
      { idx: 0, status: 'failed', error: 'late' },
    ]);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ status: 'running', progress: { done: 1, failed: 0 } });
    expect(body.data.outcomes.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, false, true, false, false, true]);
    for (const { error } of body.data.outcomes.filter(({ ok }: { ok: boolean }) => !ok)) {
      expect(error).toEqual({ code: 'invalid_request', message: expect.stringMatching(/idx|output_key|object/) });
    }
  });

  test('may be repeated, and change nothing after the end', async () => {
    const user = newUser(target);
    const jobId = await user.queued(2);
    const all = [{ idx: 0, status: 'done' }, { idx: 1, status: 'done' }];
    const first = await callbacks(jobId, all);
    const events = await eventsOf(user, jobId);
    expect((await callbacks(jobId, all)).body).toEqual(first.body);
    expect(await eventsOf(user, jobId)).toEqual(events);
  });

  test('need the secret, a queued set, and at least one callback', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    const one = [{ idx: 0, status: 'done' }];
    expect((await callbacks(jobId, one, 'wrong')).status).toBe(401);
    expect((await callbacks(jobId, one)).status).toBe(409);
    expect((await callbacks(randomUUID(), one)).status).toBe(404);
    expect((await callbacks(jobId, [])).status).toBe(400);
    expect((await callbacks(jobId, Array.from({ length: 201 }, () => one[0]))).status).toBe(400);
    expect(await user.status(jobId)).toBe('created');
  });

  test('go to the address that the message names', async () => {
    const jobId = await newUser(target).queued(1);
    const { callback_url, callbacks_url } = await target.takeMessage(jobId);
    expect(callbacks_url).toBe(`${callback_url}s`);
  });
});
