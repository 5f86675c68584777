import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  call, callback, coordinator, cron, d1, growOld, inObject, migrateD1, must, newUser, outboxOf, overdue, rewrite, ring,
  secret,
} from './edge.ts';

beforeAll(migrateD1);

const alarmOf = (jobId: string): Promise<number | null> =>
  runInDurableObject(coordinator(jobId), (_instance, { storage }) => storage.getAlarm());

describe('while D1 is unavailable', () => {
  test('jobs go on to their end, and their history is written once D1 is back, exactly once', async () => {
    const user = newUser();
    await d1('ALTER TABLE job_history RENAME TO job_history_away');
    const jobId = await user.queued(2);
    for (const idx of [0, 1]) expect((await callback(jobId, idx)).status).toBe(200);
    expect(await user.status(jobId)).toBe('done');
    expect(await user.me()).toMatchObject({ credits: 8, reserved: 0, spent: 2, activeJobs: 0 });
    for (let round = 0; round < 3; round++) await ring(jobId);
    const waiting = await outboxOf(jobId);
    expect(waiting).toMatchObject([
      { topic: 'record-history', last_error: expect.stringContaining('job_history') },
    ]);
    // It is due again by itself, later.
    expect(await alarmOf(jobId)).toBeGreaterThan(Date.now() - 60_000);
    await d1('ALTER TABLE job_history_away RENAME TO job_history');
    for (let round = 0; round < 3; round++) await ring(jobId);
    expect(await outboxOf(jobId)).toEqual([]);
    expect(await d1('SELECT state, items_done FROM job_history WHERE job_id = ?', jobId)).toEqual([
      { state: 'done', items_done: 2 },
    ]);
    expect(await d1('SELECT idx FROM job_item_history WHERE job_id = ?', jobId)).toHaveLength(2);
    expect(await d1('SELECT sequence FROM billing_history WHERE job_id = ?', jobId)).toHaveLength(2);
    expect(await d1('SELECT * FROM open_jobs WHERE job_id = ?', jobId)).toEqual([]);
    // Nothing is left to be done before its photos are deleted, a week later.
    expect(await alarmOf(jobId)).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  });

  test('a history that was written but not marked as sent is written again without a second copy', async () => {
    const user = newUser();
    const jobId = await user.queued(1);
    await callback(jobId, 0);
    await ring(jobId);
    const copy = await d1('SELECT * FROM billing_history WHERE job_id = ?', jobId);
    await rewrite(jobId, (rows) => {
      rows.push({ outbox: [{ id: 99, topic: 'record-history', payload: {}, createdAt: 1, attempts: 0, dueAt: 1 }] });
    });
    await ring(jobId);
    expect(await outboxOf(jobId)).toEqual([]);
    expect(await d1('SELECT * FROM billing_history WHERE job_id = ?', jobId)).toEqual(copy);
    expect(await d1('SELECT * FROM job_history WHERE job_id = ?', jobId)).toHaveLength(1);
  });

  test('a grant gets into the billing events once D1 is back, exactly once', async () => {
    const user = newUser();
    await d1('ALTER TABLE billing_rows RENAME TO billing_away');
    const grant = { credits: 5, note: 'invoice 7' };
    must(await call('POST', `/api/accounts/${user.id}/grants`, grant, { authorization: 'Bearer admin' }));
    await runDurableObjectAlarm(user.limiter);
    await d1('ALTER TABLE billing_away RENAME TO billing_rows');
    for (let round = 0; round < 2; round++) {
      await evictAllDurableObjects();
      await runDurableObjectAlarm(user.limiter);
    }
    const grants = 'SELECT type, amount FROM billing_history WHERE account_id = ? ORDER BY sequence';
    expect(await d1(grants, user.id)).toEqual([{ type: 'grant', amount: 10 }, { type: 'grant', amount: 5 }]);
  });
});

describe('while the account’s Durable Object is unavailable', () => {
  test('a result is recorded all the same, and settled once afterwards', async () => {
    const user = newUser();
    const jobId = await user.queued(3);
    await inObject(user.limiter, 'ALTER TABLE account_rows RENAME TO account_rows_away');
    for (const idx of [0, 1, 2]) expect((await callback(jobId, idx)).status).toBe(200);
    expect(await user.status(jobId)).toBe('done');
    await inObject(user.limiter, 'ALTER TABLE account_rows_away RENAME TO account_rows');
    expect(await user.me()).toMatchObject({ credits: 7, reserved: 3, spent: 0, activeJobs: 1 });
    for (let round = 0; round < 2; round++) await ring(jobId);
    expect(await user.me()).toMatchObject({ credits: 7, reserved: 0, spent: 3, activeJobs: 0 });
    expect(await d1('SELECT state FROM job_history WHERE job_id = ?', jobId)).toEqual([{ state: 'done' }]);
  });
});

describe('an alarm of a Durable Object', () => {
  test('ends a job whose deadline has passed, pays for what was delivered and writes its history', async () => {
    const user = newUser();
    const jobId = await user.queued(2);
    await callback(jobId, 1);
    await overdue(jobId);
    expect(await runDurableObjectAlarm(coordinator(jobId))).toBe(true);
    const job = must(await user.get(`/api/jobs/${jobId}`));
    expect(job).toMatchObject({ status: 'done', progress: { done: 1, failed: 1 } });
    await ring(jobId);
    expect(await user.me()).toMatchObject({ credits: 9, reserved: 0, spent: 1, activeJobs: 0 });
    expect(await d1('SELECT state FROM job_history WHERE job_id = ?', jobId)).toEqual([{ state: 'done' }]);
  });

  test('writes a job that is still open after a minute to the index of open jobs in D1', async () => {
    const user = newUser();
    const jobId = await user.create(1);
    await d1('ALTER TABLE open_jobs RENAME TO open_jobs_away');
    await growOld(jobId);
    expect(await alarmOf(jobId)).toBeLessThan(Date.now() + 61_000);
    await d1('ALTER TABLE open_jobs_away RENAME TO open_jobs');
    await runDurableObjectAlarm(coordinator(jobId));
    const indexed = 'SELECT owner_id FROM open_jobs WHERE job_id = ?';
    expect(await d1(indexed, jobId)).toEqual([{ owner_id: user.id }]);
    must(await user.post(`/api/jobs/${jobId}/cancel`));
    await ring(jobId);
    expect(await d1(indexed, jobId)).toEqual([]);
  });

  test('that fires too early does nothing and is set again', async () => {
    const user = newUser();
    const jobId = await user.create(1);
    await runDurableObjectAlarm(coordinator(jobId));
    expect(await user.status(jobId)).toBe('created');
    expect(await alarmOf(jobId)).toBeGreaterThan(Date.now());
  });

  test('that was lost is replaced by the cron trigger', async () => {
    const user = newUser();
    const jobId = await user.create(1);
    await growOld(jobId);
    await overdue(jobId);
    await runInDurableObject(coordinator(jobId), (_instance, { storage }) => storage.deleteAlarm());
    await evictAllDurableObjects();
    await d1('UPDATE open_jobs SET check_at = 1 WHERE job_id = ?', jobId);
    await cron();
    expect(await user.status(jobId)).toBe('canceled');
    await ring(jobId);
    expect(await user.me()).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
    expect(await d1('SELECT state FROM job_history WHERE job_id = ?', jobId)).toEqual([{ state: 'canceled' }]);
    expect(await d1('SELECT * FROM open_jobs WHERE job_id = ?', jobId)).toEqual([]);
  });
});

describe('an unexpected error in a Durable Object', () => {
  test('is a 500 without its reason, and the next request works', async () => {
    const user = newUser();
    const jobId = await user.queued(1);
    await inObject(coordinator(jobId), `UPDATE commits SET body = 'commits' || body`);
    const said = { idx: 0, status: 'done', idempotency_key: 'k' };
    const answer = await call('POST', `/api/jobs/${jobId}/callback`, said, { 'x-gpu-callback-secret': secret });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain('commits');
    await inObject(coordinator(jobId), 'UPDATE commits SET body = substr(body, 8)');
    expect(must(await callback(jobId, 0)).status).toBe('done');
  });
});
