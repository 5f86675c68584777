import { describe, expect, test } from 'vitest';
import {
  ExecutionState, JobFailureReason, JobState, PriorityLevel,
} from '../../../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { jobStates } from '../../../src/kinds/command/grpc/enums.ts';
import { stateNumbers } from '../../../src/kinds/command/contract/command-fields.ts';
import {
  cancelJob, commandServer, getJob, listJobs, queue, queueJob, retryJob, statesOf, until, waits, watchJob,
} from './started.ts';

const server = commandServer();
let names = 0;
const newId = (): string => `01935a3e-7c1d-4e62-9f10-${String((names += 1)).padStart(12, '0')}`;
const unknown = '00000000-0000-4000-8000-000000000000';

test('states have the same numbers as in REST', () => {
  expect(jobStates).toEqual(stateNumbers);
});

describe('a job by gRPC', () => {
  test('runs to its end, and is then shown as it was queued, with its execution', async () => {
    const ada = server().rpc('ada');
    const id = await queue(ada, '/bin/bash', { arguments: ['-c', 'exit 7'], environment: { A: '1' } });
    expect((await statesOf(ada, id)).at(-1)).toBe(JobState.FAILED);
    const job = await ada.unary(getJob, { jobId: { value: id } });
    expect(job).toMatchObject({
      status: JobState.FAILED, exitCode: 7, failureReason: JobFailureReason.NON_ZERO_EXIT_CODE,
      errorMessage: expect.stringContaining('7'),
      job: { name: 'test', command: '/bin/bash', arguments: ['-c', 'exit 7'], environment: { A: '1' } },
      executions: [
        {
          executionId: { value: `${id}/1` }, state: ExecutionState.FAILED, exitCode: '7', retryCount: 0,
          jobStatus: JobState.FAILED,
        },
      ],
    });
    expect(await ada.unary(queueJob, { jobDefinition: job.job! })).toMatchObject({
      message: 'The job was queued before.', jobId: { value: id },
    });
    expect(await ada.unary(retryJob, { jobId: { value: id } })).toMatchObject({ status: JobState.PENDING });
    expect((await statesOf(ada, id)).at(-1)).toBe(JobState.FAILED);
    expect((await ada.unary(getJob, { jobId: { value: id } })).executions).toHaveLength(2);
  });

  test('is watched from its current state, with each change of state once', async () => {
    const ada = server().rpc('ada');
    const id = newId();
    await ada.unary(queueJob, { jobDefinition: { jobId: { value: id }, command: 'true', ...waits } });
    const changes = ada.stream(watchJob, { jobId: { value: id } })[Symbol.asyncIterator]();
    expect((await changes.next()).value).toMatchObject({ status: JobState.PENDING });
    await ada.unary(cancelJob, { jobId: { value: id } });
    expect((await changes.next()).value).toMatchObject({ status: JobState.CANCELLED });
    expect((await changes.next()).done).toBe(true);
    expect(await statesOf(ada, id)).toEqual([JobState.CANCELLED]);
    const ran = await queue(ada, 'true');
    const states = await statesOf(ada, ran);
    const all: readonly JobState[] = [JobState.PENDING, JobState.ASSIGNED, JobState.RUNNING, JobState.SUCCEEDED];
    expect(states).toEqual(all.slice(all.indexOf(states[0]!)));
  });

  test('is canceled while it runs, only in the execution that is meant', async () => {
    const ada = server().rpc('ada');
    const id = await queue(ada, 'sleep 60');
    await until(ada, id, JobState.RUNNING);
    const jobId = { value: id };
    const cancel = (executionId: string) =>
      ada.unary(cancelJob, { jobId, executionId: { value: executionId }, reason: 'The branch is gone.' });
    await expect(cancel(`${id}/2`)).rejects.toMatchObject({ grpcStatus: 'FAILED_PRECONDITION' });
    await expect(cancel(`${unknown}/1`)).rejects.toMatchObject({
      grpcStatus: 'INVALID_ARGUMENT', fields: { 'execution_id.value': expect.any(String) },
    });
    expect(await cancel(`${id}/1`)).toMatchObject({ success: true });
    expect((await statesOf(ada, id)).at(-1)).toBe(JobState.CANCELLED);
    expect((await ada.unary(getJob, { jobId })).executions).toMatchObject([{ state: ExecutionState.CANCELLED }]);
    const shown = await server().rest('ada').getJob({ params: { id } });
    expect(shown).toMatchObject({ cancelReason: 'The branch is gone.' });
    await expect(ada.unary(cancelJob, { jobId })).rejects.toMatchObject({ grpcStatus: 'FAILED_PRECONDITION' });
  });

  test('is one job for each id, whatever the order of its maps', async () => {
    const [ada, eve] = [server().rpc('ada'), server().rpc('eve')];
    const jobId = { value: newId() };
    const asked = (environment: Record<string, string>) =>
      ({ jobDefinition: { jobId, name: 'x', command: 'true', environment, ...waits } });
    expect(await ada.unary(queueJob, asked({ A: '1', B: '2' }))).toMatchObject({ message: 'The job is queued.' });
    expect(await ada.unary(queueJob, asked({ B: '2', A: '1' }))).toMatchObject({
      message: 'The job was queued before.', jobId,
    });
    await expect(ada.unary(queueJob, asked({ A: '2' }))).rejects.toMatchObject({ grpcStatus: 'ALREADY_EXISTS' });
    await expect(eve.unary(queueJob, asked({ A: '1', B: '2' }))).rejects.toMatchObject({
      grpcStatus: 'ALREADY_EXISTS',
    });
  });

  test('is its operator’s own; admins see all, and who is no operator nothing', async () => {
    const { rpc, rest } = server();
    const id = await queue(rpc('ada'), 'true', waits);
    const jobId = { value: id };
    await expect(rpc('eve').unary(getJob, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(rpc('eve').unary(cancelJob, { jobId })).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    await expect(statesOf(rpc('eve'), id)).rejects.toMatchObject({ grpcStatus: 'NOT_FOUND' });
    expect(await rpc('admin').unary(getJob, { jobId })).toMatchObject({ job: { jobId } });
    await expect(rpc().unary(getJob, { jobId })).rejects.toMatchObject({ grpcStatus: 'UNAUTHENTICATED' });
    const { key } = await rest('ada').createToken({ body: { name: 'no operator', roles: ['user'] } });
    await expect(rpc(key).unary(getJob, { jobId })).rejects.toMatchObject({ grpcStatus: 'PERMISSION_DENIED' });
    await expect(statesOf(rpc(key), id)).rejects.toMatchObject({ grpcStatus: 'PERMISSION_DENIED' });
  });

  test('is of the kind command: tasks are not found', async () => {
    const { id } = await server().rest('ada').submitTask({ body: { type: 'import', data: {} } });
    const ada = server().rpc('ada');
    for (const method of [getJob, cancelJob, retryJob]) {
      await expect(ada.unary(method as typeof getJob, { jobId: { value: id } })).rejects.toMatchObject({
        grpcStatus: 'NOT_FOUND',
      });
    }
  });
});

describe('a malformed job request', () => {
  test.each([
    ['without a definition', {}, 'job_definition'],
    ['with an id that is none', { jobDefinition: { jobId: { value: 'mine' }, command: 'true' } },
      'job_definition.job_id.value'],
    ['without a command', { jobDefinition: { name: 'x' } }, 'job_definition.command'],
    ['with a time limit of nothing', {
      jobDefinition: { command: 'true', timeout: { executionTimeout: { seconds: 0n, nanos: 0 } } },
    }, 'job_definition.timeout.execution_timeout'],
    ['with less than no memory', { jobDefinition: { command: 'true', requirements: { memoryBytes: -1n } } },
      'job_definition.requirements.memory_bytes'],
    ['for a provider that is not there', {
      jobDefinition: { command: 'true', scheduling: { preferredProvider: 'nowhere' } },
    }, 'job_definition.scheduling.preferred_provider'],
    ['with what is not supported', {
      jobDefinition: { command: 'true', requirements: { gpuTypes: ['a100'] } },
    }, 'job_definition.requirements.gpu_types'],
    ['for another scheduler', { jobDefinition: { command: 'true', scheduling: { schedulerName: 'mine' } } },
      'job_definition.scheduling.scheduler_name'],
    ['with a file of somebody else', { jobDefinition: { command: 'true', inputs: [{ objectKey: 'a', path: 'b' }] } },
      'job_definition.inputs.0.object_key'],
    ['with a name for its variable that is none', { jobDefinition: { command: 'true', environment: { '1A': '' } } },
      'job_definition.environment.1A'],
    ['by somebody with a long name', { jobDefinition: { command: 'true' }, queuedBy: 'x'.repeat(201) }, 'queued_by'],
  ])('%s is refused with the path of the field', async (_, request, field) => {
    await expect(server().rpc('ada').unary(queueJob, request)).rejects.toMatchObject({
      grpcStatus: 'INVALID_ARGUMENT', fields: { [field]: expect.any(String) },
    });
  });
});

test('a job waits for those that it depends on, and is canceled with them unless it runs despite that', async () => {
  const ada = server().rpc('ada');
  const first = await queue(ada, 'true', waits);
  const dependsOn = [{ value: first }];
  const canceled = await queue(ada, 'true', { dependsOn });
  const runs = await queue(ada, 'true', { dependsOn, runIfDependencyFails: true });
  const { job, status } = await ada.unary(getJob, { jobId: { value: runs } });
  expect([job, status]).toMatchObject([{ dependsOn, runIfDependencyFails: true }, JobState.PENDING]);
  await ada.unary(cancelJob, { jobId: { value: first } });
  await until(ada, canceled, JobState.CANCELLED);
  await until(ada, runs, JobState.SUCCEEDED);
});

test('a job that depends on what is not there is refused by the name of the field', async () => {
  const ada = server().rpc('ada');
  const asked = queue(ada, 'true', { dependsOn: [{ value: 'no id' }] });
  await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('depends_on') });
});

test('a definition is returned as it was sent', async () => {
  const ada = server().rpc('ada');
  const jobDefinition = {
    name: 'whole', description: 'All of it.', command: 'bash', environment: { A: '1' }, script: 'echo hi', stdin: 'in',
    requirements: { cpuCores: 0.5, memoryBytes: 536_870_912n, diskBytes: 1n, gpuCount: 0 },
    scheduling: {
      priority: PriorityLevel.HIGH, deadline: { seconds: 3_600n, nanos: 0 }, preferredProvider: 'yard',
      requiredLabels: { zone: 'nowhere' },
    },
    timeout: { executionTimeout: { seconds: 30n, nanos: 500_000_000 }, cleanupTimeout: { seconds: 2n, nanos: 0 } },
    tags: ['a'], workingDirectory: 'w', outputs: ['out'], labels: { team: 'a' },
    retry: {
      maxAttempts: 3, firstBackoff: { seconds: 2n, nanos: 0 }, maxBackoff: { seconds: 60n, nanos: 0 }, onFailure: true,
    },
  };
  const { jobId } = await ada.unary(queueJob, { jobDefinition, queuedBy: 'battery' });
  const { job } = await ada.unary(getJob, { jobId: jobId! });
  expect(job).toMatchObject({ ...jobDefinition, labels: { team: 'a', queued_by: 'battery' } });
});

test('lists of jobs are cut by number, state and the beginning of a name or an id, on REST too', async () => {
  const { rpc, rest } = server();
  const lea = rpc('lea');
  const ids: string[] = [];
  for (const name of ['night-1', 'night-2', 'day']) ids.unshift(await queue(lea, 'true', { name, ...waits }));
  await lea.unary(cancelJob, { jobId: { value: ids[0]! } });
  const list = async (request: object) => {
    const { jobs, totalCount } = await lea.unary(listJobs, request);
    return [totalCount, ...jobs.map(({ name }) => name)];
  };
  expect(await list({})).toEqual([3, 'day', 'night-2', 'night-1']);
  expect(await list({ limit: 1, offset: 1 })).toEqual([3, 'night-2']);
  expect(await list({ status: JobState.CANCELLED })).toEqual([1, 'day']);
  const { UNSPECIFIED: status } = JobState;
  expect(await list({ status, searchTerm: 'night', limit: 1, offset: 1 })).toEqual([2, 'night-1']);
  expect(await list({ searchTerm: ids[0]!.toUpperCase() })).toEqual([1, 'day']);
  expect(await list({ searchTerm: '%' })).toEqual([0]);
  expect(await rest('lea').listCommands({ query: { search: 'night', limit: 1 } })).toMatchObject({
    jobs: [{ name: 'night-2' }], total: 2, totalCapped: false,
  });
  await expect(list({ offset: 10_001 })).rejects.toMatchObject({ fields: { offset: expect.any(String) } });
  await expect(list({ limit: -1 })).rejects.toMatchObject({ fields: { limit: expect.any(String) } });
});
