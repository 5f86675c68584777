import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, expect, test } from 'vitest';
import {
  callback, coordinator, d1, inObject, migrateD1, must, newPro, newUser, objectsIn, rewrite, ring,
} from './edge.ts';

beforeAll(migrateD1);

const day = 86_400_000;
const picture = new TextEncoder().encode('a picture');

type KeptObjects = ReturnType<typeof objectsIn>[number];

/** Changes what the job's object knows of its files, then rings its alarm. */
async function later(jobId: string, change: (objects: KeptObjects) => void): Promise<void> {
  await rewrite(jobId, (rows) => objectsIn(rows).forEach(change));
  await ring(jobId);
}

const endedEarlier = (days: number) => (one: KeptObjects): void => void (one.endedAt -= days * day);
const due = (one: KeptObjects): void => void (one.dueAt &&= 1);

async function keys(prefix: string): Promise<string[]> {
  return (await env.R2.list({ prefix, limit: 10 })).objects.map(({ key }) => key);
}

test('the files of a job that has ended are purged by its alarm, except photos that another set uses', async () => {
  const user = await newPro(20);
  const jobId = await user.queued(1);
  const input = `inputs/${user.id}/${jobId}/0.jpg`;
  const output = `outputs/${user.id}/${jobId}/0_result.png`;
  const httpMetadata = { contentType: 'image/png' };
  for (const key of [input, output]) await env.R2.put(key, picture, { httpMetadata });
  must(await callback(jobId, 0, { output_key: output }));
  const draft = must(await user.post('/api/jobs', { preset: 'seller', inputsFrom: jobId }));
  await ring(jobId);
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([input]);

  await later(jobId, endedEarlier(8));
  expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({
    purgedAt: null, inputsPurgedAt: expect.stringMatching(/^\d{4}-/),
  });
  const refused = await user.post('/api/jobs', { preset: 'seller', inputsFrom: jobId });
  expect([refused.status, refused.body.error.code]).toEqual([409, 'missing_uploads']);
  // Also by way of the set that was made of them.
  expect((await user.post('/api/jobs', { preset: 'seller', inputsFrom: draft.jobId })).status).toBe(409);
  await later(jobId, due);
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([input]);
  must(await user.post(`/api/jobs/${draft.jobId}/cancel`, {}));
  await later(jobId, due);
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([]);
  expect(await keys(`outputs/${user.id}/${jobId}/`)).toEqual([output]);

  await later(jobId, endedEarlier(30));
  expect(await keys(`outputs/${user.id}/${jobId}/`)).toEqual([]);
  expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({ items: [{ outputUrl: null }] });
});

test('a set that ended long ago is purged with its history, and what it cost is kept', async () => {
  const user = await newPro(20);
  const [jobId, other] = [await user.queued(1), await user.create(1)];
  must(await callback(jobId, 0));
  must(await user.post(`/api/jobs/${other}/cancel`));
  await ring(jobId);
  const ledger = must(await user.get(`/api/accounts/${user.id}/ledger`));
  // Its objects are kept, or being deleted: so is the set.
  await rewrite(jobId, (rows) => {
    for (const event of rows.flatMap(({ events = [] }) => events)) event.at -= 4_000 * day;
  });
  await ring(jobId);
  expect(await user.status(jobId)).toBe('done');
  await later(jobId, (one) => void Object.assign(one, { purgedAt: 1, dueAt: null }));
  expect((await user.get(`/api/jobs/${jobId}`)).status).toBe(404);
  expect((await callback(jobId, 0)).status).toBe(404);
  const tables = await runInDurableObject(coordinator(jobId), (_instance, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'commits'").toArray(),
  );
  expect(tables).toEqual([]);
  for (const table of ['job_history', 'job_item_history', 'open_jobs']) {
    expect(await d1(`SELECT * FROM ${table} WHERE job_id = ?`, jobId)).toEqual([]);
  }
  expect(await d1('SELECT * FROM billing_history WHERE job_id = ?', jobId)).toHaveLength(2);
  const { jobs } = must(await user.get('/api/jobs'));
  expect(jobs.map(({ jobId: id }: { jobId: string }) => id)).toEqual([other]);
  expect(must(await user.get(`/api/accounts/${user.id}/ledger`))).toEqual(ledger);
  expect(await user.me()).toMatchObject({
    spent: 1, reserved: 0, quotas: { jobs: { 'image-set': { stored: { used: 1 } } } },
  });
});

test('a set beyond the bytes that the plan keeps in R2 is refused, and nothing is reserved for it', async () => {
  const user = newUser();
  const jobId = await user.create(1);
  await env.R2.put(`inputs/${user.id}/${jobId}/0.jpg`, new Uint8Array(1_000), {
    httpMetadata: { contentType: 'image/jpeg' },
  });
  must(await user.post(`/api/jobs/${jobId}/cancel`));
  // What was found is believed for a while: it is looked for again by an object that is new in memory.
  await inObject(env.USER_LIMITER.getByName(user.id), 'SELECT 1');
  const refused = await user.post('/api/jobs', { preset: 'seller', itemCount: 1 });
  expect([refused.status, refused.body.error]).toEqual([403, expect.objectContaining({
    code: 'quota_exceeded', details: { what: 'objectBytes', limit: 1_000, used: 1_000 },
  })]);
  expect(await user.me()).toMatchObject({
    credits: 10, activeJobs: 0,
    quotas: {
      jobs: { 'image-set': { stored: { used: 1, limit: 10_000 } } }, objectBytes: { used: 1_000, limit: 1_000 },
    },
  });
});
