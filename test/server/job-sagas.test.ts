import { expect, test, vi } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { startTestServer } from './server.ts';

test('the steps of a job’s sagas are shown with their times, to whoever sees the job', async () => {
  const { url } = await startTestServer();
  const [mira, ada, admin] = ['mira', 'ada', 'admin'].map((token) => createClient({ server: url, token, retries: 0 }));
  const { id } = await mira!.submitCommand({ body: { command: 'echo hi' } });
  await vi.waitFor(async () => {
    expect(await mira!.getJob({ params: { id } })).toMatchObject({ status: 'SUCCEEDED' });
  }, { timeout: 20_000, interval: 100 });
  await vi.waitFor(async () => {
    const { sagas } = await mira!.listJobSagas({ params: { id } });
    expect(sagas.map(({ type, status }) => [type, status]).sort()).toEqual([
      ['EXECUTION', 'succeeded'], ['PROVISIONING', 'succeeded'],
    ]);
    const { steps, failure, endedAt } = sagas.find(({ type }) => type === 'PROVISIONING')!;
    expect(failure).toBeNull();
    expect(endedAt).not.toBeNull();
    expect(steps.map(({ name }) => name)).toEqual([
      'ValidateProviderCapacity', 'CreateInfrastructure', 'RegisterWorker', 'PublishProvisionedEvent',
    ]);
    for (const step of steps) expect(step).toMatchObject({ state: 'completed', attempts: 1, error: null });
    for (const { startedAt, endedAt: end } of steps) {
      expect(Date.parse(end!)).toBeGreaterThanOrEqual(Date.parse(startedAt!));
    }
  }, { timeout: 20_000, interval: 100 });
  expect((await admin!.listJobSagas({ params: { id } })).sagas).toHaveLength(2);
  const unknown = { ok: false, error: { code: 'not_found' } };
  expect(await ada!.call('listJobSagas', { params: { id } })).toMatchObject(unknown);
  const unseen = { params: { id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41' } };
  expect(await mira!.call('listJobSagas', unseen)).toMatchObject(unknown);
});

test('a job of a kind without steps has no sagas', async () => {
  const { url } = await startTestServer();
  const mira = createClient({ server: url, token: 'mira' });
  const { id } = await mira.submitTask({ body: { type: 'report' } });
  expect(await mira.listJobSagas({ params: { id } })).toEqual({ sagas: [] });
});

test('a type that no worker has ever asked for is told as such', async () => {
  const { url } = await startTestServer();
  const mira = createClient({ server: url, token: 'mira' });
  await mira.submitTask({ body: { type: 'report' } });
  const unasked = async () => (await mira.taskStats()).unasked;
  await vi.waitFor(async () => expect(await unasked()).toEqual([{ type: 'report', waiting: 1, askedAt: null }]));
});
