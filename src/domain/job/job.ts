import type { Phase } from '../lifecycle.ts';

/** What came of one unit of a job's work. An item without a result has no `Item` yet. */
export interface Item {
  /** Position in the job, from 0. */
  readonly idx: number;
  readonly state: 'done' | 'failed';
  /** Object key of what was delivered; null when failed, or when the worker named none. */
  readonly outputKey: string | null;
  /** Object key of a small picture: of the result, or of what shows why it failed. Null where there is none. */
  readonly previewKey: string | null;
  /** Why it failed, in words for the user; null when done. */
  readonly error: string | null;
  /** The same for programs; null when done, or when the worker gave none. */
  readonly errorCode: string | null;
  /** The probability (0..1) that the result is right, as the worker estimates it; null where it gave none. */
  readonly confidence: number | null;
  /** Milliseconds since 1970 when the result was recorded. */
  readonly recordedAt: number;
}

/** Who is at work on a job now. */
export interface JobLease {
  /** Fencing token: the number of the event that granted it, so that a later lease has a greater one. */
  readonly token: number;
  readonly workerId: string;
}

export type Labels = Readonly<Record<string, string>>;

/** A job of any kind. `fields` are the kind's own, plain JSON. */
export interface Job<Fields = unknown> {
  /** UUIDv7, so that ids sort by creation. */
  readonly id: string;
  readonly kind: string;
  /** The sort of work within the kind, which says who can do it; empty where the kind has none. */
  readonly type: string;
  /** The account that pays and may see it. */
  readonly ownerId: string;
  /** One of the kind's lifecycle states. */
  readonly state: string;
  readonly phase: Phase;
  /** How many events led here; starts at 1. Optimistic locking compares it. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When the first work was seen; null before. */
  readonly startedAt: number | null;
  /** When it became terminal; null before. */
  readonly endedAt: number | null;
  /** When the job is expired if nothing else happens to it; null when it is terminal. */
  readonly deadlineAt: number | null;
  /** W3C traceparent of the request that created it, or null. */
  readonly traceparent: string | null;
  /** How many executions have begun; 0 where the kind does not count them. */
  readonly attempt: number;
  /** What it has cost so far, an integer from 0 on. Micro-dollars. */
  readonly costMicroUsd: number;
  /** What lists find it by, for good: see `Kind.labels` and `labelLimits`. */
  readonly labels: Labels;
  /** The job that it is a part of, or null. */
  readonly parentId: string | null;
  /** Null when no worker has it, or the kind's work is not leased. */
  readonly lease: JobLease | null;
  /** What was submitted, plain JSON, for good; null where the kind keeps all in `fields`. */
  readonly input: unknown;
  readonly fields: Fields;
  readonly items: ReadonlyMap<number, Item>;
}

/** Common part of every kind's events. The rest of an event is its payload, plain JSON. */
export interface JobEvent {
  /** Past tense, unique in its kind: "UploadConfirmed". */
  readonly type: string;
  /** The state that the job entered; absent when the event leaves the state as it is. */
  readonly state?: string;
  /** The new deadline; null: there is none any more. Absent when it stays. Terminal states clear it by themselves. */
  readonly deadlineAt?: number | null;
  /** The new count of executions; absent when it stays. */
  readonly attempt?: number;
  /** The new total of its cost; absent when it stays. */
  readonly costMicroUsd?: number;
  /** Grants the job's lease to this worker. It ends with the next event that enters a state and does not keep it. */
  readonly workerId?: string;
  /** Enters a state, and the lease stays what it is. */
  readonly keepsLease?: true;
  /** The lease under which a worker said so; absent when none did. For the kind's rules: people are not shown it. */
  readonly lease?: ReportedUnder;
  /** Stands in `lease`. */
  readonly token?: never;
}

/** By what a repeated report of a worker is known. */
export interface ReportedUnder {
  /** Fencing token. */
  readonly token: number;
  /** That the worker gave the report: under one lease, numbers only grow. Absent where it gave none. */
  readonly number?: number;
}

/** The first event of a job says who owns it. */
export interface JobBirth extends JobEvent {
  readonly state: string;
  readonly ownerId: string;
  readonly traceparent: string | null;
  /** See `Job.type` and `Job.input`; absent where the kind has none. */
  readonly jobType?: string;
  readonly input?: unknown;
  /** See `Job.parentId`; absent where it is a part of none. */
  readonly parentId?: string;
}

/** An event as it is stored. */
export interface RecordedEvent<E extends JobEvent = JobEvent> {
  readonly jobId: string;
  readonly kind: string;
  /** 1 for the job's first event, without gaps. */
  readonly sequence: number;
  readonly occurredAt: number;
  /** Who said so: a user id, "worker", "system". */
  readonly actor: string;
  /** Ties together what one request caused; the job's id where there was no request id. */
  readonly correlationId: string;
  readonly body: E;
}
