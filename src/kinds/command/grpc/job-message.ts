import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { ExecutionState, type JobExecutionSchema, type JobSummarySchema } from
  '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import type { GetJobResponseSchema, WatchJobResponseSchema } from
  '../../../contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import type { CommandState } from '../contract/command-fields.ts';
import type { ListedCommand } from '../application/jobs.ts';
import type { CommandJob, Execution } from '../domain/types.ts';
import { definitionOf } from './definition.ts';
import { endedExecutions, failureNumbers, jobStates } from './enums.ts';

type ExecutionMessage = MessageInitShape<typeof JobExecutionSchema>;

function executionId(jobId: string, attempt: number): string {
  return `${jobId}/${attempt}`;
}

/** Undefined when it names no execution of the job. */
export function attemptOf(jobId: string, id: string): number | undefined {
  const [, of, attempt] = /^(.+)\/([1-9]\d{0,8})$/.exec(id) ?? [];
  return of?.toLowerCase() === jobId ? Number(attempt) : undefined;
}

export function stateOf({ state }: Pick<CommandJob, 'state'>) {
  return jobStates[state as CommandState];
}

export function jobMessage(job: CommandJob): MessageInitShape<typeof GetJobResponseSchema> {
  const { id, input, createdAt, fields: { failure, exitCode } } = job;
  return {
    job: definitionOf(id, input),
    status: stateOf(job),
    executions: executionsOf(job),
    createdAt: timestampFromMs(createdAt),
    errorMessage: failure?.message ?? '',
    ...(failure !== null && { failureReason: failureNumbers[failure.reason] }),
    ...(exitCode !== null && { exitCode }),
  };
}

export function changeMessage(job: CommandJob): MessageInitShape<typeof WatchJobResponseSchema> {
  const execution = executionsOf(job).at(-1);
  return {
    status: stateOf(job), changedAt: timestampFromMs(job.updatedAt), ...(execution !== undefined && { execution }),
  };
}

/** Those that are over, and the one that is under way. */
function executionsOf(job: CommandJob): ExecutionMessage[] {
  const { executions, assignment } = job.fields;
  const over = executions.map((execution, index) => overMessage(job, execution, index === executions.length - 1));
  if (assignment === null) return over;
  const { workerId, providerId, providerType, runningSince } = assignment;
  return [
    ...over,
    {
      ...sharedOf(job, { attempt: job.attempt, workerId }),
      state: runningSince === null ? ExecutionState.STARTING : ExecutionState.RUNNING,
      ...(runningSince !== null && { startTime: timestampFromMs(runningSince) }),
      metadata: { provider: providerId, provider_type: providerType },
    },
  ];
}

function overMessage(job: CommandJob, execution: Execution, isNewest: boolean): ExecutionMessage {
  const { startedAt, endedAt, exitCode, failure, providerId } = execution;
  return {
    ...sharedOf(job, execution),
    state: isNewest && job.endedAt !== null ? endedExecutions[job.state as CommandState] : overState(execution),
    ...(startedAt !== null && { startTime: timestampFromMs(startedAt) }),
    endTime: timestampFromMs(endedAt),
    exitCode: exitCode === null ? '' : String(exitCode),
    errorMessage: failure?.message ?? '',
    ...(failure !== null && { failureReason: failureNumbers[failure.reason] }),
    metadata: { provider: providerId },
  };
}

/** Of an execution after which the job waited for another one. */
function overState({ failure }: Execution): ExecutionState {
  return failure?.reason === 'EXECUTION_TIMEOUT' ? ExecutionState.TIMEOUT : ExecutionState.FAILED;
}

function sharedOf(job: CommandJob, { attempt, workerId }: Pick<Execution, 'attempt' | 'workerId'>) {
  return {
    executionId: { value: executionId(job.id, attempt) },
    jobId: { value: job.id },
    workerId: { value: workerId },
    jobStatus: stateOf(job),
    retryCount: Math.max(0, attempt - 1),
  };
}

export function summaryMessage(job: ListedCommand, now: number): MessageInitShape<typeof JobSummarySchema> {
  const { id, input, createdAt, startedAt, endedAt } = job;
  return {
    jobId: { value: id },
    name: input.name,
    status: stateOf(job),
    createdAt: timestampFromMs(createdAt),
    ...(startedAt !== null && {
      startedAt: timestampFromMs(startedAt), duration: durationFromMs(Math.max(0, (endedAt ?? now) - startedAt)),
    }),
    ...(endedAt !== null && { completedAt: timestampFromMs(endedAt) }),
    progressPercentage: endedAt === null ? 0 : 100,
  };
}
