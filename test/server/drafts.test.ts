import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer } from './server.ts';

const headers = { authorization: 'Bearer mira' };

test('a draft of photos that are gone is refused, and a repeat of the request that made one is not', async () => {
  const { url, folder } = await startTestServer();
  const post = (path: string, body?: unknown, key?: string): Promise<Answer> =>
    request(url + path, 'POST', body, { ...headers, ...(key !== undefined && { 'idempotency-key': key }) });
  const { jobId, urls } = (await post('/api/jobs', { preset: 'seller', itemCount: 2 })).body.data;
  for (const upload of urls) await fetch(upload.url, { method: 'PUT', body: new Uint8Array([0xff, 0xd8, 0xff]) });
  await post(`/api/jobs/${jobId}/confirm-upload`);
  await post(`/api/jobs/${jobId}/cancel`);
  const draft = { preset: 'interior', inputsFrom: jobId };
  const made = await post('/api/jobs', draft, 'draft');
  expect(made.status).toBe(201);
  await post(`/api/jobs/${made.body.data.jobId}/cancel`);
  rmSync(join(folder, 'objects'), { recursive: true });
  expect(await post('/api/jobs', draft, 'draft')).toMatchObject({ status: 201, body: { data: made.body.data } });
  expect(await post('/api/jobs', draft, 'another')).toMatchObject({
    status: 409,
    body: { error: { code: 'missing_uploads', details: { missing: [0, 1] } } },
  });
  // Nothing was kept of what was refused.
  const me = await request(`${url}/api/user/me`, 'GET', undefined, headers);
  expect(me.body.data).toMatchObject({ credits: 10, reserved: 0, activeJobs: 0 });
});

test('a server that verifies uploads does so without being asked', async () => {
  const { url } = await startTestServer({ VERIFY_UPLOADS: 'true' });
  const { jobId } = (await request(`${url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 1 }, headers)).body.data;
  const confirm = (body?: unknown): Promise<Answer> =>
    request(`${url}/api/jobs/${jobId}/confirm-upload`, 'POST', body, headers);
  expect(await confirm()).toMatchObject({ status: 409, body: { error: { details: { missing: [0] } } } });
  expect(await confirm({ verify: false })).toMatchObject({ status: 200, body: { data: { status: 'uploaded' } } });
});
