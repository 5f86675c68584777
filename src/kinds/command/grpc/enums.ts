import { ExecutionState, JobFailureReason, JobState, PriorityLevel } from
  '../../../contract/proto/generated/waybill/v1/job_pb.ts';
import { ProviderStatus, ProviderType } from '../../../contract/proto/generated/waybill/v1/provider_pb.ts';
import { WorkerState } from '../../../contract/proto/generated/waybill/v1/worker_pb.ts';
import type { CommandState } from '../contract/command-fields.ts';
import type { WorkerState as WorkerStateName } from '../contract/fleet.ts';
import type { FailureReason } from '../domain/failure.ts';

/** The numbers that an enum of the protos has; others are refused before a handler sees them. */
type NumberOf<E> = E[keyof E];

export const jobStates = {
  PENDING: JobState.PENDING,
  ASSIGNED: JobState.ASSIGNED,
  RUNNING: JobState.RUNNING,
  SUCCEEDED: JobState.SUCCEEDED,
  FAILED: JobState.FAILED,
  CANCELLED: JobState.CANCELLED,
  TIMED_OUT: JobState.TIMED_OUT,
} as const satisfies Readonly<Record<CommandState, JobState>>;

/** How far an execution is that the job has come to its end with. */
export const endedExecutions: Readonly<Record<CommandState, ExecutionState>> = {
  PENDING: ExecutionState.FAILED,
  ASSIGNED: ExecutionState.FAILED,
  RUNNING: ExecutionState.FAILED,
  SUCCEEDED: ExecutionState.COMPLETED,
  FAILED: ExecutionState.FAILED,
  CANCELLED: ExecutionState.CANCELLED,
  TIMED_OUT: ExecutionState.TIMEOUT,
};

export const failureNumbers: Readonly<Record<FailureReason, JobFailureReason>> = {
  COMMAND_NOT_FOUND: JobFailureReason.COMMAND_NOT_FOUND,
  PERMISSION_DENIED: JobFailureReason.PERMISSION_DENIED,
  FILE_NOT_FOUND: JobFailureReason.FILE_NOT_FOUND,
  PROCESS_SPAWN_FAILED: JobFailureReason.PROCESS_SPAWN_FAILED,
  EXECUTION_TIMEOUT: JobFailureReason.EXECUTION_TIMEOUT,
  SIGNAL_RECEIVED: JobFailureReason.SIGNAL_RECEIVED,
  OUT_OF_MEMORY: JobFailureReason.OUT_OF_MEMORY,
  NON_ZERO_EXIT_CODE: JobFailureReason.NON_ZERO_EXIT_CODE,
  INFRASTRUCTURE_ERROR: JobFailureReason.INFRASTRUCTURE_ERROR,
  VALIDATION_ERROR: JobFailureReason.VALIDATION_ERROR,
  CONFIGURATION_ERROR: JobFailureReason.CONFIGURATION_ERROR,
  SECRET_INJECTION_ERROR: JobFailureReason.SECRET_INJECTION_ERROR,
  IO_ERROR: JobFailureReason.IO_ERROR,
  UNKNOWN: JobFailureReason.UNKNOWN,
};

/** What agents give as a reason. */
export function failureReasonOf(number: JobFailureReason): FailureReason {
  return nameOf(failureNumbers, number) ?? 'UNKNOWN';
}

/** The priorities that the levels stand for. */
export const priorities: Readonly<Record<NumberOf<typeof PriorityLevel>, number>> = {
  [PriorityLevel.LOW]: 0,
  [PriorityLevel.NORMAL]: 10,
  [PriorityLevel.HIGH]: 100,
  [PriorityLevel.CRITICAL]: 1_000,
};

/** The highest level that a priority comes up to. */
export function priorityLevel(priority: number): PriorityLevel {
  const { CRITICAL, HIGH, NORMAL, LOW } = PriorityLevel;
  return [CRITICAL, HIGH, NORMAL].find((level) => priority >= priorities[level]) ?? LOW;
}

export const workerStates = {
  CREATING: WorkerState.CREATING,
  CONNECTING: WorkerState.CONNECTING,
  READY: WorkerState.READY,
  BUSY: WorkerState.BUSY,
  DRAINING: WorkerState.DRAINING,
  TERMINATED: WorkerState.TERMINATED,
} as const satisfies Readonly<Record<WorkerStateName, WorkerState>>;

const providerTypes: Readonly<Record<string, ProviderType>> = {
  docker: ProviderType.DOCKER,
  kubernetes: ProviderType.KUBERNETES,
  process: ProviderType.PROCESS,
};

/** UNSPECIFIED: a type that somebody has added to this server. */
export function providerTypeNumber(type: string): ProviderType {
  return providerTypes[type] ?? ProviderType.UNSPECIFIED;
}

/** Undefined for UNSPECIFIED. */
export function providerTypeName(type: ProviderType): string | undefined {
  return nameOf(providerTypes, type);
}

/** What an operator sets; null: what the server finds out, or UNSPECIFIED. */
export const settableStatuses: Readonly<
  Record<NumberOf<typeof ProviderStatus>, 'ACTIVE' | 'MAINTENANCE' | 'DISABLED' | null>
> = {
  [ProviderStatus.UNSPECIFIED]: null,
  [ProviderStatus.ACTIVE]: 'ACTIVE',
  [ProviderStatus.MAINTENANCE]: 'MAINTENANCE',
  [ProviderStatus.DISABLED]: 'DISABLED',
  [ProviderStatus.OVERLOADED]: null,
  [ProviderStatus.UNHEALTHY]: null,
  [ProviderStatus.DEGRADED]: null,
};

/** Undefined for UNSPECIFIED, which stands for none. */
export function nameOf<N extends string, T>(numbers: Readonly<Record<N, T>>, number: T): N | undefined {
  return (Object.keys(numbers) as N[]).find((name) => numbers[name] === number);
}
