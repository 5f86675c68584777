import { expect, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { startTestServer } from './server.ts';

const never = new Date(Date.now() + 3_000 * 86_400_000).toISOString();

test('a command job is an operator’s own, listed by name and state, without what is large', async () => {
  const { url } = await startTestServer();
  const mira = createClient({ server: url, token: 'mira' });
  const large = { script: 'x'.repeat(20_000), environment: { A: 'y'.repeat(5_000) } };
  const body = { name: 'build', command: 'make', runAt: never, labels: { team: 'a' }, ...large };
  const { id } = await mira.submitCommand({ body, idempotencyKey: 'once' });
  expect(await mira.submitCommand({ body, idempotencyKey: 'once' })).toMatchObject({ id, deduplicated: true });
  expect(await mira.getJob({ params: { id } })).toMatchObject({ state: 'PENDING', stateNumber: 1, ...large });
  const query = { status: 'PENDING', label: ['name:build', 'team:a'] };
  const { jobs: [row] } = await mira.listJobs({ query });
  expect(row).toMatchObject({ id, name: 'build', state: 'PENDING' });
  expect(row).not.toHaveProperty('script');
  const { jobs: [whole] } = await mira.listJobs({ query: { ...query, fields: 'environment' } });
  expect(whole).toMatchObject({ environment: large.environment });
  expect(await createClient({ server: url, token: 'ada' }).call('getJob', { params: { id } })).toMatchObject({
    ok: false, error: { code: 'not_found' },
  });
  expect((await mira.commandQueue()).states).toMatchObject({ PENDING: 1, RUNNING: 0 });
  expect(await mira.listArtifacts({ params: { id } })).toEqual({ artifacts: [], purgedAt: null });
});

test('files are uploaded for commands of their owner alone', async () => {
  const { url } = await startTestServer();
  const [mira, ada] = ['mira', 'ada'].map((token) => createClient({ server: url, token })) as [
    ReturnType<typeof createClient>, ReturnType<typeof createClient>,
  ];
  const { files: [file] } = await mira.createCommandUploads({ body: { files: [{ path: 'a.csv', size: 3 }] } });
  const { objectKey, url: put, headers } = file!;
  await mira.upload(put, new TextEncoder().encode('1;2'), { contentType: headers['content-type']! });
  const body = { command: 'cat a.csv', runAt: never, inputs: [{ objectKey, path: 'a.csv' }] };
  expect(await mira.call('submitCommand', { body })).toMatchObject({ ok: true });
  expect(await ada.call('submitCommand', { body })).toMatchObject({
    ok: false, error: { code: 'invalid_request', details: { fields: { 'inputs.0.objectKey': expect.any(String) } } },
  });
});

test('a schedule submits commands under its own name', async () => {
  const { url } = await startTestServer();
  const mira = createClient({ server: url, token: 'mira' });
  const { scheduleId } = await mira.createSchedule({
    body: { name: 'Nightly build', cron: '0 0 1 1 *', kind: 'command', command: 'make', startWithinMs: 1_000 },
  });
  const { jobId } = await mira.triggerSchedule({ params: { id: scheduleId } });
  expect(await mira.getJob({ params: { id: jobId } })).toMatchObject({
    kind: 'command', name: 'Nightly build', ownerId: 'mira', scheduleId,
  });
});

test.each([
  ['command', 'submitCommand', { command: 'true' }], ['task', 'submitTask', { type: 'quick' }],
] as const)('a %s is refused a start that is too far ahead, with the limit', async (_, route, body) => {
  const { url } = await startTestServer();
  const mira = createClient({ server: url, token: 'mira' });
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  expect(await mira.call(route, { body: { ...body, runAt: inDays(36_526) } as never })).toMatchObject({
    ok: false,
    error: {
      code: 'invalid_request',
      details: { fields: { runAt: expect.stringContaining('must be at most 36525 days from now') } },
    },
  });
  expect(await mira.call(route, { body: { ...body, runAt: inDays(36_524) } as never })).toMatchObject({ ok: true });
});
