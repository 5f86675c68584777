import type { Job, JobBirth, JobEvent } from '../../../../domain/job/job.ts';
import type { StandardCommand } from '../../../../domain/job/kind.ts';

/** What was asked for: the `input` of a worker, complete and for good. */
export interface WorkerInput {
  readonly providerId: string;
  readonly providerType: string;
  /** What its provider is to make, plain JSON: `WorkerSpec` without the agent's environment. */
  readonly spec: unknown;
  /** SHA-256 of the one-time token that its agent registers with, hex. */
  readonly registrationHash: string;
  /** The saga that starts it. */
  readonly provisioningSagaId: string;
  /** How long it may live, idle or not. Milliseconds; null: for ever. */
  readonly lifetimeMs: number | null;
  /** How long it may be idle. Milliseconds; null: it is ended after its first job. */
  readonly idleMs: number | null;
}

/** Who speaks for the worker: its agent, over one connection. */
export interface AgentSession {
  /** From 1; whatever comes under an earlier number is refused. */
  readonly number: number;
  /** SHA-256 of the token that the agent reconnects with, hex. */
  readonly tokenHash: string;
  readonly agentVersion: string;
}

export interface WorkerFields {
  /** What the provider calls it; null before it was made. */
  readonly resourceId: string | null;
  /** Null before its agent has registered. */
  readonly session: AgentSession | null;
  /** The job that it has; null while it is idle, and once it has ended. */
  readonly jobId: string | null;
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
      /** The job that it is made for; null: any. */
      readonly jobId: string | null;
      /** How long its agent may take to register. Milliseconds. */
      readonly registerWithinMs: number;
    }
  /** Its provider has made it. */
  | { readonly type: 'provisioned'; readonly resourceId: string }
  /** Its agent is there, for the first time or again. */
  | { readonly type: 'register'; readonly tokenHash: string; readonly agentVersion: string }
  /** It is given the job: `settles` names the step of a saga that waits for that. */
  | {
      readonly type: 'take';
      readonly jobId: string;
      readonly settles: { readonly sagaId: string; readonly step: string };
    }
  /** It has the job no more. */
  | { readonly type: 'free'; readonly jobId: string }
  /** It gets no job any more, and is ended. */
  | { readonly type: 'drain'; readonly reason: string }
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
  | (JobEvent & {
      readonly type: 'WorkerRegistered';
      readonly state: 'READY';
      readonly tokenHash: string;
      readonly agentVersion: string;
    })
  | (JobEvent & { readonly type: 'WorkerReconnected'; readonly tokenHash: string; readonly agentVersion: string })
  | (JobEvent & {
      readonly type: 'WorkerStatusChanged';
      readonly state: 'READY' | 'BUSY' | 'DRAINING';
      readonly from: string;
      /** Of BUSY. */
      readonly jobId?: string;
      /** Of DRAINING. */
      readonly reason?: string;
    })
  | (JobEvent & { readonly type: 'DeadlineCorrected' })
  | (JobEvent & { readonly type: 'WorkerTerminated'; readonly state: 'TERMINATED' });
