import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Health, HealthCheckResponse_ServingStatus as Status } from
  '../../../src/contract/proto/generated/grpc/health/v1/health_pb.ts';
import { curlOf } from '../../grpc/curl.ts';
import { commandServer, waits } from './started.ts';

const server = commandServer();
const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const services = [
  'JobExecutionService', 'LogStreamService', 'MetricsService', 'ProviderManagementService', 'SchedulerService',
  'WorkerAgentService',
].map((name) => `waybill.v1.${name}`);

test('people who have no protos queue a job, watch it, and read its log', { timeout: 60_000 }, async () => {
  const [curl, url] = [curlOf('ada'), `http://${server().grpcAddress}`];
  const call = async (method: string, data: object): Promise<readonly unknown[]> => {
    const text = await curl('-d', JSON.stringify(data), `${url}/waybill.v1.${method}`);
    return text.trim() === '' ? [] : (JSON.parse(`[${text.replaceAll('}\n{', '},{')}]`) as unknown[]);
  };
  expect((await curl('--list-services', url)).trim().split('\n')).toEqual(
    expect.arrayContaining([...services, 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection']),
  );
  expect(await curl('--list-methods', url)).toContain('waybill.v1.LogStreamService/SubscribeLogs');
  const [queued] = await call('JobExecutionService/QueueJob', {
    job_definition: { name: 'Simple Echo', command: '/bin/bash', arguments: ['-c', 'echo hi; echo no >&2'] },
    queued_by: 'battery',
  });
  expect(queued).toMatchObject({ success: true, jobId: { value: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
  const id = (queued as { readonly jobId: { readonly value: string } }).jobId.value;
  const states = await call('JobExecutionService/WatchJob', { job_id: { value: id } });
  expect(states.at(-1)).toMatchObject({ status: 'JOB_STATE_SUCCEEDED' });
  expect(await call('JobExecutionService/GetJob', { job_id: { value: id } })).toMatchObject([
    { status: 'JOB_STATE_SUCCEEDED', exitCode: 0 },
  ]);
  expect(await call('LogStreamService/SubscribeLogs', { job_id: id, include_history: true })).toMatchObject([
    { jobId: id, line: 'hi', sequence: '1' }, { jobId: id, line: 'no', isStderr: true, sequence: '2' },
  ]);
  expect(await call('LogStreamService/SubscribeLogs', { job_id: id, include_history: true, tail_lines: 1 }))
    .toMatchObject([{ line: 'no' }]);
  expect(await call('SchedulerService/GetQueueStatus', {})).toMatchObject([{ status: { completedJobs: 1 } }]);
  const refused = curl('-d', '{"job_id":{"value":"mine"}}', `${url}/waybill.v1.JobExecutionService/GetJob`);
  await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('job_id.value must be a valid UUID') });
});

test('a repeated call with the same idempotency key creates nothing new', { timeout: 60_000 }, async () => {
  const url = `http://${server().grpcAddress}/waybill.v1`;
  const curl = curlOf('ada');
  const once = (method: string, data: object) =>
    curl('-H', 'idempotency-key: once', '-d', JSON.stringify(data), `${url}.${method}`);
  const job = (command: string) => ({ job_definition: { command, ...waits } });
  const made = await once('JobExecutionService/QueueJob', job('true'));
  expect(JSON.parse(await once('JobExecutionService/QueueJob', job('true')))).toMatchObject({
    message: 'The job was queued before.', jobId: (JSON.parse(made) as { readonly jobId: unknown }).jobId,
  });
  await expect(once('JobExecutionService/QueueJob', job('false'))).rejects.toMatchObject({
    stderr: expect.stringContaining('already_exists'),
  });
  const asked = { schedule: { name: 'x', cron: '@daily', job_definition: job('true').job_definition } };
  const idOf = (text: string) => (JSON.parse(text) as { readonly schedule: { readonly id: string } }).schedule.id;
  const schedule_id = idOf(await once('SchedulerService/CreateSchedule', asked));
  expect(idOf(await once('SchedulerService/CreateSchedule', asked))).toBe(schedule_id);
  const ticked = await once('SchedulerService/ScheduleNow', { schedule_id });
  expect(await once('SchedulerService/ScheduleNow', { schedule_id })).toBe(ticked);
});

test('the blocks of the guide to gRPC run as they are printed', { timeout: 60_000 }, async () => {
  const text = readFileSync(join(root, 'docs/guides/grpc.md'), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const script = blocks.join('\n').replaceAll('localhost:50051', server().grpcAddress);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-guide-'));
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`, HOME: folder };
  try {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env });
    expect(stdout).toContain('JOB_STATE_SUCCEEDED');
    expect(stdout).toMatch(/"line": *"hello"[^]*"line": *"done"/);
    expect(stdout).toMatch(/"queued_by": *"the guide"/);
    expect(stdout).toMatch(/"completedJobs": *\d/);
    expect(stdout).toContain('PROVIDER_TYPE_PROCESS');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('each service is reported healthy by its name, and unknown ones are not found', async () => {
  const nobody = server().rpc();
  for (const service of ['', ...services]) {
    expect(await nobody.unary(Health.method.check, { service })).toMatchObject({ status: Status.SERVING });
  }
  await expect(nobody.unary(Health.method.check, { service: 'waybill.v1.Nothing' })).rejects.toMatchObject({
    grpcStatus: 'NOT_FOUND',
  });
});
