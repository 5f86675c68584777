import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { run } from '../cli/program.ts';
import { startTestServer } from '../server/server.ts';
import { startReceiver } from '../services/webhook-receiver.ts';

type Client = ReturnType<typeof createClient>;
type Submission = NonNullable<NonNullable<Parameters<Client['submitCommand']>[0]>['body']>;

function clientOf(url: string, token = 'ada'): Client {
  return createClient({ server: url, token });
}

async function ended(client: Client, id: string) {
  const isOver = async (): Promise<boolean> => (await client.getJob({ params: { id } })).endedAt !== null;
  await expect.poll(isOver, { timeout: 30_000, interval: 100 }).toBe(true);
  const job = await client.getJob({ params: { id } });
  if (job.kind !== 'command') throw new Error(`job ${id} is of the kind ${job.kind}`);
  return job;
}

describe('a command job, as processes of this machine,', () => {
  it('waits for the jobs that it depends on, whatever their kind, and is canceled when one fails', async () => {
    const { url } = await startTestServer();
    const ada = clientOf(url);
    const submit = async (body: Submission): Promise<string> =>
      (await ada.submitCommand({ body })).id;
    const task = await ada.submitTask({ body: { type: 'nobody-does-it' } });
    const first = await submit({ command: 'sleep 0.5' });
    const second = await submit({ command: 'true', dependsOn: [first, task.id] });
    const waiting = await ada.getJob({ params: { id: second } });
    expect(waiting).toMatchObject({ state: 'PENDING', waitsFor: [first, task.id] });
    const args = ['job', 'run', '--command', 'exit 3', '--depends-on', first, '--depends-on', first];
    const failing = (await run(args, { env: { WAYBILL_SERVER: url, WAYBILL_TOKEN: 'ada' } })).stdout.trim();
    const canceled = await submit({ command: 'true', dependsOn: [failing] });
    const anyway = await submit({ command: 'true', dependsOn: [failing], onDependencyFailure: 'run' });
    expect(await ended(ada, failing)).toMatchObject({ state: 'FAILED', exitCode: 3, dependsOn: [first] });
    expect(await ended(ada, canceled)).toMatchObject({
      state: 'CANCELLED', cancelReason: `job ${failing}, which it depends on, failed`,
    });
    expect(await ended(ada, anyway)).toMatchObject({ state: 'SUCCEEDED' });
    expect(await ada.getJob({ params: { id: second } })).toMatchObject({ state: 'PENDING', waitsFor: [task.id] });
    await ada.cancelJob({ params: { id: task.id } });
    expect(await ended(ada, second)).toMatchObject({ state: 'CANCELLED', attempt: 0 });
    const unknown = await ada.call('submitCommand', { body: { command: 'true', dependsOn: [randomUUID()] } });
    expect(unknown).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
  }, 60_000);

  it('tells its webhook once how it ended', async () => {
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const { url } = await startTestServer({ WEBHOOK_ALLOW_PRIVATE: 'true' });
    const ada = clientOf(url);
    const retry = { maxAttempts: 2, on: 'failure', backoff: { firstMs: 1, maxMs: 1 } } as const;
    const { id } = await ada.submitCommand({ body: { command: 'exit 7', retry, webhookUrl: receiver.url } });
    await receiver.came(1);
    const { type, data } = JSON.parse(String(receiver.received[0]!.body));
    expect({ type, data }).toMatchObject({
      type: 'job.failed', data: { id, kind: 'command', state: 'FAILED', exitCode: 7, attempt: 2 },
    });
    expect(receiver.received[0]!.headers['webhook-signature']).toMatch(/^v1,/);
    await ended(ada, id);
    expect(receiver.received).toHaveLength(1);
  }, 60_000);

  it('keeps the files of the execution that ended it, and the log of all', async () => {
    const { url, folder } = await startTestServer();
    const ada = clientOf(url);
    const command = 'echo attempt $WAYBILL_JOB_ATTEMPT | tee out-$WAYBILL_JOB_ATTEMPT; test $WAYBILL_JOB_ATTEMPT = 2';
    const retry = { maxAttempts: 2, on: 'failure', backoff: { firstMs: 1, maxMs: 1 } } as const;
    const { id } = await ada.submitCommand({ body: { command, retry, outputs: ['out-*'] } });
    const job = await ended(ada, id);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 2, artifacts: [{ path: 'out-2', size: 10 }] });
    expect(job.executions.map(({ attempt, exitCode }) => [attempt, exitCode])).toEqual([[1, 1], [2, 0]]);
    const { artifacts: [file], purgedAt } = await ada.listArtifacts({ params: { id } });
    expect([file?.path, purgedAt, await (await fetch(file!.url!)).text()]).toEqual(['out-2', null, 'attempt 2\n']);
    const { lines } = await ada.jobLogs({ params: { id } });
    expect(lines.map(({ attempt, text }) => [attempt, text])).toEqual([[1, 'attempt 1'], [2, 'attempt 2']]);
    const left = async (): Promise<readonly string[]> =>
      (await readdir(join(folder, 'objects'), { recursive: true })).filter((name) => /out-\d/.test(name));
    await expect.poll(left, { timeout: 10_000 }).toEqual([expect.stringContaining('out-2')]);
  }, 60_000);

  it('that is retried begins anew, and its files are replaced', async () => {
    const { url } = await startTestServer();
    const ada = clientOf(url);
    const { id } = await ada.submitCommand({ body: { command: 'echo $$ >pid; exit 1', outputs: ['pid'] } });
    const read = async (): Promise<string> => {
      await ended(ada, id);
      const { artifacts: [file] } = await ada.listArtifacts({ params: { id } });
      return (await fetch(file!.url!)).text();
    };
    const first = await read();
    expect(await ada.retryJob({ params: { id } })).toMatchObject({ status: 'PENDING' });
    const second = await read();
    expect(second).not.toBe(first);
    expect(await ended(ada, id)).toMatchObject({ state: 'FAILED', attempt: 1, executions: [{}, {}] });
  }, 60_000);
});

const never = new Date(Date.now() + 3_000 * 86_400_000).toISOString();

describe('command jobs', () => {
  it('are made once under one Idempotency-Key, and under one id, however many ask at once', async () => {
    const { url } = await startTestServer();
    const ada = clientOf(url);
    const body = { command: 'true', runAt: never };
    const ask = (more: object, idempotencyKey?: string) => ada.submitCommand({
      body: { ...body, ...more }, ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    const byKey = await Promise.all(Array.from({ length: 8 }, () => ask({}, 'once')));
    expect(new Set(byKey.map(({ id }) => id)).size).toBe(1);
    expect(byKey.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    const id = randomUUID();
    const byId = await Promise.all(Array.from({ length: 8 }, () => ask({ id })));
    expect(byId.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect((await ada.listJobs({})).total).toBe(2);
    expect(await ada.call('submitCommand', { body: { ...body, command: 'false' }, idempotencyKey: 'once' }))
      .toMatchObject({ ok: false, error: { code: 'idempotency_mismatch' } });
    expect(await ada.call('submitCommand', { body: { ...body, command: 'false', id } }))
      .toMatchObject({ ok: false, error: { code: 'conflict' } });
  });

  it('of one owner that have not ended are limited', async () => {
    const { url } = await startTestServer({ QUOTA_JOBS: 'command.unfinished=2' });
    const ada = clientOf(url);
    const body = { command: 'true', runAt: never };
    for (let count = 0; count < 2; count++) await ada.submitCommand({ body });
    const [refused, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => ada.call('submitCommand', { body })),
    );
    expect(others.filter(({ ok }) => ok)).toEqual([]);
    expect(refused).toMatchObject({ error: { code: 'quota_exceeded', details: { kind: 'command', limit: 2 } } });
    const [{ id } = { id: '' }] = (await ada.listJobs({})).jobs;
    await ada.cancelJob({ params: { id } });
    expect(await ada.call('submitCommand', { body })).toMatchObject({ ok: true });
    expect(await ada.call('retryJob', { params: { id } })).toMatchObject({ error: { code: 'quota_exceeded' } });
    expect(await clientOf(url, 'mira').call('submitCommand', { body })).toMatchObject({ ok: true });
  });

  it('are refused with files that nobody has uploaded, yet a repeat is answered whatever became of them', async () => {
    const { url } = await startTestServer();
    const ada = clientOf(url);
    const { files: [file] } = await ada.createCommandUploads({ body: { files: [{ path: 'a', size: 1 }] } });
    const body = {
      command: 'true', runAt: never, inputs: [{ objectKey: file!.objectKey, path: 'a' }],
    };
    expect(await ada.call('submitCommand', { body })).toMatchObject({
      error: { details: { fields: { 'inputs.0.objectKey': 'must be uploaded first: there is no such object' } } },
    });
    await ada.upload(file!.url, new Uint8Array([1]), { contentType: file!.headers['content-type']! });
    expect(await ada.call('submitCommand', { body })).toMatchObject({ ok: true });
    await ada.putSecret({ params: { name: 'S' }, body: { value: 'x' } });
    const secret = { command: 'true', runAt: body.runAt, secrets: { S: 'S' } };
    const { id } = await ada.submitCommand({ body: secret, idempotencyKey: 'with-secret' });
    await ada.deleteSecret({ params: { name: 'S' } });
    expect(await ada.submitCommand({ body: secret, idempotencyKey: 'with-secret' })).toMatchObject({ id });
    expect(await ada.call('submitCommand', { body: secret })).toMatchObject({ error: { code: 'invalid_request' } });
  });

  it('of a schedule are submitted at its tick, and run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-schedules-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const before = await startTestServer({ WAYBILL_DATA: folder });
    const { scheduleId } = await clientOf(before.url).createSchedule({
      body: { name: 'tick', cron: '0 0 1 1 *', kind: 'command', command: 'echo tick', missed: 'once' },
    });
    await before.close();
    const database = new Database(join(folder, 'waybill.sqlite'));
    // Since then there has been a tick, and nobody was there for it.
    database.exec('UPDATE schedules SET next_at = created_at - 366 * 86400000');
    database.close();
    const ada = clientOf((await startTestServer({ WAYBILL_DATA: folder })).url);
    const made = async (): Promise<number> => (await ada.listJobs({ query: { kind: 'command' } })).total;
    await expect.poll(made, { timeout: 20_000 }).toBe(1);
    const [{ id } = { id: '' }] = (await ada.listJobs({ query: { kind: 'command' } })).jobs;
    expect(await ended(ada, id)).toMatchObject({ state: 'SUCCEEDED', name: 'tick', scheduleId });
  }, 60_000);
});
