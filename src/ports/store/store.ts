import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import type { AccountDay } from '../../domain/account/days.ts';
import type { JobHistory } from '../../domain/job/history.ts';
import type { Job, Labels, RecordedEvent } from '../../domain/job/job.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import type { AskedTypes } from './asked-types.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { Commit, CommitResult, Loaded, LoadRequest } from './commit.ts';
import type { EndedObjectStore } from './ended-objects.ts';
import type { EventFeed } from './event-feed.ts';
import type { JobRequests } from './job-requests.ts';
import type { KeptTime } from './kept-time.ts';
import type { StoreMeasures } from './measures.ts';
import type { MessageQueue } from './message-queue.ts';
import type { LogChunks } from './log-chunks.ts';
import type { Outbox } from './outbox.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { RecordReads, Table } from './tables.ts';
import type { TokenStore } from './token-store.ts';
import type { UsageReads } from './usage.ts';
import type { UserStore } from './user-store.ts';
import type { WakeUps } from './wake-ups.ts';
import type { WebhookStore } from './webhook-store.ts';
import type { WorkStore } from './work-store.ts';
import type { WorkerStore } from './worker-store.ts';

/**
 * Where the truth is kept. Nothing here assumes that SQL runs synchronously, that there is one
 * process, or that a job and its account share a database. `testing/store-suite/` is its contract.
 */
export interface Store extends CommitStore {
  /** For logs and `doctor`: "sqlite", "postgres", "durable-object". */
  readonly name: string;
  readonly jobs: JobReads;
  readonly accounts: AccountReads;
  readonly records: RecordReads;
  readonly outbox: Outbox;
  readonly queue: MessageQueue;
  readonly tokens: TokenStore;
  readonly work: WorkStore;
  readonly askedTypes: AskedTypes;
  readonly workers: WorkerStore;
  readonly logs: LogChunks;
  readonly users: UserStore;
  readonly attempts: AttemptStore;
  readonly schedules: ScheduleStore;
  readonly webhooks: WebhookStore;
  readonly retention: Retention;
  readonly usage: UsageReads;
  readonly measures: StoreMeasures;
  readonly endedObjects: EndedObjectStore;
  readonly keptTime: KeptTime;
  /** The clock that all share who use this store, in milliseconds since 1970; absent where it is the machine's own. */
  readonly time?: () => Promise<number>;
  /** Absent where no one database has the events of all jobs. */
  readonly feed?: EventFeed;
  /** Absent where no other program has transactions. */
  readonly requests?: JobRequests;
  /** Absent where there is nobody else to tell, or no way to. */
  readonly wakeUps?: WakeUps;
  /** Throws with a clear message when the store cannot answer or its schema is not the code's. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The one way in. */
export interface CommitStore {
  /**
   * Whether jobs and accounts are kept here together, so that one commit may change both. Where
   * false, what a job means for its account goes through the outbox.
   */
  readonly holdsAccounts: boolean;
  /** All of it as of one moment. */
  load(request: LoadRequest): Promise<Loaded>;
  /**
   * Resolves once the commit survives a power loss. All of it, or nothing and a conflict. Rejects with
   * `CommitAborted` where that is certain; after any other error nobody knows whether it was stored.
   */
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * As `commit`, but resolves as soon as others see it; `durable` resolves, or rejects, once it is known whether it
   * survives a power loss, and whatever was stored before it too. Absent where the two are one.
   */
  commitAhead?(commit: Commit): Promise<{ readonly result: CommitResult; readonly durable: Promise<void> }>;
  /** How many commits the store does better at once than one after the other; 1 if absent. */
  readonly commitsAtOnce?: number;
}

/** Jobs of a kind: one owner's, or everybody's (null). */
export interface JobScope {
  readonly kind: string;
  readonly ownerId: string | null;
}

export interface JobFilter {
  /** Which jobs are looked through at all: at most 100, one of a kind; of none, nothing is listed. */
  readonly scopes: readonly JobScope[];
  /** Those that have all of these, at most `labelLimits.count`. */
  readonly labels?: Labels;
  /** Those that are a part of this job. */
  readonly parentId?: string;
  readonly type?: string;
  readonly state?: string;
  readonly phase?: Phase;
  /** Made at or after this time, as its place has it (`placeOf`). Milliseconds since 1970. */
  readonly createdFrom?: number;
  /** Made before this time. */
  readonly createdBefore?: number;
  /** So many of the newest are left out; 0 to 10,000. */
  readonly offset?: number;
  /** 1 to 1,000. */
  readonly limit: number;
  /** The place of the last job of the page before; jobs older than it follow. */
  readonly before?: string;
  /** Whether with all properties of `input` and `fields`; else those that are large may be missing. */
  readonly whole?: boolean;
}

/** A job for lists: its items are counted, not loaded. */
export type JobSummary = Omit<Job, 'items'>;

export interface JobReads {
  /** With its items; null when there is none. */
  get(id: string): Promise<Job | null>;
  /** Newest first. */
  list(filter: JobFilter): Promise<readonly JobSummary[]>;
  /** How many there are, up to `limit`, which is 1 to 10,001 here; an offset counts for nothing. */
  count(filter: JobFilter): Promise<number>;
  /** The ids of the same jobs. */
  ids(filter: JobFilter): Promise<readonly string[]>;
  /** Bytes of the JSON of those jobs that there are (up to 1,000 ids), by id, without reading it. */
  sizes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** What those jobs that there are (up to 1,000 ids) are, by id. */
  kinds(ids: readonly string[]): Promise<ReadonlyMap<string, Pick<Job, 'kind' | 'type'>>>;
  /** A job's events after a sequence number, oldest first; limit 1 to 1,000. */
  events(jobId: string, options: { readonly after: number; readonly limit: number }): Promise<readonly RecordedEvent[]>;
  /** Jobs whose deadline has passed, the longest overdue first. */
  overdue(now: number, limit: number): Promise<readonly { readonly id: string; readonly kind: string }[]>;
  /** Jobs with a deadline, the first to end first; `limit` is 1 to 1,000. */
  deadlines(filter: DeadlineFilter & { readonly limit: number }):
    Promise<readonly { readonly id: string; readonly kind: string; readonly deadlineAt: number }[]>;
  /** The types that an owner's jobs of the kind have, `limit` (1 to 1,000) of them at most. */
  typesOf(ownerId: string, kind: string, limit: number): Promise<readonly string[]>;
  /** How many jobs there are by kind, type and state. */
  counts(): Promise<readonly JobCount[]>;
  /** Null until the job has ended. */
  history(jobId: string): Promise<JobHistory | null>;
}

export interface DeadlineFilter {
  /** Not sooner than this; when it is just then, with a later id. Milliseconds since 1970. */
  readonly after: number;
  readonly afterId?: string;
  /** Of jobs that were made after this alone. */
  readonly createdAfter?: number;
}

export interface JobCount {
  readonly kind: string;
  readonly type: string;
  readonly state: string;
  readonly count: number;
}

export interface AccountReads {
  get(id: string): Promise<Account | null>;
  reservation(jobId: string): Promise<Reservation | null>;
  /** By id, after `after`, those whose ids begin with `prefix`; limit 1 to 1,000. */
  list(options: AccountFilter): Promise<readonly Account[]>;
  /** Limit 1 to 1,000. */
  ledger(accountId: string, options: LedgerRange): Promise<readonly LedgerEntry[]>;
  /** The days from `from` to `to` on which something moved, oldest first; at most 366 days apart. */
  days(accountId: string, range: { readonly from: number; readonly to: number }): Promise<readonly AccountDay[]>;
}

export interface AccountFilter {
  readonly after: string | null;
  /** Empty: all. */
  readonly prefix: string;
  readonly limit: number;
}

export interface LedgerRange {
  /** The sequence number of the last entry of the page before; 0: none. */
  readonly after: number;
  readonly limit: number;
  /** Default: oldest first. */
  readonly newestFirst?: boolean;
}

export interface Retention {
  /**
   * Deletes what is only kept for a while, oldest first and at most `limit` rows (1 to 10,000): idempotency
   * records made before `before`. Returns how many rows went.
   */
  purgeIdempotency(before: number, limit: number): Promise<number>;
  /**
   * What keeps messages that are gone from their queue from being put again. `before` is compared with when
   * the last lease was to end (a message that is gone has had one). Returns as above.
   */
  purgeMessages(before: number, limit: number): Promise<number>;
  /**
   * Jobs of the kind that ended before `before`, with their events, items, logs, settled reservations, history (not the
   * ledger) and parts (jobs with this `parentId`: sagas, workers), unless objects of theirs are still kept or being
   * deleted, or a part has not ended. A part goes with its job alone. Oldest made first; returns how many went, without
   * the parts.
   */
  purgeJobs(kind: string, before: number, limit: number): Promise<number>;
  /**
   * The named jobs, with all that belongs to them, if they and their parts have ended. Returns the ids of those that
   * went, without their parts'.
   */
  removeJobs(ids: readonly string[]): Promise<readonly string[]>;
  /** Rows of a declared table whose key begins with a text before `before`, in that order. Returns as above. */
  purgeRecords(table: Table, before: string, limit: number): Promise<number>;
  /** Deliveries that are over and were made before `before`. Returns as above. */
  purgeDeliveries(before: number, limit: number): Promise<number>;
}
