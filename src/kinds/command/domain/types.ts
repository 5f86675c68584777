import type {
  DependencyEnded, DependentAdded, DependentsField, OnDependencyFailure, WaitsForField,
} from '../../../domain/job/dependencies.ts';
import type { Job, JobBirth, JobEvent } from '../../../domain/job/job.ts';
import type { StandardCommand } from '../../../domain/job/kind.ts';
import type { Backoff } from '../../../domain/retry.ts';
import type { Failure } from './failure.ts';

/** What a job asks of the worker that runs it. */
export interface Requirements {
  /** A provider's id or name; null: the scheduler chooses. */
  readonly provider: string | null;
  readonly image: string | null;
  /** 0.01 to 1,024. */
  readonly cpuCores: number | null;
  /** Bytes. */
  readonly memoryBytes: number | null;
  /** Bytes. */
  readonly diskBytes: number | null;
  readonly gpuCount: number;
  readonly networkMode: string | null;
  /** Labels that the provider has to have. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RetryPolicy {
  /** Executions at most, 1 to 100. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** `lost`: when the worker was lost. `failure`: also when the command failed or took too long. */
  readonly on: 'lost' | 'failure';
}

/** What is brought into the work directory before the command starts. */
export interface ArtifactInput {
  readonly objectKey: string;
  /** Relative to the work directory. */
  readonly path: string;
}

/** What was submitted: the job's `input`, complete and for good. */
export interface CommandInput {
  readonly name: string;
  readonly description: string | null;
  /** A program when there are arguments or a script's interpreter is named; else a line for the shell. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** Text that `command` is given as a file; null: none. */
  readonly script: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of secrets by the variable that the command finds them in. Their values are never stored here. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Relative to the work directory, or absolute; null: the work directory. */
  readonly workingDirectory: string | null;
  readonly stdin: string | null;
  readonly requirements: Requirements;
  /** −1,000 to 1,000; the greatest first. */
  readonly priority: number;
  /** How long the command may run. Milliseconds. */
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. Milliseconds. */
  readonly graceMs: number;
  /** How long it may wait to be started once it is due and waits for no other job; null: forever. Milliseconds. */
  readonly startWithinMs: number | null;
  readonly inputs: readonly ArtifactInput[];
  /** Files, folders and patterns, relative to the work directory. */
  readonly outputs: readonly string[];
  /** Ids of the jobs that have to end first; of whatever kinds, none twice. */
  readonly dependsOn: readonly string[];
  readonly onDependencyFailure: OnDependencyFailure;
  readonly retry: RetryPolicy;
  readonly labels: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly webhookUrl: string | null;
  readonly scheduleId: string | null;
}

/** The worker that is to run the job, or runs it. */
export interface Assignment {
  readonly workerId: string;
  readonly providerId: string;
  readonly providerType: string;
  readonly executionSagaId: string;
  /** Null where the worker was there already. */
  readonly provisioningSagaId: string | null;
  /** When its agent accepted the job. Milliseconds since 1970. */
  readonly acceptedAt: number | null;
  readonly runningSince: number | null;
}

export interface Artifact {
  /** Relative to the work directory. */
  readonly path: string;
  readonly objectKey: string;
  /** Bytes. */
  readonly size: number;
}

/** How the command ended, as its agent saw it. */
export interface CommandResult {
  /** Null when it was ended by a signal, or never started. */
  readonly exitCode: number | null;
  /** "SIGKILL"; null when it ended by itself. */
  readonly signal: string | null;
  /** Null when it did what it should. */
  readonly failure: Failure | null;
  readonly artifacts: readonly Artifact[];
}

/** One execution, when it is over. */
export interface Execution {
  readonly attempt: number;
  readonly workerId: string;
  readonly providerId: string;
  readonly assignedAt: number;
  /** Null when the command never started. Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly exitCode: number | null;
  readonly failure: Failure | null;
}

export interface CommandFields extends DependentsField, WaitsForField {
  /** It is not started before. */
  readonly runAt: number;
  /** Null while it waits, and once it has ended. */
  readonly assignment: (Assignment & { readonly assignedAt: number }) | null;
  /** Of the newest execution that ended; null before. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it is not SUCCEEDED; null while nothing went wrong. */
  readonly failure: Failure | null;
  readonly artifacts: readonly Artifact[];
  /** The newest, oldest first: at most `keptExecutions`. */
  readonly executions: readonly Execution[];
  /** How often in a row no worker could be had. */
  readonly failedAssignments: number;
  readonly cancelRequested: boolean;
  /** Who asked, and why; null unless it was canceled. */
  readonly cancelReason: string | null;
  /** The saga that finds out what became of the worker; null unless one does. */
  readonly recoverySagaId: string | null;
}

export type CommandJob = Job<CommandFields> & { readonly input: CommandInput };

/** Whose word it is: the fencing token of the agent's lease. */
interface Fenced {
  readonly token: number;
}

export type CommandCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly traceparent: string | null;
      readonly input: CommandInput;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    }
  /**
   * A scheduler has found a worker. `leaseMs`: how long the worker may take until its agent is heard of; `uploadMs`:
   * how long its agent may take to upload what the command leaves behind.
   */
  | {
      readonly type: 'assign';
      readonly workerId: string;
      readonly providerId: string;
      readonly providerType: string;
      readonly executionSagaId: string;
      readonly provisioningSagaId: string | null;
      readonly leaseMs: number;
      readonly uploadMs: number;
    }
  /** No provider can ever run it. */
  | { readonly type: 'reject'; readonly failure: Failure }
  /** The worker cannot be had. `retryable`: another one may. */
  | {
      readonly type: 'unassign';
      readonly workerId: string;
      readonly failure: Failure;
      readonly retryable: boolean;
      /** In [0, 1), for the jitter. */
      readonly random: number;
    }
  | (Fenced & { readonly type: 'accept' })
  | (Fenced & { readonly type: 'start' })
  /** `random` in [0, 1), for the jitter. */
  | (Fenced & { readonly type: 'finish'; readonly result: CommandResult; readonly random: number })
  /** The agent stops before the command has started. */
  | (Fenced & { readonly type: 'release' })
  /** The fate of the lost worker is known. If the job may run `again`, nothing of that worker runs any longer. */
  | {
      readonly type: 'recover';
      readonly sagaId: string;
      readonly failure: Failure;
      readonly random: number;
      /** False: it is unknown whether the worker is gone, so the job must not run again. */
      readonly again: boolean;
    };

interface StatusChange extends JobEvent {
  readonly type: 'JobStatusChanged';
  readonly from: string;
}

export type CommandEvent =
  | (JobBirth & {
      readonly type: 'JobCreated';
      readonly state: 'PENDING';
      readonly input: CommandInput;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    })
  | (JobEvent & {
      readonly type: 'JobAssigned';
      readonly state: 'ASSIGNED';
      readonly attempt: number;
      readonly workerId: string;
      readonly assignment: Omit<Assignment, 'acceptedAt' | 'runningSince'>;
    })
  | (JobEvent & { readonly type: 'JobAccepted' })
  | (StatusChange & { readonly state: 'RUNNING'; readonly keepsLease: true })
  | (StatusChange & {
      readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED';
      /** Null if no command was started, or if its end is unknown. */
      readonly result: CommandResult | null;
      /** Null for SUCCEEDED; why it was canceled, for CANCELLED. */
      readonly failure: Failure | null;
      readonly reason?: string;
    })
  /** It is to be started again, not before `runAt`. */
  | (StatusChange & {
      readonly state: 'PENDING';
      readonly failure: Failure | null;
      readonly result: CommandResult | null;
      readonly runAt: number;
      readonly failedAssignments: number;
    })
  | DependentAdded
  | DependencyEnded
  | (JobEvent & { readonly type: 'DeadlineCorrected' })
  | (JobEvent & { readonly type: 'CancelRequested'; readonly reason: string })
  /** Its worker was not heard of any more. */
  | (JobEvent & {
      readonly type: 'WorkerLost';
      readonly state: 'ASSIGNED' | 'RUNNING';
      readonly recoverySagaId: string;
      readonly timedOut: boolean;
    })
  | (JobEvent & {
      readonly type: 'JobRetried';
      readonly state: 'PENDING';
      readonly attempt: 0;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    });
