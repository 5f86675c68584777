import * as z from 'zod';
import { count, jobId, namesOf, time } from '../../../contract/fields.ts';
import { sharedFields } from '../../../contract/jobs.ts';
import { failureReasons } from '../domain/failure.ts';

export type CommandState = 'PENDING' | 'ASSIGNED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED';

const states = namesOf<CommandState>({
  PENDING: true, ASSIGNED: true, RUNNING: true, SUCCEEDED: true, FAILED: true, TIMED_OUT: true, CANCELLED: true,
});

export const commandState = z
  .enum(states)
  .describe('In the order of the lifecycle; the last four are terminal, unless the job is retried.');

/** As clients by gRPC know them; 0 is none. */
export const stateNumbers: Readonly<Record<CommandState, number>> = {
  PENDING: 1, ASSIGNED: 2, RUNNING: 3, SUCCEEDED: 4, FAILED: 5, CANCELLED: 6, TIMED_OUT: 7,
};

const anyCount = count(Number.MAX_SAFE_INTEGER);
const variables = z.record(z.string(), z.string());
const workerId = z.uuid();
const providerId = z.uuid();
const exitCode = z.int().nullable();

const failure = z
  .object({ reason: z.enum(failureReasons), message: z.string().describe('One sentence.') })
  .meta({ id: 'CommandFailure' });

const assignment = z
  .object({
    workerId,
    providerId,
    providerType: z.string(),
    assignedAt: time,
    acceptedAt: time.nullable().describe('When the worker said that it has the job.'),
    startedAt: time.nullable().describe('When the command started.'),
  })
  .meta({ id: 'CommandAssignment' });

const execution = z
  .object({
    attempt: anyCount,
    workerId,
    providerId,
    assignedAt: time,
    startedAt: time.nullable().describe('Null when the command never started.'),
    endedAt: time,
    exitCode,
    failure: failure.nullable(),
  })
  .meta({ id: 'CommandExecution' });

const artifact = z.object({ path: z.string(), size: anyCount.describe('Bytes.') }).meta({ id: 'CommandArtifact' });

const small = {
  ...sharedFields,
  kind: z.literal('command'),
  status: commandState,
  name: z.string(),
  state: commandState.describe('The same as `status`.'),
  stateNumber: count(7, 1).describe(
    'PENDING 1, ASSIGNED 2, RUNNING 3, SUCCEEDED 4, FAILED 5, CANCELLED 6, TIMED_OUT 7: as gRPC has it.',
  ),
  exitCode: exitCode.describe('Of the newest execution that has ended; null when a signal ended it, or none has.'),
  signal: z.string().nullable().describe('`SIGKILL`; null when no signal ended it.'),
  failure: failure.nullable().describe('Why it did not succeed; null while nothing went wrong.'),
  assignment: assignment.nullable().describe('The worker that it has now; null while it waits and when it has ended.'),
  attempt: anyCount.describe('Number of executions that have begun.'),
  maxAttempts: anyCount,
  priority: z.int(),
  timeoutMs: anyCount,
  graceMs: anyCount,
  startWithinMs: anyCount.nullable(),
  runAt: time.describe('Earliest start, or that of the next execution.'),
  cancelRequested: z.boolean().describe('True while the command is being stopped.'),
  cancelReason: z.string().nullable(),
  workingDirectory: z.string().nullable(),
  webhookUrl: z.string().nullable(),
  scheduleId: z.string().nullable().describe('The schedule that submitted it, or null.'),
};

/** Each may be large. */
const large = {
  description: z.string().nullable(),
  command: z.string(),
  arguments: z.array(z.string()),
  script: z.string().nullable(),
  environment: variables,
  secrets: variables.describe('Names of secrets by variable; nobody is shown their values.'),
  stdin: z.string().nullable(),
  requirements: z.object({
    provider: z.string().nullable(),
    image: z.string().nullable(),
    cpuCores: z.number().nullable(),
    memoryBytes: anyCount.nullable(),
    diskBytes: anyCount.nullable(),
    gpuCount: anyCount,
    networkMode: z.string().nullable(),
    labels: variables,
  }),
  inputs: z.array(z.object({ objectKey: z.string(), path: z.string() })),
  outputs: z.array(z.string()),
  dependsOn: z.array(jobId),
  waitsFor: z.array(jobId).describe('Jobs of `dependsOn` that have not ended.'),
  onDependencyFailure: z.enum(['cancel', 'run']),
  retry: z.object({
    maxAttempts: anyCount, backoff: z.object({ firstMs: anyCount, maxMs: anyCount }), on: z.enum(['lost', 'failure']),
  }),
  tags: z.array(z.string()),
  artifacts: z
    .array(artifact)
    .describe('Files that the command left behind; `GET /api/commands/:id/artifacts` answers where they are.'),
  executions: z.array(execution).describe('Those that have ended: the newest 20, oldest first.'),
};

export const commandJob = z.object({ ...small, ...large }).meta({ id: 'CommandJob' });

/** What lists leave out unless it is asked for. */
export const largeCommandFields = Object.keys(large) as readonly (keyof typeof large)[];

export const listedCommandJob = z
  .object({ ...small, ...z.object(large).partial().shape })
  .meta({ id: 'ListedCommandJob', description: 'A command job with those of its large fields that were requested.' });

export const byCommand = z.object({ id: jobId });
