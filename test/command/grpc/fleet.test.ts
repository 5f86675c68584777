import { timestampMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { JobState, PriorityLevel } from '../../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { MetricsService } from '../../../src/contract/proto/generated/waybill/v1/metrics_service_pb.ts';
import { ProviderStatus, ProviderType } from '../../../src/contract/proto/generated/waybill/v1/provider_pb.ts';
import { ProviderManagementService } from
  '../../../src/contract/proto/generated/waybill/v1/provider_management_service_pb.ts';
import { SchedulerService } from '../../../src/contract/proto/generated/waybill/v1/scheduler_service_pb.ts';
import { WorkerState } from '../../../src/contract/proto/generated/waybill/v1/worker_pb.ts';
import { cancelJob, commandServer, getJob, queue, statesOf, until, waits } from './started.ts';

const {
  createSchedule, deleteSchedule, getAvailableWorkers, getQueue, getQueueStatus, listSchedules, scheduleNow,
} = SchedulerService.method;
const {
  deleteProvider, disableProvider, enableProvider, getProvider, listProviders, registerProvider, testProvider,
  updateProvider,
} = ProviderManagementService.method;
const { getMetrics, streamMetrics } = MetricsService.method;
const server = commandServer();
const unknown = '00000000-0000-4000-8000-000000000000';

describe('the queue', () => {
  test('is counted as lists count it: the own jobs, and all for an admin', async () => {
    const { rpc, rest } = server();
    const [lea, max] = [rpc('lea'), rpc('max')];
    const canceled = await queue(lea, 'true', waits);
    await queue(lea, 'true', waits);
    await lea.unary(cancelJob, { jobId: { value: canceled } });
    const ran = await queue(max, 'exit 1');
    await statesOf(max, ran);
    expect(await lea.unary(getQueueStatus, {})).toMatchObject({
      status: { pendingJobs: 1, runningJobs: 0, completedJobs: 0, failedJobs: 0, cancelledJobs: 1 },
    });
    expect(await max.unary(getQueueStatus, { schedulerName: 'default' })).toMatchObject({
      status: { pendingJobs: 0, failedJobs: 1, cancelledJobs: 0 },
    });
    const { status } = await rpc('admin').unary(getQueueStatus, {});
    for (const [state, count] of [['FAILED', status?.failedJobs], ['CANCELLED', status?.cancelledJobs]] as const) {
      expect((await rest('admin').listCommands({ query: { state, limit: 1 } })).total).toBe(count);
    }
    expect((await rest('lea').commandQueue()).states).toMatchObject({ PENDING: 1, CANCELLED: 1, FAILED: 0 });
    await expect(lea.unary(getQueueStatus, { schedulerName: 'other' })).rejects.toMatchObject({
      fields: { scheduler_name: expect.any(String) },
    });
  });

  test('is listed in scheduling order, with the reason why it has no worker', async () => {
    const { rpc, rest } = server();
    const kim = rpc('kim');
    const runAt = new Date(Date.now() + 3_000 * 86_400_000).toISOString();
    const { id: later } = await rest('kim').submitCommand({ body: { command: 'true', runAt } });
    const low = await queue(kim, 'true', waits);
    const high = await queue(kim, 'true', { scheduling: { ...waits.scheduling, priority: PriorityLevel.HIGH } });
    const { jobs, totalCount } = await kim.unary(getQueue, {});
    expect(jobs.map(({ jobId, priority }) => [jobId?.value, priority])).toEqual([
      [high, PriorityLevel.HIGH], [low, PriorityLevel.LOW], [later, PriorityLevel.LOW],
    ]);
    expect(totalCount).toBe(3);
    expect(jobs.map(({ waitingBecause }) => waitingBecause)).toEqual([
      'Provider yard is DISABLED.', 'Provider yard is DISABLED.',
      `It does not start before ${runAt}.`,
    ]);
    expect((await rest('kim').listQueuedCommands()).jobs.map(({ id }) => id)).toEqual([high, low, later]);
    expect((await kim.unary(getQueue, { limit: 1 })).jobs).toMatchObject([{ jobId: { value: high } }]);
    await expect(kim.unary(getQueue, { limit: -1 })).rejects.toMatchObject({ fields: { limit: expect.any(String) } });
  });

  test('has workers while jobs run', async () => {
    const { rpc, rest } = server();
    const ada = rpc('ada');
    const began = Date.now();
    const id = await queue(ada, 'sleep 60');
    await until(ada, id, JobState.RUNNING);
    const { workers } = await ada.unary(getAvailableWorkers, { state: WorkerState.BUSY });
    const own = workers.find(({ currentJobId }) => currentJobId?.value === id);
    expect(own).toMatchObject({ state: WorkerState.BUSY, providerType: ProviderType.PROCESS });
    expect(timestampMs(own!.lastHeartbeat!)).toBeGreaterThanOrEqual(began);
    const { workers: there } = await ada.unary(getAvailableWorkers, { providerId: own!.providerId! });
    expect(there.map(({ workerId }) => workerId)).toContainEqual(own!.workerId);
    expect(there.every(({ state }) => state !== WorkerState.TERMINATED)).toBe(true);
    const ofOthers = (await rpc('max').unary(getAvailableWorkers, {})).workers
      .find(({ workerId }) => workerId?.value === own!.workerId!.value);
    expect(ofOthers).toMatchObject({ state: WorkerState.BUSY });
    expect(ofOthers!.currentJobId).toBeUndefined();
    expect((await rest('max').listFleetWorkers({ query: { job: id } })).workers).toEqual([]);
    expect((await rest('admin').listFleetWorkers({ query: { job: id } })).workers).toMatchObject([
      { jobId: id, madeFor: id, lastHeartbeatAt: expect.any(String) },
    ]);
    await ada.unary(cancelJob, { jobId: { value: id } });
    await statesOf(ada, id);
    await expect.poll(async () => (
      (await rest('ada').listFleetWorkers({ query: { job: id, ended: false } })).workers.length
    ), { timeout: 10_000 }).toBe(0);
    const { workers: all } = await rest('ada').listFleetWorkers({ query: { job: id } });
    expect(all).toMatchObject([{ state: 'TERMINATED', lastHeartbeatAt: null }]);
    await expect(ada.unary(getAvailableWorkers, { providerId: { value: unknown } })).rejects.toMatchObject({
      grpcStatus: 'NOT_FOUND',
    });
  });
});

describe('schedules by gRPC', () => {
  test('are created, listed, run now and deleted; those of other kinds are not shown', async () => {
    const { rpc, rest } = server();
    const zoe = rpc('zoe');
    const asked = {
      name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', jobDefinition: { command: 'true', ...waits },
    };
    const { schedule } = await zoe.unary(createSchedule, { schedule: asked });
    expect(schedule).toMatchObject({
      name: 'nightly', cron: '30 2 * * *', enabled: true, jobDefinition: { name: 'nightly', command: 'true' },
      nextRunAt: { seconds: expect.any(BigInt) },
    });
    const paused = await zoe.unary(createSchedule, { schedule: { ...asked, name: 'by hand' }, paused: true });
    expect(paused.schedule).toMatchObject({ enabled: false });
    expect(paused.schedule?.nextRunAt).toBeUndefined();
    const { scheduleId } = await rest('zoe').createSchedule({
      body: { name: 'tasks', cron: '0 0 1 1 *', type: 'import', data: {} },
    });
    const first = await zoe.unary(listSchedules, { limit: 1 });
    expect(first.schedules).toHaveLength(1);
    const rest2 = await zoe.unary(listSchedules, { limit: 200, cursor: first.nextCursor });
    expect([...first.schedules, ...rest2.schedules].map(({ name }) => name).sort()).toEqual(['by hand', 'nightly']);
    expect(rest2.nextCursor).toBe('');
    const { jobId } = await zoe.unary(scheduleNow, { scheduleId: schedule!.id });
    expect(await zoe.unary(getJob, { jobId: jobId! })).toMatchObject({ job: { name: 'nightly' } });
    await expect(rpc('eve').unary(scheduleNow, { scheduleId: schedule!.id })).rejects.toMatchObject({
      grpcStatus: 'NOT_FOUND',
    });
    await expect(zoe.unary(deleteSchedule, { scheduleId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await zoe.unary(deleteSchedule, { scheduleId: schedule!.id });
    await expect(zoe.unary(deleteSchedule, { scheduleId: schedule!.id })).rejects.toMatchObject({
      grpcStatus: 'NOT_FOUND',
    });
  });

  test.each([
    ['without a job', { schedule: { name: 'x', cron: '0 0 * * *' } }, 'schedule.job_definition'],
    ['with a cron that is none', { schedule: { name: 'x', cron: 'never', jobDefinition: { command: 'true' } } },
      'schedule.cron'],
    ['with an id for all of its jobs', {
      schedule: { name: 'x', cron: '@daily', jobDefinition: { jobId: { value: unknown }, command: 'true' } },
    }, 'schedule.job_definition.job_id'],
    ['of a job without a command', { schedule: { name: 'x', cron: '@daily', jobDefinition: {} } },
      'schedule.job_definition.command'],
    ['in a time zone that is not there', {
      schedule: { name: 'x', cron: '@daily', timeZone: 'Mars/Base', jobDefinition: { command: 'true' } },
    }, 'schedule.time_zone'],
  ])('are refused %s, with the path of the field', async (_, request, field) => {
    await expect(server().rpc('zoe').unary(createSchedule, request)).rejects.toMatchObject({
      grpcStatus: 'INVALID_ARGUMENT', fields: { [field]: expect.any(String) },
    });
  });
});

describe('providers by gRPC', () => {
  test('are registered, found by id or name, changed, tested, switched and deleted', async () => {
    const ada = server().rpc('ada');
    const asked = {
      name: 'cellar', providerType: ProviderType.PROCESS, maxWorkers: 3, metadata: { zone: 'cellar' },
      pool: { size: 0, idle: { seconds: 60n, nanos: 0 }, jobsPerWorker: 5, shared: true },
    };
    const { provider } = await ada.unary(registerProvider, { provider: asked });
    expect(provider).toMatchObject({
      ...asked, status: ProviderStatus.ACTIVE, activeWorkers: 0, priority: 0,
      typeConfig: { config: { case: 'process' } }, capabilities: { images: false }, health: { healthy: true },
    });
    const providerId = { value: provider!.id };
    expect((await ada.unary(registerProvider, { provider: asked })).provider?.id).toBe(provider!.id);
    await expect(ada.unary(registerProvider, { provider: { ...asked, maxWorkers: 4 } })).rejects.toMatchObject({
      grpcStatus: 'ALREADY_EXISTS',
    });
    for (const by of [{ case: 'providerId', value: providerId }, { case: 'name', value: 'cellar' }] as const) {
      expect(await ada.unary(getProvider, { provider: by as never })).toMatchObject({ provider: { name: 'cellar' } });
    }
    expect(await ada.unary(testProvider, { providerId })).toMatchObject({ healthy: true, message: expect.any(String) });
    expect(await ada.unary(disableProvider, { providerId, reason: 'The host is restarted.' })).toMatchObject({
      provider: { status: ProviderStatus.DISABLED },
    });
    const seen = (await ada.unary(getProvider, { provider: { case: 'providerId', value: providerId } })).provider!;
    expect(await ada.unary(updateProvider, { provider: { ...seen, priority: 5, maxWorkers: 0 } })).toMatchObject({
      provider: {
        status: ProviderStatus.DISABLED, priority: 5, maxWorkers: 10, metadata: asked.metadata, pool: asked.pool,
      },
    });
    const { providers } = await ada.unary(listProviders, {
      providerType: ProviderType.PROCESS, status: ProviderStatus.DISABLED,
    });
    expect(providers.map(({ name }) => name)).toEqual(['cellar', 'yard']);
    expect(await ada.unary(enableProvider, { providerId })).toMatchObject({
      provider: { status: ProviderStatus.ACTIVE },
    });
    await ada.unary(deleteProvider, { providerId });
    await expect(ada.unary(testProvider, { providerId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
  });

  test('keep settings that have no field in the messages', async () => {
    const { rpc, rest } = server();
    const ada = rpc('ada');
    const config = { host: 'unix:///nowhere.sock', image: 'debian:13', network: 'none', memoryBytes: 1_048_576 };
    await rest('ada').registerProvider({ body: { name: 'engine', type: 'docker', config } });
    const { provider } = await ada.unary(getProvider, { provider: { case: 'name', value: 'engine' } });
    expect(provider).toMatchObject({
      status: ProviderStatus.UNHEALTHY, health: { healthy: false },
      typeConfig: {
        config: {
          case: 'docker', value: { socketPath: '/nowhere.sock', defaultImage: 'debian:13', networkMode: 'none' },
        },
        more: { memoryBytes: 1_048_576 },
      },
    });
    await ada.unary(updateProvider, { provider: provider! });
    const { id } = provider!;
    expect(await rest('ada').getProvider({ params: { id } })).toMatchObject({ config, status: 'ACTIVE' });
    await ada.unary(deleteProvider, { providerId: { value: id } });
  });

  test.each([
    ['without a type', { name: 'x' }, 'provider.provider_type'],
    ['with a name in capitals', { name: 'X', providerType: ProviderType.PROCESS }, 'provider.name'],
    ['with tags', { name: 'x', providerType: ProviderType.PROCESS, tags: ['a'] }, 'provider.tags'],
    ['with the configuration of another type', {
      name: 'x', providerType: ProviderType.PROCESS, typeConfig: { config: { case: 'docker' as const, value: {} } },
    }, 'provider.type_config.docker'],
    ['with a configuration that is not known', {
      name: 'x', providerType: ProviderType.PROCESS, typeConfig: { more: { color: 'red' } },
    }, 'provider.type_config.color'],
  ])('are refused %s, with the path of the field', async (_, provider, field) => {
    await expect(server().rpc('ada').unary(registerProvider, { provider })).rejects.toMatchObject({
      grpcStatus: 'INVALID_ARGUMENT', fields: { [field]: expect.any(String) },
    });
  });
});

describe('metrics by gRPC', () => {
  test('count jobs, workers and providers, as REST does', async () => {
    const { rpc, rest } = server();
    const { metrics } = await rpc('ada').unary(getMetrics, {});
    expect(metrics).toMatchObject({
      jobsByState: { PENDING: expect.any(BigInt), RUNNING: expect.any(BigInt) },
      workersByState: { BUSY: expect.any(BigInt) },
    });
    expect(metrics!.providers.map(({ name }) => name)).toEqual(['process', 'yard']);
    expect((await rest('ada').fleetMetrics()).jobs).toMatchObject({
      SUCCEEDED: Number(metrics!.jobsByState['SUCCEEDED']),
    });
  });

  test('are sent repeatedly until the client stops', async () => {
    const ada = server().rpc('ada');
    const stream = ada.stream(streamMetrics, { interval: { seconds: 1n, nanos: 0 } });
    const numbers = stream[Symbol.asyncIterator]();
    const first = await numbers.next();
    const second = await numbers.next();
    expect(second.value!.metrics!.at!.seconds).toBeGreaterThan(first.value!.metrics!.at!.seconds - 1n);
    stream.cancel();
    expect(await stream.ended).toMatchObject({ grpcStatus: 'CANCELLED' });
    const tooOften = ada.stream(streamMetrics, { interval: { seconds: 0n, nanos: 1 } });
    expect(await tooOften.ended).toMatchObject({ fields: { interval: expect.any(String) } });
  });
});
