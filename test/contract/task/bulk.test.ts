import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, runtime, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { ended, failing, newType, newWorker, show, started, submit } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

async function bulk(user: User, body: Record<string, unknown>, headers?: Record<string, string>): Promise<any> {
  const answer = await user.post('/api/v1/jobs/bulk', body, headers);
  if (!answer.body.success) throw new Error(JSON.stringify(answer.body.error));
  expect(answer.status).toBe(200);
  return answer.body.data;
}

const codes = (data: { results: { ok: boolean; error?: { code: string } }[] }): string[] =>
  data.results.map(({ ok, error }) => (ok ? 'ok' : (error?.code ?? '')));

describe('POST /api/v1/jobs/bulk create', () => {
  test('creates each task by itself: one that is wrong does not keep the others from being created', async () => {
    const user = newUser(target);
    const type = newType();
    const jobs = [
      { type, data: 1 }, { type, data: 2, priority: 5_000 }, 'no job', { type, data: 3, dependsOn: [randomUUID()] },
      { type, data: 4, max_attempts: 2 },
    ];
    const data = await bulk(user, { action: 'create', jobs });
    expect(data).toMatchObject({ action: 'create', succeeded: 2, failed: 3, hasMore: false });
    expect(codes(data)).toEqual(['ok', 'invalid_request', 'invalid_request', 'invalid_request', 'ok']);
    expect(data.results[1]).toMatchObject({
      id: null, ok: false, error: { details: { fields: { priority: expect.stringMatching(/1000/) } } },
    });
    expect(await show(user, data.results[4].id)).toMatchObject({ data: 4, maxAttempts: 2, createdById: user.id });
    expect((await user.get(`/api/v1/jobs?type=${type}`)).body.data.jobs).toHaveLength(2);
  });

  test('counts no types of jobs that were refused, and 100 of one owner', async () => {
    const user = newUser(target);
    const inAll = async () => {
      const { jobs } = (await newUser(target, 'admin').get('/api/v1/stats')).body.data as { jobs: { type: string }[] };
      return new Set(jobs.map(({ type }) => type)).size;
    };
    const dependsOn = [randomUUID()];
    const before = await inAll();
    for (let round = 0; round < 2; round += 1) {
      const refused = Array.from({ length: 600 }, () => ({ type: newType(), data: 1, dependsOn }));
      expect(await bulk(user, { action: 'create', jobs: refused })).toMatchObject({ succeeded: 0, failed: 600 });
    }
    // Where other files of tests use the same server, there are more at any time.
    if (runtime !== 'worker') expect(await inAll()).toBe(before);
    const types = Array.from({ length: 101 }, () => newType());
    const jobs = types.map((type) => ({ type, data: 1 }));
    const data = await bulk(user, { action: 'create', jobs });
    expect(data).toMatchObject({ succeeded: 100, failed: 1 });
    expect(data.results.at(-1).error).toMatchObject({
      code: 'quota_exceeded', details: { kind: 'task', what: 'types', limit: 100 },
    });
    expect(data.results.at(-1).error.message).toContain('TYPES_PER_OWNER');
    expect((await submit(user, { type: types[0]! })).status).toBe('pending');
    expect((await submit(newUser(target), { type: newType() })).status).toBe('pending');
  });

  test('creates 1,000 tasks at once, and refuses 1,001', async () => {
    const user = newUser(target);
    const type = newType();
    const jobs = Array.from({ length: 1_001 }, (_, n) => ({ type, data: { n } }));
    const refused = await user.post('/api/v1/jobs/bulk', { action: 'create', jobs });
    expect(refused.status).toBe(400);
    expect(refused.body.error.details.fields).toHaveProperty('jobs');
    const data = await bulk(user, { action: 'create', jobs: jobs.slice(1) });
    expect(data).toMatchObject({ succeeded: 1_000, failed: 0 });
    expect(new Set(data.results.map(({ id }: { id: string }) => id)).size).toBe(1_000);
  });

  test('answers the same tasks to a repeated Idempotency-Key', async () => {
    const user = newUser(target);
    const type = newType();
    const headers = { 'idempotency-key': 'batch-1' };
    const jobs = [{ type, data: 1 }, { type, data: 1 }];
    const first = await bulk(user, { action: 'create', jobs }, headers);
    expect(first.succeeded).toBe(2);
    expect(await bulk(user, { action: 'create', jobs }, headers)).toEqual(first);
    const other = await bulk(user, { action: 'create', jobs: [jobs[0], { type, data: 2 }] }, headers);
    expect(codes(other)).toEqual(['ok', 'idempotency_mismatch']);
  });
});

describe('POST /api/v1/jobs/bulk cancel, retry and delete', () => {
  test('cancels the tasks named, each by itself', async () => {
    const user = newUser(target);
    const pending = await submit(user);
    const over = await ended(user, newWorker(target), { type: 'complete' });
    const foreign = await submit(newUser(target));
    const data = await bulk(user, { action: 'cancel', ids: [pending.id, over, foreign.id] });
    expect(data).toMatchObject({ action: 'cancel', succeeded: 1, failed: 2, hasMore: false });
    expect(data.results).toMatchObject([
      { id: pending.id, ok: true }, { id: over, ok: false }, { id: foreign.id, ok: false },
    ]);
    expect(codes(data)).toEqual(['ok', 'conflict', 'not_found']);
    expect(await show(user, pending.id)).toMatchObject({ status: 'canceled' });
  });

  test('cancels the pending and processing tasks that match', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const type = newType();
    const running = await started(user, worker, { type });
    const pending = await submit(user, { type });
    const other = await submit(user);
    const data = await bulk(user, { action: 'cancel', filter: { type } });
    expect(data).toMatchObject({ succeeded: 2, failed: 0 });
    expect(await show(user, running.id)).toMatchObject({ status: 'processing', cancelRequested: true });
    expect(await show(user, pending.id)).toMatchObject({ status: 'canceled' });
    expect(await show(user, other.id)).toMatchObject({ status: 'pending' });
  });

  test('retries tasks that failed or were canceled', async () => {
    const user = newUser(target);
    const worker = newWorker(target);
    const type = newType();
    const failed = await ended(user, worker, failing, { type });
    await ended(user, worker, { type: 'complete' }, { type });
    const canceled = await submit(user, { type });
    await user.delete(`/api/v1/jobs/${canceled.id}`);
    const data = await bulk(user, { action: 'retry', filter: { type } });
    expect(data.results.map(({ id }: { id: string }) => id).sort()).toEqual([failed, canceled.id].sort());
    expect(data.succeeded).toBe(2);
    expect(await show(user, failed)).toMatchObject({ status: 'pending' });
  });

  test('deletes tasks that have ended, and no others', async () => {
    const user = newUser(target);
    const over = await ended(user, newWorker(target), { type: 'complete' });
    const pending = await submit(user);
    const data = await bulk(user, { action: 'delete', ids: [over, pending.id] });
    expect(codes(data)).toEqual(['ok', 'conflict']);
    expect((await user.get(`/api/v1/jobs/${over}`)).status).toBe(404);
    expect((await user.get('/api/v1/jobs')).body.data.jobs).toMatchObject([{ id: pending.id }]);
  });

  test('takes the newest 1,000 tasks that match, and says that there are more', async () => {
    const user = newUser(target);
    const type = newType();
    const jobs = Array.from({ length: 1_000 }, () => ({ type, data: null }));
    await bulk(user, { action: 'create', jobs });
    const { results } = await bulk(user, { action: 'create', jobs: jobs.slice(0, 3) });
    const first = await bulk(user, { action: 'cancel', filter: { type, status: 'pending' } });
    expect(first).toMatchObject({ succeeded: 1_000, failed: 0, hasMore: true });
    expect(first.results).toEqual(expect.arrayContaining(results));
    const rest = await bulk(user, { action: 'cancel', filter: { type, status: 'pending' } });
    expect(rest).toMatchObject({ succeeded: 3, failed: 0, hasMore: false });
  });

  test('reaches no other user’s tasks unless an admin asks', async () => {
    const owner = newUser(target);
    const type = newType();
    const { id } = await submit(owner, { type });
    expect(await bulk(newUser(target), { action: 'cancel', filter: { type } })).toMatchObject({ results: [] });
    const admin = newUser(target, 'admin');
    const data = await bulk(admin, { action: 'cancel', filter: { owner: owner.id, type } });
    expect(data.results).toEqual([{ id, ok: true }]);
  });

  test.each([
    [{}, ['action']], [{ action: 'stop' }, ['action']], [{ action: 'create' }, ['jobs']],
    [{ action: 'create', jobs: [] }, ['jobs']], [{ action: 'create', jobs: 5 }, ['jobs']],
    [{ action: 'cancel' }, ['filter', 'ids']], [{ action: 'cancel', ids: [] }, ['ids']],
    [{ action: 'retry', ids: ['x'] }, ['ids.0']],
    [{ action: 'delete', ids: Array.from({ length: 1_001 }, () => randomUUID()) }, ['ids']],
    [{ action: 'cancel', ids: [randomUUID()], filter: {} }, ['filter', 'ids']],
    [{ action: 'cancel', filter: { status: 'done' } }, ['filter.status']],
    [{ action: 'cancel', filter: { createdAfter: '2026-11-22', types: 'x' } }, ['filter.createdAfter', 'filter.types']],
    [{ action: 'cancel', jobs: [{}], filter: {} }, ['jobs']],
  ])('answers 400 naming the fields to wrong body %#', async (body, fields) => {
    const answer = await newUser(target).post('/api/v1/jobs/bulk', body);
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.body.error.details.fields).sort()).toEqual(fields);
  });
});
