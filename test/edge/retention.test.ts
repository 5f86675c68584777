import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { callback, coordinator, inObject, migrateD1, must, newPro, ring } from './edge.ts';

beforeAll(migrateD1);

const day = 86_400_000;
const picture = new TextEncoder().encode('a picture');

/** Runs a statement in the job's own object, then rings its alarm. */
async function later(jobId: string, sql: string): Promise<void> {
  await inObject(coordinator(jobId), sql);
  await ring(coordinator(jobId));
}

async function keys(prefix: string): Promise<string[]> {
  return (await env.R2.list({ prefix, limit: 10 })).objects.map(({ key }) => key);
}

test('objects of a job that has ended go by its own alarm, and photos that another set is made of stay', async () => {
  const user = await newPro(20);
  const jobId = await user.queued(1);
  const input = `inputs/${user.id}/${jobId}/0.jpg`;
  const output = `outputs/${user.id}/${jobId}/0_result.png`;
  const httpMetadata = { contentType: 'image/png' };
  for (const key of [input, output]) await env.R2.put(key, picture, { httpMetadata });
  must(await callback(jobId, 0, { output_key: output }));
  const draft = must(await user.post('/api/jobs', { preset: 'seller', inputsFrom: jobId }));
  await ring(coordinator(jobId));
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([input]);

  await later(jobId, `UPDATE ended_objects SET ended_at = ended_at - ${8 * day}`);
  expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({
    purgedAt: null, inputsPurgedAt: expect.stringMatching(/^\d{4}-/),
  });
  const refused = await user.post('/api/jobs', { preset: 'seller', inputsFrom: jobId });
  expect([refused.status, refused.body.error.code]).toEqual([409, 'missing_uploads']);
  // Also by way of the set that was made of them.
  expect((await user.post('/api/jobs', { preset: 'seller', inputsFrom: draft.jobId })).status).toBe(409);
  await later(jobId, 'UPDATE ended_objects SET due_at = 1 WHERE due_at IS NOT NULL');
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([input]);
  must(await user.post(`/api/jobs/${draft.jobId}/cancel`, {}));
  await later(jobId, 'UPDATE ended_objects SET due_at = 1 WHERE due_at IS NOT NULL');
  expect(await keys(`inputs/${user.id}/${jobId}/`)).toEqual([]);
  expect(await keys(`outputs/${user.id}/${jobId}/`)).toEqual([output]);

  await later(jobId, `UPDATE ended_objects SET ended_at = ended_at - ${30 * day}`);
  expect(await keys(`outputs/${user.id}/${jobId}/`)).toEqual([]);
  expect(must(await user.get(`/api/jobs/${jobId}`))).toMatchObject({ items: [{ outputUrl: null }] });
});
