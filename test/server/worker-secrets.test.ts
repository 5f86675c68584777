import { expect, test } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer } from './server.ts';

test('a configured callback secret is the only one that workers can use, in development mode too', async () => {
  const [now, before] = ['the-new-secret-of-tests', 'the-old-secret-of-tests'];
  const env = { GPU_CALLBACK_SECRET: `${now}, ${before}`, BATCH_CONCURRENCY: '7' };
  const { url } = await startTestServer(env);
  const mira = { authorization: 'Bearer mira' };
  const post = (path: string, body: unknown = {}, headers: Record<string, string> = mira): Promise<Answer> =>
    request(url + path, 'POST', body, headers);
  const { jobId } = (await post('/api/jobs', { preset: 'seller', itemCount: 2 })).body.data;
  for (const step of ['confirm-upload', 'execute']) expect((await post(`/api/jobs/${jobId}/${step}`)).status).toBe(200);
  const asBefore = { 'x-gpu-callback-secret': before };
  const report = (idx: number, secret: string): Promise<Answer> =>
    post(`/api/jobs/${jobId}/callback`, { idx, status: 'done' }, { 'x-gpu-callback-secret': secret });
  for (const secret of ['dev-callback-secret', 'test-gpu-callback-secret-for-local-dev', env.GPU_CALLBACK_SECRET]) {
    expect([secret, (await report(0, secret)).status]).toEqual([secret, 401]);
  }
  const pulled = await post('/api/queues/gpu-jobs/messages/pull', { wait_ms: 5_000 }, asBefore);
  expect(pulled.body.data.messages).toMatchObject([{ body: { job_id: jobId, batch_concurrency: 7 } }]);
  expect((await report(0, now)).body.data.status).toBe('running');
  expect((await report(1, before)).body.data.status).toBe('done');
});
