import type { Job, JobBirth, JobEvent } from '../../../../domain/job/job.ts';
import type { StandardCommand } from '../../../../domain/job/kind.ts';

/** The request for a worker: its `input`, complete and never changed. */
export interface WorkerInput {
  readonly providerId: string;
  readonly providerType: string;
  /** What its provider is to make, plain JSON: `WorkerSpec` without the agent's environment. */
  readonly spec: unknown;
  /** SHA-256 of the one-time token that its agent registers with, hex. */
  readonly registrationHash: string;
  /** The saga that starts it. */
  readonly provisioningSagaId: string;
  /** Its maximum lifetime, idle or not. Milliseconds; null: no limit. */
  readonly lifetimeMs: number | null;
  /** Null: it was made for one job, and is ended after it. */
  readonly pool: PoolTerms | null;
}

/** How a worker of a warm pool is used. */
export interface PoolTerms {
  /** The version of the provider's record from which it was started: once that has changed, it gets no more jobs. */
  readonly providerVersion: number;
  /** How long it may be idle. Milliseconds. */
  readonly idleMs: number;
  /** After so many it is ended. */
  readonly maxJobs: number;
  /** False: all of its jobs are of one owner, that of the first. */
  readonly shared: boolean;
}

/** Who speaks for the worker: its agent, over one connection. */
export interface AgentSession {
  /** From 1; whatever comes under an earlier number is refused. */
  readonly number: number;
  /** SHA-256 of the token that the agent reconnects with, hex. */
  readonly tokenHash: string;
  /** SHA-256 of what the agent made up when it started, hex: by it the one-time token is its own for good. */
  readonly nonceHash: string;
  readonly agentVersion: string;
}

export interface WorkerFields {
  /** What the provider calls it; null before it was made. */
  readonly resourceId: string | null;
  /** Null before its agent has registered. */
  readonly session: AgentSession | null;
  /** The job that it has; null while it is idle, and once it has ended. */
  readonly jobId: string | null;
  /** Whether its agent may begin with the job; false while that is reserved for it and not validated yet. */
  readonly mayStart: boolean;
  /** Whose jobs it has had; null before the first. Of a warm pool only. */
  readonly servedOwnerId: string | null;
  readonly jobsDone: number;
  /** Why it is ended; null while it is not. */
  readonly endReason: string | null;
}

export type WorkerJob = Job<WorkerFields> & { readonly input: WorkerInput };

export type WorkerCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly traceparent: string | null;
      readonly input: WorkerInput;
      readonly workerId: string;
      /** The job that it is made for; null: any, for a warm pool. */
      readonly jobId: string | null;
      /** How long its agent may take to register. Milliseconds. */
      readonly registerWithinMs: number;
    }
  /** Its provider has made it. */
  | { readonly type: 'provisioned'; readonly resourceId: string }
  /** Its agent is there, for the first time or again. */
  | ({ readonly type: 'register'; readonly leaseMs: number } & Omit<AgentSession, 'number'>)
  /** A warm one is to have the job: nobody else gets it. */
  | { readonly type: 'reserve'; readonly jobId: string; readonly ownerId: string }
  /** Its agent may begin with the job: `settles` names the step of a saga that waits for that. */
  | {
      readonly type: 'take';
      readonly jobId: string;
      readonly settles: { readonly sagaId: string; readonly step: string };
    }
  /** It has the job no more. `reusable`: nothing went wrong that may have been the worker's own fault. */
  | { readonly type: 'free'; readonly jobId: string; readonly reusable: boolean }
  /** It gets no job any more, and is ended. */
  | {
      readonly type: 'drain';
      readonly reason: string;
      /** Not when it has a job by now. */
      readonly onlyIdle?: boolean;
    }
  /** Nothing of it is left at its provider. */
  | { readonly type: 'terminated' };

export type WorkerEvent =
  | (JobBirth & {
      readonly type: 'WorkerProvisioningRequested';
      readonly state: 'CREATING';
      readonly jobType: string;
      readonly input: WorkerInput;
      readonly parentId?: string;
    })
  | (JobEvent & { readonly type: 'WorkerProvisioned'; readonly state?: 'CONNECTING'; readonly resourceId: string })
  | (JobEvent & Omit<AgentSession, 'number'> & { readonly type: 'WorkerRegistered'; readonly state: 'READY' })
  | (JobEvent & Omit<AgentSession, 'number'> & { readonly type: 'WorkerReconnected' })
  | (JobEvent & {
      readonly type: 'WorkerStatusChanged';
      readonly state: 'READY' | 'BUSY' | 'DRAINING';
      readonly from: string;
      /** Of BUSY. */
      readonly jobId?: string;
      /** Of BUSY: the job is reserved for it, and is this owner's. Absent: its agent may begin. */
      readonly reservedBy?: string;
      /** Whether its job has come to an end with it. */
      readonly jobDone?: boolean;
      /** Of DRAINING. */
      readonly reason?: string;
    })
  /** What was reserved may begin. */
  | (JobEvent & { readonly type: 'WorkerAssigned'; readonly jobId: string })
  | (JobEvent & { readonly type: 'DeadlineCorrected' })
  | (JobEvent & { readonly type: 'WorkerTerminated'; readonly state: 'TERMINATED' });
