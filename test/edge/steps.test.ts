import { evictAllDurableObjects, runInDurableObject } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { callback, coordinator, d1, migrateD1, must, newUser, outboxOf, ring } from './edge.ts';

beforeAll(migrateD1);

/** A job of four credits from create to its end: three photos are confirmed, one of them fails. */
function stepsOf(user: ReturnType<typeof newUser>): ((jobId: string) => Promise<unknown>)[] {
  return [
    (jobId) => user.post(`/api/jobs/${jobId}/confirm-upload`, { totalItems: 3 }).then(must),
    (jobId) => user.post(`/api/jobs/${jobId}/execute`, { protect: ['person'] }).then(must),
    (jobId) => callback(jobId, 2).then(must),
    (jobId) => callback(jobId, 0, { status: 'failed', error: 'blurred' }).then(must),
    (jobId) => callback(jobId, 1).then(must),
  ];
}

async function tablesOf(stub: object): Promise<unknown[]> {
  const select = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
    AND name NOT LIKE 'sqlite%' ORDER BY name`;
  const rows = await runInDurableObject(stub, (_, { storage }) => storage.sql.exec(select).toArray());
  return rows.map((row) => (row as { name: string }).name);
}

describe('a job whose Durable Objects are evicted', () => {
  // 5: between all of them.
  test.each([0, 1, 2, 3, 4, 5])('before step %i goes on from there', async (evictBefore) => {
    const user = newUser();
    const jobId = await user.create(4);
    for (const [index, step] of stepsOf(user).entries()) {
      if (evictBefore === index || evictBefore === 5) await evictAllDurableObjects();
      await step(jobId);
    }
    if (evictBefore === 5) await evictAllDurableObjects();
    await ring(jobId);
    expect(await outboxOf(jobId)).toEqual([]);
    expect(await user.status(jobId)).toBe('done');
    expect(await user.me()).toMatchObject({ credits: 8, reserved: 0, spent: 2, granted: 10, activeJobs: 0 });
    const { body } = await user.get(`/api/jobs/${jobId}/events`);
    expect(body.data.events.map(({ type }: { type: string }) => type)).toEqual([
      'JobCreated', 'UploadConfirmed', 'JobQueued', 'JobStarted', 'ItemRecorded', 'ItemRecorded', 'ItemRecorded',
      'JobCompleted',
    ]);
    const log = 'SELECT state, items_done, items_failed, credits_spent FROM job_history WHERE job_id = ?';
    expect(await d1(log, jobId)).toEqual([
      { state: 'done', items_done: 2, items_failed: 1, credits_spent: 2 },
    ]);
    expect(await d1('SELECT type, amount FROM billing_history WHERE job_id = ? ORDER BY sequence', jobId)).toEqual([
      { type: 'reserve', amount: 4 }, { type: 'return', amount: 1 }, { type: 'commit', amount: 2 },
      { type: 'return', amount: 1 },
    ]);
    expect(await d1('SELECT idx FROM job_item_history WHERE job_id = ?', jobId)).toHaveLength(3);
    expect(await d1('SELECT job_id FROM open_jobs WHERE job_id = ?', jobId)).toEqual([]);
  });

  test('takes duplicated and reordered callbacks as if each had come once, in order', async () => {
    const user = newUser();
    const jobId = await user.queued(8);
    const order = [7, 3, 3, 0, 7, 5, 1, 1, 0, 6, 2, 4, 4, 7, 0];
    for (const [at, idx] of order.entries()) {
      if (at % 4 === 2) await evictAllDurableObjects();
      expect((await callback(jobId, idx)).status).toBe(200);
    }
    expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({
      status: 'done', progress: { done: 8, failed: 0, total: 8 },
    });
    expect(await user.me()).toMatchObject({ credits: 2, reserved: 0, spent: 8, activeJobs: 0 });
  });

  test('has the part of the schema that it needs in its object, and its user’s account in another', async () => {
    const user = await newUser();
    const jobId = await user.create(1);
    expect(await tablesOf(coordinator(jobId))).toEqual(['commits']);
    expect(await tablesOf(user.limiter)).toEqual(['account_rows']);
  });

  test('that was asked for and never created leaves nothing behind', async () => {
    const jobId = crypto.randomUUID();
    expect((await newUser().get(`/api/jobs/${jobId}`)).status).toBe(404);
    expect((await callback(jobId, 0)).status).toBe(404);
    expect(await tablesOf(coordinator(jobId))).toEqual([]);
  });
});
