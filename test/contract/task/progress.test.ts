import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, request } from '../user.ts';
import { anonymous, failing, newType, newWorker, show, started, submit } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function progress(id: string): Promise<unknown> {
  return (await anonymous(target, 'GET', `/api/v1/jobs/${id}/progress`)).body.data;
}

describe('GET /api/v1/jobs/:id/progress', () => {
  test('answers anybody who has the id, and only status, progress, processedItems and totalItems', async () => {
    const { id } = await submit(newUser(target), { totalItems: 8 });
    const answer = await request(`${target.url}/api/v1/jobs/${id}/progress`, 'GET');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true, data: { status: 'pending', progress: 0, processedItems: 0, totalItems: 8 },
    });
  });

  test('ignores a wrong token', async () => {
    const { id } = await submit(newUser(target));
    const headers = { authorization: 'Bearer wb_nobody' };
    expect((await request(`${target.url}/api/v1/jobs/${id}/progress`, 'GET', undefined, headers)).status).toBe(200);
  });

  test('is 404 for an unknown id, a job of another kind, and what is no id', async () => {
    const { jobId } = await newUser(target).create(1);
    for (const id of [randomUUID(), jobId, 'x']) {
      expect((await anonymous(target, 'GET', `/api/v1/jobs/${id}/progress`)).status).toBe(404);
    }
  });

  test.each([
    [0, 3, 0], [1, 3, 33], [2, 3, 66], [1, 8, 12], [199, 200, 99], [3, 3, 99], [7, 3, 99], [0, 0, 0], [5, null, 0],
  ])('of %i of %j is %i percent: rounded down, never above 99 before it is completed', async (
    processed, total, percent,
  ) => {
    const worker = newWorker(target);
    const { id, leaseId } = await started(newUser(target), worker);
    await worker.report({ leaseId, type: 'progress', processed, total });
    expect(await progress(id)).toEqual({
      status: 'processing', progress: percent, processedItems: processed, totalItems: total,
    });
  });

  test('is 100 when completed, and only then', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const one = await started(user, worker, { totalItems: 10 });
    const { leaseId } = one;
    await worker.report({ leaseId, type: 'progress', processed: 9 }, { leaseId, type: 'complete' });
    expect(await progress(one.id)).toEqual({ status: 'completed', progress: 100, processedItems: 9, totalItems: 10 });
    const other = await started(user, worker);
    const reached = { leaseId: other.leaseId, type: 'progress', processed: 4, total: 4 };
    await worker.report(reached, { leaseId: other.leaseId, ...failing });
    expect(await progress(other.id)).toMatchObject({ status: 'failed', progress: 99 });
  });

  test('starts anew with the next attempt', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker, { maxAttempts: 2, backoff: { firstMs: 0, maxMs: 0 } });
    await worker.report({ leaseId, type: 'progress', processed: 3, total: 4 }, { leaseId, type: 'fail', message: 'x' });
    expect(await progress(id)).toEqual({ status: 'pending', progress: 0, processedItems: 0, totalItems: 4 });
  });
});

describe('the error log', () => {
  test('has entries with at, item and message', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker);
    const errors = [{ item: 'row 3', message: 'no postcode' }, { message: 'slow' }];
    await worker.report(...errors.map((error) => ({ leaseId, type: 'error', ...error })));
    const { errorLog } = await show(user, id);
    expect(errorLog).toEqual(errors.map((error) => ({ ...error, at: expect.stringMatching(/^\d{4}-.*Z$/) })));
  });

  test('keeps the newest 100', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker);
    await worker.report(
      ...Array.from({ length: 130 }, (_, n) => ({ leaseId, type: 'error', item: `${n}`, message: 'odd' })),
    );
    const { errorLog } = await show(user, id);
    const items = errorLog.map(({ item }: { item: string }) => Number(item));
    expect(items).toEqual(Array.from({ length: 100 }, (_, n) => n + 30));
  });
});

describe('GET /api/v1/jobs/:id/logs', () => {
  test('answers what the handler logged, in pages', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const { id, leaseId } = await started(user, worker);
    const lines = ['one', 'two', 'three'].map((message) => ({
      at: '2026-11-22T09:30:00.000Z', level: 'warn', message,
    }));
    await worker.report({ leaseId, type: 'log', lines });
    const first = (await user.get(`/api/v1/jobs/${id}/logs?limit=2`)).body.data;
    expect(first).toEqual({
      lines: lines.slice(0, 2).map((line, index) => ({ ...line, number: index + 1, attempt: 1 })), nextAfter: 2,
    });
    const rest = (await user.get(`/api/v1/jobs/${id}/logs?after=${first.nextAfter}`)).body.data;
    expect(rest).toMatchObject({ lines: [{ message: 'three', number: 3 }], nextAfter: null });
  });
});

describe('GET /api/v1/stats', () => {
  test('counts tasks by type and status, and those that have not ended by what they wait for', async () => {
    const user = newUser(target);
    const type = newType();
    const { id } = await submit(user, { type });
    await submit(user, { type, runAt: '2031-01-01' });
    await submit(user, { type, dependsOn: [id] });
    await user.delete(`/api/v1/jobs/${(await submit(user, { type })).id}`);
    const { jobs, work } = (await newUser(target, 'admin').get('/api/v1/stats')).body.data;
    const ofType = (counts: { type: string }[]) => counts.filter((count) => count.type === type);
    expect(ofType(jobs)).toHaveLength(2);
    expect(ofType(jobs)).toEqual(expect.arrayContaining([
      { type, status: 'pending', count: 3 }, { type, status: 'canceled', count: 1 },
    ]));
    expect(ofType(work)).toHaveLength(3);
    expect(ofType(work)).toEqual(expect.arrayContaining(['ready', 'scheduled', 'blocked'].map((stage) => (
      { type, stage, count: 1 }
    ))));
  });
});

describe('/api/v1/types', () => {
  const standard = { maxRunning: null, maxRunningPerKey: 1, rate: null, ratePerKey: null };

  test('shows the defaults for a type that was never set', async () => {
    const user = newUser(target);
    const type = newType();
    expect((await user.get(`/api/v1/types/${type}`)).body.data).toEqual({
      type, limits: standard, searchable: [], inputSchema: null, paused: false, updatedAt: null,
      defaults: { maxAttempts: 3, backoff: { firstMs: expect.any(Number), maxMs: expect.any(Number) }, timeout: null },
    });
  });

  test('sets limits and defaults, keeps what is left out, and lists the type', async () => {
    const user = newUser(target);
    const type = `${newType()}/a:b.c`;
    const path = `/api/v1/types/${encodeURIComponent(type)}`;
    const rate = { count: 5, windowMs: 1_000 };
    expect((await user.put(path, { limits: { maxRunning: 2, rate } })).status).toBe(200);
    await user.put(path, { limits: { rate: null }, defaults: { maxAttempts: 7, timeout: 60_000 } });
    const { inputSchema, ...view } = (await user.get(path)).body.data;
    expect(inputSchema).toBeNull();
    expect(view).toMatchObject({
      type, limits: { ...standard, maxRunning: 2 }, defaults: { maxAttempts: 7, timeout: 60_000 },
      updatedAt: expect.any(String),
    });
    const { types } = (await user.get('/api/v1/types')).body.data;
    expect(types.filter((one: { type: string }) => one.type === type)).toEqual([view]);
  });

  test('pauses a type, of which no task begins at any server until it is resumed', async () => {
    const user = newUser(target);
    const type = newType();
    const path = `/api/v1/types/${type}`;
    const [first, second] = [await submit(user, { type }), await submit(user, { type })];
    const worker = newWorker(target);
    expect(await worker.take(type)).toMatchObject([{ id: first.id }]);
    expect((await user.post(`${path}/pause`)).body.data).toMatchObject({ type, paused: true });
    expect((await user.post(`${path}/pause`)).status).toBe(200);
    expect(await worker.take(type, 5, 300)).toEqual([]);
    const third = await submit(user, { type });
    expect(await worker.take(type, 5, 300)).toEqual([]);
    expect((await user.get(`/api/v1/jobs/${third.id}`)).body.data.waitingFor).toMatchObject({ code: 'paused' });
    expect((await user.get(path)).body.data).toMatchObject({ paused: true, limits: standard });
    expect((await user.post(`${path}/resume`)).body.data).toMatchObject({ type, paused: false });
    const taken = await worker.take(type, 5);
    expect(taken.map(({ id }) => id)).toEqual([second.id, third.id]);
  });

  test('is paused by operators only', async () => {
    const type = newType();
    const { key } = (await newUser(target).post('/api/tokens', { name: 'plain', roles: ['user'] })).body.data;
    const answer = await request(`${target.url}/api/v1/types/${type}/pause`, 'POST', undefined, {
      authorization: `Bearer ${key}`,
    });
    expect(answer.status).toBe(403);
  });

  test('gives its defaults to tasks that do not say it themselves', async () => {
    const user = newUser(target);
    const type = newType();
    const defaults = { maxAttempts: 7, timeout: 60_000, backoff: { firstMs: 5, maxMs: 50 } };
    await user.put(`/api/v1/types/${type}`, { defaults });
    expect(await submit(user, { type })).toMatchObject(defaults);
    expect(await submit(user, { type, maxAttempts: 1, timeout: null })).toMatchObject({
      ...defaults, maxAttempts: 1, timeout: null,
    });
  });

  test.each([
    [{ limits: { maxRunning: 0 } }, 'limits.maxRunning'], [{ limits: { maxRunningPerKey: null } }, null],
    [{ limits: { rate: { count: 0, windowMs: 1_000 } } }, 'limits.rate.count'],
    [{ defaults: { backoff: { firstMs: 1 } } }, 'defaults.backoff.maxMs'], [{ defaults: [] }, 'defaults'],
  ])('answers 400 naming the field to %j', async (body, field) => {
    const answer = await newUser(target).put(`/api/v1/types/${newType()}`, body);
    // Null leaves out what may not be null.
    expect(answer.status).toBe(field === null ? 200 : 400);
    if (field !== null) expect(Object.keys(answer.body.error.details.fields)).toEqual([field]);
  });

  test('is 404 for an invalid type', async () => {
    expect((await newUser(target).get('/api/v1/types/a%20b')).status).toBe(404);
  });
});
