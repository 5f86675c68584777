import { afterAll, beforeAll, expect, test } from 'vitest';
import { ok } from '../../src/contract/errors.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from
  '../../src/contract/proto/generated/grpc/health/v1/health_pb.ts';
import { ServerReflection } from '../../src/contract/proto/generated/grpc/reflection/v1/reflection_pb.ts';
import { JobState } from '../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { JobExecutionService } from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { curlOf } from './curl.ts';
import { allServices, answering, startRpcServer, type TestServer } from './harness.ts';

const curl = curlOf('ola');
const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

/** The methods of the API, by their services. */
const methods: Readonly<Record<string, readonly string[]>> = {
  JobExecutionService: ['QueueJob', 'GetJob', 'ListJobs', 'CancelJob', 'RetryJob', 'WatchJob'],
  WorkerAgentService: ['Connect'],
  SchedulerService: [
    'GetQueueStatus', 'GetQueue', 'GetAvailableWorkers', 'ListSchedules', 'CreateSchedule', 'DeleteSchedule',
    'ScheduleNow',
  ],
  ProviderManagementService: [
    'ListProviders', 'GetProvider', 'RegisterProvider', 'UpdateProvider', 'DeleteProvider', 'EnableProvider',
    'DisableProvider', 'TestProvider',
  ],
  MetricsService: ['GetMetrics', 'StreamMetrics'],
  LogStreamService: ['StreamLogs', 'SubscribeLogs', 'GetLogs', 'GetLogFile'],
};

let server: TestServer;
let isReady = true;
let queued: unknown = null;

beforeAll(async () => {
  const jobs = answering(JobExecutionService, 'operator', {
    queueJob: async ({ request }) => {
      queued = request;
      return ok({ success: true, jobId: { value: id } });
    },
    getJob: async () => ok({ status: JobState.SUCCEEDED, exitCode: 0 }),
  });
  server = await startRpcServer(
    [jobs, ...allServices().filter(({ service }) => service.typeName !== jobs.service.typeName)],
    { ready: async () => (isReady ? undefined : Promise.reject(new Error('no store'))) },
  );
});
afterAll(() => server.close());

test('tools find the services and all their methods by reflection', async () => {
  const url = `http://${server.address}`;
  const [services, found] = await Promise.all([curl('--list-services', url), curl('--list-methods', url)]);
  const names = Object.keys(methods).map((name) => `waybill.v1.${name}`);
  expect(services.trim().split('\n').sort()).toEqual(
    [...names, 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'].sort(),
  );
  const all = Object.entries(methods).flatMap(([name, each]) => each.map((method) => `waybill.v1.${name}/${method}`));
  expect(found.trim().split('\n').filter((line) => line.startsWith('waybill.')).sort()).toEqual(all.sort());
});

test('a job is queued and looked at by JSON with the names of the protos', async () => {
  const service = `http://${server.address}/waybill.v1.JobExecutionService`;
  const definition = { name: 'Simple Echo', command: '/bin/bash', arguments: ['-c', 'echo hi'] };
  const data = JSON.stringify({ job_definition: definition, queued_by: 'battery' });
  const answer = JSON.parse(await curl('-d', data, `${service}/QueueJob`)) as unknown;
  expect(answer).toEqual({ success: true, jobId: { value: id } });
  expect(queued).toMatchObject({ jobDefinition: definition, queuedBy: 'battery' });
  const job = JSON.parse(await curl('-d', JSON.stringify({ job_id: { value: id } }), `${service}/GetJob`)) as unknown;
  expect(job).toEqual({ status: 'JOB_STATE_SUCCEEDED', exitCode: 0 });
  expect(JobState.SUCCEEDED).toBe(4);
});

test('what is asked without a token, or in a wrong way, is said in words', async () => {
  const url = `http://${server.address}/waybill.v1.JobExecutionService/GetJob`;
  const failed = curlOf(null)('-d', '{}', url);
  await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining('"unauthenticated"') as unknown });
});

test('reflection answers file by file, v1alpha as well, and says what it does not have', async () => {
  const { serverReflectionInfo } = ServerReflection.method;
  const older = { ...serverReflectionInfo, parent: { typeName: 'grpc.reflection.v1alpha.ServerReflection' } };
  for (const method of [serverReflectionInfo, older as unknown as typeof serverReflectionInfo]) {
    const call = server.client({ token: undefined as never }).duplex(method);
    const questions = [
      { case: 'fileByFilename', value: 'waybill/v1/job.proto' },
      { case: 'fileContainingSymbol', value: 'waybill.v1.JobDefinition' },
      { case: 'fileContainingSymbol', value: 'waybill.v1.JobExecutionService.QueueJob' },
      { case: 'allExtensionNumbersOfType', value: 'waybill.v1.JobDefinition' },
      { case: 'fileContainingSymbol', value: 'waybill.v1.Nothing' },
      { case: 'fileByFilename', value: 'nothing.proto' },
      { case: 'fileContainingExtension', value: { containingType: 'waybill.v1.JobDefinition', extensionNumber: 1 } },
    ] as const;
    for (const messageRequest of questions) await call.send({ messageRequest });
    await call.send({});
    call.end();
    const answers: string[] = [];
    for await (const { messageResponse: { case: what, value } } of call) {
      const files = what === 'fileDescriptorResponse' ? ` ${value.fileDescriptorProto.length}` : '';
      answers.push(`${what}${files}${what === 'errorResponse' ? ` ${value.errorCode}` : ''}`);
    }
    expect(answers).toEqual([
      'fileDescriptorResponse 3',
      'fileDescriptorResponse 3',
      'fileDescriptorResponse 4',
      'allExtensionNumbersResponse',
      'errorResponse 5',
      'errorResponse 5',
      'errorResponse 5',
      'errorResponse 3',
    ]);
  }
});

test('the health of the server and of each service is SERVING, and NOT_SERVING without its store', async () => {
  const { check } = Health.method;
  const client = server.client({ token: undefined as never });
  const names = ['', ...Object.keys(methods).map((name) => `waybill.v1.${name}`)];
  for (const service of names) expect(await client.unary(check, { service })).toMatchObject({ status: Status.SERVING });
  await expect(client.unary(check, { service: 'waybill.v1.Nothing' })).rejects.toMatchObject({
    grpcStatus: 'NOT_FOUND', code: 'not_found',
  });
  const watching = client.stream(Health.method.watch, { service: 'waybill.v1.Nothing' })[Symbol.asyncIterator]();
  expect((await watching.next()).value).toMatchObject({ status: Status.SERVICE_UNKNOWN });
  await watching.return?.();
  isReady = false;
  expect(await client.unary(check, {})).toMatchObject({ status: Status.NOT_SERVING });
  isReady = true;
});
