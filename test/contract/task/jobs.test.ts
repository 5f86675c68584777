import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { anonymous, ended, failing, newType, newWorker, show, started, submit, untilEnded } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

describe('POST /api/v1/jobs', () => {
  test('answers 201 with the task, all its fields there', async () => {
    const user = newUser(target);
    const type = newType();
    const answer = await user.post('/api/v1/jobs', { type, data: { file: 'voters.csv' }, totalItems: 12 });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toEqual({
      id: expect.stringMatching(uuidV7), kind: 'task', type, ownerId: user.id, status: 'pending', phase: 'waiting',
      progress: 0, data: { file: 'voters.csv' }, totalItems: 12, processedItems: 0, errorLog: [],
      result: null, steps: [], priority: 0, attempt: 0, maxAttempts: 3,
      backoff: { firstMs: expect.any(Number), maxMs: expect.any(Number) }, timeout: null,
      runAt: expect.stringMatching(time), createdAt: expect.stringMatching(time),
      updatedAt: expect.stringMatching(time), startedAt: null, endedAt: null, deadlineAt: null,
      completedAt: null, createdById: user.id, labels: {}, parentId: null,
      dedupeKey: null, concurrencyKey: null, dependsOn: [], waitsFor: [], onDependencyFailure: 'cancel',
      webhookUrl: null, cancelRequested: false, cancelReason: null, costMicroUsd: 0, scheduleId: null,
      deduplicated: false,
    });
  });

  test('takes a task without data, alone and in bulk, whose data is null then', async () => {
    const user = newUser(target);
    const type = newType();
    const one = await user.post('/api/v1/jobs', { type });
    expect([one.status, one.body.data.data]).toEqual([201, null]);
    const bulk = await user.post('/api/v1/jobs/bulk', { action: 'create', jobs: [{ type }] });
    expect(bulk.body.data).toMatchObject({ results: [{ ok: true }] });
    const { jobs } = (await user.get(`/api/v1/jobs?type=${type}`)).body.data;
    const [made] = jobs.filter(({ id }: { id: string }) => id !== one.body.data.id);
    expect((await show(user, made.id))['data']).toBeNull();
  });

  test('keeps everything that was sent', async () => {
    const user = newUser(target);
    const first = await submit(user);
    const sent = {
      type: newType(), data: [1, { a_b: null }, 'x'], totalItems: 0, priority: -7,
      runAt: '2031-01-02T03:04:05.678Z', maxAttempts: 9, backoff: { firstMs: 10, maxMs: 20 }, timeout: 5_000,
      dedupeKey: 'd', concurrencyKey: 'c', dependsOn: [first.id], onDependencyFailure: 'run',
      webhookUrl: 'https://example.com/hook?a=1',
    };
    const { id } = await submit(user, sent);
    expect(await show(user, id)).toMatchObject({ ...sent, waitsFor: [first.id] });
  });

  test.each([null, 0, false, '', 'text', [], {}, { deep: [[[{ x: 1.5 }]]] }])('takes the data %j', async (data) => {
    const user = newUser(target);
    expect((await submit(user, { data })).data).toEqual(data);
  });

  test('takes a time in another zone, and a date alone', async () => {
    const user = newUser(target);
    expect((await submit(user, { runAt: '2031-01-02T03:04:05+02:00' })).runAt).toBe('2031-01-02T01:04:05.000Z');
    expect((await submit(user, { runAt: '2031-01-02' })).runAt).toBe('2031-01-02T00:00:00.000Z');
  });

  test('accepts the snake_case spelling of its fields', async () => {
    const user = newUser(target);
    const task = await submit(user, { total_items: 3, max_attempts: 2, dedupe_key: 'k' });
    expect(task).toMatchObject({ totalItems: 3, maxAttempts: 2, dedupeKey: 'k' });
  });

  test.each([
    ['type', undefined], ['type', ''], ['type', 'has space'], ['type', 'x'.repeat(101)], ['type', 7],
    ['totalItems', -1], ['totalItems', 1.5], ['totalItems', 1_000_000_001], ['totalItems', '3'],
    ['priority', 1_001], ['priority', -1_001], ['maxAttempts', 0], ['maxAttempts', 101],
    ['runAt', 'tomorrow'], ['runAt', '2026-02-30T00:00:00Z'], ['runAt', 1_790_000_000_000],
    ['data', 'x'.repeat(262_144)], ['timeout', 999], ['timeout', 604_800_001],
    ['backoff', 5], ['dedupeKey', ''], ['dedupeKey', 'a\nb'], ['concurrencyKey', 'x'.repeat(201)],
    ['dependsOn', 'one'],
    ['dependsOn', Array.from({ length: 101 }, (_, n) => `01935a3e-7c1d-7e62-9f10-${200_000_000_000 + n}`)],
    ['onDependencyFailure', 'ignore'], ['webhookUrl', 'ftp://example.com'], ['webhookUrl', 'nowhere'],
  ].map(([field, value]) => [String(field), `${JSON.stringify(value)}`.slice(0, 40), value] as const))(
    'answers 400 naming the field to %s %s',
    async (field, _shown, value) => {
      const answer = await newUser(target).post('/api/v1/jobs', { type: newType(), data: null, [field]: value });
      expect(answer.status).toBe(400);
      expect(answer.body.error.code).toBe('invalid_request');
      expect(Object.keys(answer.body.error.details.fields)).toEqual([field]);
    },
  );

  test('answers 400 naming what is wrong inside a field', async () => {
    const user = newUser(target);
    const answer = await user.post('/api/v1/jobs', {
      type: newType(), data: null, backoff: { firstMs: 100, maxMs: 10 }, dependsOn: ['nope'],
    });
    expect(Object.keys(answer.body.error.details.fields).sort()).toEqual(['backoff.maxMs', 'dependsOn.0']);
  });

  test('answers the first job to a repeated Idempotency-Key, and makes none', async () => {
    const user = newUser(target);
    const body = { type: newType(), data: { n: 1 } };
    const headers = { 'idempotency-key': 'order-1' };
    const first = await user.post('/api/v1/jobs', body, headers);
    const again = await user.post('/api/v1/jobs', body, headers);
    expect(again.status).toBe(201);
    expect(again.body.data).toEqual({ ...first.body.data, deduplicated: true });
    expect((await user.get(`/api/v1/jobs?type=${body.type}`)).body.data.jobs).toHaveLength(1);
    const other = await user.post('/api/v1/jobs', { ...body, data: { n: 2 } }, headers);
    expect(other.status).toBe(422);
    expect((await newUser(target).post('/api/v1/jobs', body, headers)).body.data.deduplicated).toBe(false);
  });

  test('answers the task that holds the dedupe key until that one has ended', async () => {
    const user = newUser(target);
    const task = { type: newType(), dedupeKey: 'nightly' };
    const first = await submit(user, task);
    expect(await submit(user, task)).toMatchObject({ id: first.id, deduplicated: true });
    await user.delete(`/api/v1/jobs/${first.id}`);
    const next = await submit(user, task);
    expect(next).toMatchObject({ deduplicated: false });
    expect(next.id).not.toBe(first.id);
  });

  test('does not depend on a task that is unknown or another user’s', async () => {
    const user = newUser(target);
    const foreign = await submit(newUser(target));
    for (const id of [randomUUID(), foreign.id]) {
      const answer = await user.post('/api/v1/jobs', { type: newType(), data: null, dependsOn: [id] });
      expect(answer.status).toBe(400);
      expect(answer.body.error.details.fields).toHaveProperty('dependsOn');
    }
  });
});

describe('GET /api/v1/jobs/:id', () => {
  test('answers all fields, with when it began and ended, and its result', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker, { totalItems: 4 });
    expect(await show(user, id)).toMatchObject({
      status: 'processing', attempt: 1, startedAt: expect.stringMatching(time), completedAt: null, result: null,
    });
    await worker.report({ leaseId, type: 'cost', microUsd: 70 }, { leaseId, type: 'complete', result: { n: 4 } });
    expect(await show(user, id)).toMatchObject({
      status: 'completed', result: { n: 4 }, completedAt: expect.stringMatching(time), costMicroUsd: 70, progress: 100,
    });
  });

  test('has completedAt for a failed and for a canceled task too', async () => {
    const user = newUser(target);
    const failed = await ended(user, newWorker(target), failing);
    expect(await show(user, failed)).toMatchObject({
      status: 'failed', completedAt: expect.stringMatching(time), errorLog: [{ message: 'no' }],
    });
    const { id } = await submit(user);
    expect((await user.delete(`/api/v1/jobs/${id}`)).body.data.completedAt).toMatch(time);
  });
});

describe('DELETE /api/v1/jobs/:id', () => {
  test('cancels a pending task at once', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    const answer = await user.delete(`/api/v1/jobs/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ id, status: 'canceled', cancelReason: 'requested' });
    expect(await show(user, id)).toMatchObject({ status: 'canceled' });
  });

  test('cancels a processing task when its handler has stopped', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker);
    const asked = await user.delete(`/api/v1/jobs/${id}`);
    expect(asked.body.data).toMatchObject({ status: 'processing', cancelRequested: true });
    expect((await user.delete(`/api/v1/jobs/${id}`)).status).toBe(200);
    await worker.report({ leaseId, type: 'release' });
    expect(await show(user, id)).toMatchObject({ status: 'canceled', cancelReason: 'requested' });
  });

  test('is 409 when it has ended', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const canceled = await submit(user);
    await user.delete(`/api/v1/jobs/${canceled.id}`);
    const completed = await ended(user, worker, { type: 'complete' });
    for (const id of [canceled.id, completed, await ended(user, worker, failing)]) {
      const answer = await user.delete(`/api/v1/jobs/${id}`);
      expect(answer.status).toBe(409);
      expect(answer.body.error).toMatchObject({ code: 'conflict', details: { state: expect.any(String) } });
    }
  });
});

describe('POST /api/v1/jobs/:id/retry', () => {
  test('makes a failed task pending again, its attempts counted from the start', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const type = newType();
    const id = await ended(user, worker, failing, { type });
    const answer = await user.post(`/api/v1/jobs/${id}/retry`);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ id, status: 'pending', attempt: 0, completedAt: null });
    const [lease] = await worker.take(type);
    expect(lease).toMatchObject({ id, attempt: 1 });
    await worker.report({ leaseId: lease?.leaseId, type: 'complete' });
    expect(await show(user, id)).toMatchObject({ status: 'completed' });
  });

  test('makes a canceled task pending again', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    await user.delete(`/api/v1/jobs/${id}`);
    expect((await user.post(`/api/v1/jobs/${id}/retry`)).body.data).toMatchObject({
      status: 'pending', cancelReason: null, cancelRequested: false,
    });
  });

  test('is refused for a task that is pending, processing or completed', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const pending = (await submit(user)).id;
    const { id: processing } = await started(user, worker);
    for (const id of [pending, processing, await ended(user, worker, { type: 'complete' })]) {
      const answer = await user.post(`/api/v1/jobs/${id}/retry`);
      expect(answer.status).toBe(400);
      expect(answer.body.error.code).toBe('invalid_state');
    }
  });
});

describe('a job with dependencies', () => {
  test('waits in pending until they are completed', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const type = newType();
    const first = await submit(user);
    const second = await submit(user, { type, dependsOn: [first.id] });
    expect(second).toMatchObject({ status: 'pending', waitsFor: [first.id] });
    const [lease] = await worker.take(first['type']);
    await worker.report({ leaseId: lease?.leaseId, type: 'complete' });
    expect(await worker.take(type)).toMatchObject([{ id: second.id }]);
    expect(await show(user, second.id)).toMatchObject({ waitsFor: [], dependsOn: [first.id] });
  });

  test.each(['failed', 'canceled'])('is canceled, and says why, if one %s', async (how) => {
    const user = newUser(target);
    const worker = newWorker(target);
    const first = await submit(user);
    const second = await submit(user, { dependsOn: [first.id] });
    const third = await submit(user, { dependsOn: [second.id] });
    if (how === 'canceled') await user.delete(`/api/v1/jobs/${first.id}`);
    else {
      const [lease] = await worker.take(first['type']);
      await worker.report({ leaseId: lease?.leaseId, ...failing });
    }
    await untilEnded(target, user, third.id);
    for (const [task, before] of [[second, first], [third, second]] as const) {
      const after = await show(user, task.id);
      expect(after).toMatchObject({ status: 'canceled', cancelReason: expect.stringContaining(before.id) });
    }
  });

  test('runs anyway if it was submitted so', async () => {
    const user = newUser(target);
    const type = newType();
    const first = await submit(user);
    const second = await submit(user, { type, dependsOn: [first.id], onDependencyFailure: 'run' });
    await user.delete(`/api/v1/jobs/${first.id}`);
    expect(await newWorker(target).take(type)).toMatchObject([{ id: second.id }]);
  });
});

describe('access to a task', () => {
  const routes = [
    ['GET', ''], ['DELETE', ''], ['GET', '/events'], ['POST', '/retry'], ['GET', '/logs'],
  ] as const;

  test('is for its user, and for admins to all tasks', async () => {
    const user = newUser(target);
    const { id } = await submit(user);
    const admin = newUser(target, 'admin');
    expect((await admin.get(`/api/v1/jobs/${id}`)).body.data).toMatchObject({ id, createdById: user.id });
    expect((await admin.delete(`/api/v1/jobs/${id}`)).status).toBe(200);
  });

  test.each(routes)('%s /api/v1/jobs/:id%s is 404 for an unknown id, another’s job, an image set, and no id', async (
    method, step,
  ) => {
    const user = newUser(target);
    const { id } = await submit(newUser(target));
    const { jobId } = await user.create(1);
    const ask = { GET: user.get, DELETE: user.delete, POST: user.post }[method];
    for (const one of [randomUUID(), id, jobId, 'not-an-id']) {
      const answer = await ask(`/api/v1/jobs/${one}${step}`);
      expect(answer.status).toBe(404);
      expect(answer.body.error.code).toBe('not_found');
      const kind = one === jobId ? `Job ${jobId} is of the kind image-set, but this is for jobs of the kind task.` : '';
      expect(answer.body.error.message).toContain(kind);
    }
  });

  test('at the routes of sets is answered with what it is, to those who may see it', async () => {
    const [user, stranger] = [newUser(target), newUser(target)];
    const { id } = await submit(user);
    const asks: [string, object?][] = [
      ['/confirm-upload', {}], ['/confirm-upload', { verify: true }],
      ['/execute', { concepts: {}, protect: [] }],
    ];
    const messageOf = async ({ get, post }: User, step: string, body?: object): Promise<[number, string]> => {
      const path = `/api/jobs/${id}${step}`;
      const answer = await (body === undefined ? get(path) : post(path, body));
      return [answer.status, answer.body.error.message];
    };
    for (const [step, body] of asks) {
      expect(await messageOf(user, step, body)).toEqual(
        [404, `Job ${id} is of the kind task, but this is for jobs of the kind image-set.`],
      );
      expect(await messageOf(stranger, step, body)).toEqual([404, `There is no job ${id}.`]);
    }
  });

  test.each([
    ['POST', ''], ['GET', ''], ['POST', '/bulk'],
    ...routes.map(([method, step]) => [method, `/01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41${step}`]),
  ])('%s /api/v1/jobs%s without a valid token is 401', async (method, step) => {
    const answer = await anonymous(target, method, `/api/v1/jobs${step}`, method === 'POST' ? {} : undefined);
    expect(answer.status).toBe(401);
    expect(answer.body.error.code).toBe('unauthenticated');
  });
});

describe('GET /api/health', () => {
  test('answers anybody, with the store’s state', async () => {
    const answer = await anonymous(target, 'GET', '/api/health');
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ status: 'ok', parts: { store: { status: 'ok' } } });
  });
});

describe('GET /api/jobs', () => {
  test('lists tasks beside jobs of other kinds', async () => {
    const user = newUser(target);
    const { jobId } = await user.create(1);
    const { id, type } = await submit(user);
    const { jobs } = (await user.get('/api/jobs')).body.data;
    expect(jobs).toMatchObject([
      { id, kind: 'task', type, status: 'pending', phase: 'waiting' }, { id: jobId, jobId, kind: 'image-set' },
    ]);
  });
});
