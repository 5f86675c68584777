import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import type { EndedObjects } from '../../domain/job/ended-objects.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { Item, Job, RecordedEvent } from '../../domain/job/job.ts';
import type { LoadedRecord, RecordChange, RecordName } from './tables.ts';
import type { UsageCap } from './usage-cap.ts';
import type { WorkChange } from './work-store.ts';

/**
 * Everything that one batch of commands changes, as a value: stored completely or not at all. Each versioned row names
 * the version that its decision was based on; if any of them has changed, nothing is stored, and the conflict names
 * what to load again.
 */
export interface Commit {
  readonly jobs: readonly JobChange[];
  readonly accounts: readonly AccountRowChange[];
  /** Upserted by job id. Guarded by the version of their account, which is always in `accounts` too. */
  readonly reservations: readonly Reservation[];
  /** Rows of declared tables, each once. */
  readonly records: readonly RecordChange[];
  /** Appended. */
  readonly ledger: readonly LedgerEntry[];
  /** Inserted after `released` rows were deleted; an existing row is a conflict. */
  readonly idempotency: readonly IdempotencyRecord[];
  /** Idempotency records that go, if they still name this resource. */
  readonly released: readonly ReleasedKey[];
  /** In this order. Guarded by the versions of their jobs, which are always in `jobs` too. */
  readonly work: readonly WorkChange[];
  /** Appended in this order. */
  readonly events: readonly RecordedEvent[];
  /** Appended in this order. */
  readonly outbox: readonly NewOutboxMessage[];
  /** Appended; existing rows are unchanged. */
  readonly history: readonly JobHistory[];
  /** Appended; existing rows are unchanged. */
  readonly objects: readonly EndedObjects[];
  /** Of each owner and kind one at most; absent: none. */
  readonly caps?: readonly UsageCap[];
}

export interface JobChange {
  /** The job after the commit; `newItems` are written instead of its `items`. */
  readonly job: Job;
  /** 0: the job must not exist. */
  readonly expectedVersion: number;
  /** The job at `expectedVersion`, null when it is new: a store rewrites only those indexes and counts that move. */
  readonly before: JobBefore | null;
  readonly newItems: readonly Item[];
}

export type JobBefore =
  Pick<Job, 'state' | 'phase' | 'deadlineAt' | 'endedAt' | 'fields' | 'attempt' | 'costMicroUsd' | 'lease'>;

export interface AccountRowChange {
  /** The account after the commit; its version is `expectedVersion` + 1. */
  readonly account: Account;
  /** 0: the account must not exist. */
  readonly expectedVersion: number;
}

export interface IdempotencyRecord {
  /** Who may use the key: `<user id>:<operation>`. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of the payload, hex. */
  readonly fingerprint: string;
  /** What the first request made: a job's id. */
  readonly resourceId: string;
  /** Retention goes by it: `neverForgotten` for what stays until it is released. */
  readonly createdAt: number;
}

export const neverForgotten = Number.MAX_SAFE_INTEGER;

export type ReleasedKey = Pick<IdempotencyRecord, 'scope' | 'key' | 'resourceId'>;

export interface NewOutboxMessage {
  /** What to do: "queue:gpu-jobs", "settle-reservation". */
  readonly topic: string;
  /** Messages of one job are sent in the order in which they were stored. */
  readonly jobId: string;
  /** The job's: owners are served in turn. */
  readonly ownerId: string;
  readonly payload: unknown;
  readonly createdAt: number;
}

export type CommitResult =
  | { readonly ok: true }
  /** Nothing was stored. Refs: `job:<id>`, `account:<id>`, `idempotency:<scope> <key>`, or as `recordRef` has it. */
  | { readonly ok: false; readonly conflicts: readonly string[] };

/**
 * Thrown by `CommitStore.commit` if it failed and certainly stored nothing: its commands may be tried again one by one.
 * After any other error the outcome is unknown, so no command may be repeated.
 */
export class CommitAborted extends Error {
  override readonly name = 'CommitAborted';
}

/** Nothing was stored, because an owner's jobs would have exceeded a cap of the commit. */
export class UsageExceeded extends CommitAborted {
  constructor() {
    super('the jobs of an owner would exceed a quota');
  }
}

export interface LoadRequest {
  readonly jobs: readonly string[];
  readonly accounts: readonly string[];
  /** By job id. */
  readonly reservations: readonly string[];
  readonly records: readonly RecordName[];
  readonly idempotency: readonly { readonly scope: string; readonly key: string }[];
}

/** What of the request there is; in any order, the missing left out. */
export interface Loaded {
  readonly jobs: readonly Job[];
  readonly accounts: readonly Account[];
  readonly reservations: readonly Reservation[];
  readonly records: readonly LoadedRecord[];
  readonly idempotency: readonly IdempotencyRecord[];
}
