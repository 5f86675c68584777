import { beforeAll, expect, test } from 'vitest';
import { callback, coordinator, d1, inObject, migrateD1, must, newPro, newUser, rewrite, rewriteAccount, ring } from
  './edge.ts';

beforeAll(migrateD1);

test('a job that a newer Waybill has touched goes on to its end', async () => {
  const user = newUser();
  const jobId = await user.queued(2);
  must(await callback(jobId, 0));
  const at = Date.now();
  await rewrite(jobId, (rows) => {
    const [first] = rows;
    Object.assign(first?.events?.[0]?.body ?? {}, { invented: { later: true } });
    // Says what this one does not know, in an event and beside it.
    rows.push({ events: [{ at, actor: 'worker', body: { type: 'PhotosTagged', tags: ['sofa'] } } as never], tags: 1 });
  });
  await inObject(coordinator(jobId), 'CREATE TABLE tags (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID');
  expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({ status: 'running', progress: { done: 1 } });
  expect(must(await callback(jobId, 1)).status).toBe('done');
  await ring(jobId);
  expect(await user.me()).toMatchObject({ credits: 8, reserved: 0, spent: 2, activeJobs: 0 });
  expect(await d1('SELECT items_done FROM job_history WHERE job_id = ?', jobId)).toEqual([{ items_done: 2 }]);
  const { events } = must(await user.get(`/api/jobs/${jobId}/events`));
  expect(events.map(({ type }: { type: string }) => type)).toEqual([
    'JobCreated', 'UploadConfirmed', 'JobQueued', 'JobStarted', 'ItemRecorded', 'PhotosTagged', 'ItemRecorded',
    'JobCompleted',
  ]);
});

test('an account that a newer Waybill has touched serves, and keeps what this one does not know', async () => {
  const user = await newPro(20);
  await rewriteAccount(user.limiter, (head) => {
    Object.assign(head, { invented: { later: true } });
    Object.assign(head['account'] as object, { currency: 'EUR' });
  });
  await inObject(user.limiter, "INSERT INTO account_rows (key, body) VALUES ('tag sofa', '{}')");
  const jobId = await user.queued(1);
  must(await callback(jobId, 0));
  must(await user.post('/api/rules', { name: 'r', concepts: {}, protect: [] }));
  expect(await user.me()).toMatchObject({ credits: 19, spent: 1, activeJobs: 0, usedRuleSlots: 1 });
  const [row] = await inObject(user.limiter, "SELECT body FROM account_rows WHERE key = 'account'");
  expect(JSON.parse((row as { body: string }).body)).toMatchObject({
    invented: { later: true }, account: { currency: 'EUR', spent: 1 },
  });
});

test('D1 may have columns that a newer Waybill has added', async () => {
  for (const table of ['job_history', 'open_jobs', 'billing_rows', 'api_keys']) {
    await d1(`ALTER TABLE ${table} ADD COLUMN invented TEXT`);
  }
  try {
    const user = newUser();
    const jobId = await user.queued(1);
    must(await callback(jobId, 0));
    await ring(jobId);
    expect(must(await user.get(`/api/jobs/${jobId}/history`)).job).toMatchObject({ status: 'done' });
    const { key } = must(await user.post('/api/tokens', { name: 'shop' }));
    expect(key).toMatch(/^wb_/);
  } finally {
    for (const table of ['job_history', 'open_jobs', 'billing_rows', 'api_keys']) {
      await d1(`ALTER TABLE ${table} DROP COLUMN invented`);
    }
  }
});
