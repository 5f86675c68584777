import type { Account, LedgerEntry, Rule } from '../domain/account/account.ts';
import type { PlanName } from '../domain/account/plans.ts';
import type { Result } from '../domain/errors.ts';
import type { JobHistory } from '../domain/job/history.ts';
import type { Item, RecordedEvent } from '../domain/job/job.ts';
import type { Concepts, Preset } from '../kinds/image-set/domain/concepts.ts';
import type { Phase } from '../domain/lifecycle.ts';
import type { QuotaReport } from './quotas/quotas.ts';
import type { JobSummary } from '../ports/store/store.ts';
import type { Caller, Credentials, Role } from './caller.ts';
import type { Page } from './page.ts';

/**
 * What the transports may ask for. On Node it is one object over one store; on Cloudflare the
 * same use cases run inside Durable Objects and a router with this face finds the right one.
 * Every method answers a value; a rejected promise is a bug or a store that cannot answer.
 */
export interface Application {
  readonly imageSets: ImageSets;
  readonly jobs: Jobs;
  readonly accounts: Accounts;
  readonly rules: Rules;
  readonly tokens: Tokens;
  readonly queue: Queue;
  /** Throws with a clear message when a part that is needed cannot answer. */
  ready(): Promise<void>;
}

/** What a request brings beside its body. */
export interface RequestContext {
  readonly caller: Caller;
  /** Absent where the server itself asks. */
  readonly credentials?: Credentials;
  /** Ties together what the request causes; 1 to 200 characters. */
  readonly correlationId: string;
  /** W3C traceparent, when it came with one that is well formed. */
  readonly traceparent: string | null;
}

export interface ImageSets {
  submit(context: RequestContext, input: SubmitImageSet): Promise<Result<SubmittedImageSet>>;
  confirmUpload(
    context: RequestContext,
    jobId: string,
    /** `totalItems`: as many as were reserved, unless given. */
    input: { readonly totalItems?: number; readonly verify?: boolean },
  ): Promise<Result<JobStatus>>;
  execute(context: RequestContext, jobId: string, input: ExecuteImageSet): Promise<Result<JobStatus>>;
  /** From a worker, whose secret the transport has checked. */
  recordItemResult(jobId: string, input: ItemResultInput, correlationId: string): Promise<Result<JobProgress>>;
  cancel(context: RequestContext, jobId: string): Promise<Result<JobStatus>>;
  get(context: RequestContext, jobId: string): Promise<Result<ImageSetView>>;
  presets(): readonly Preset[];
  preset(name: string): Result<Preset>;
}

export interface SubmitImageSet {
  readonly preset: string;
  /** Needed unless `inputsFrom` is given; then as many as are taken from there, if it is given at all. */
  readonly itemCount?: number;
  /** One's own set whose photos are to be used again, all of them or those at `items`, in that order. */
  readonly inputsFrom?: string;
  readonly items?: readonly number[];
  /** Binds each upload's type and length into its URL; as many as `itemCount`. */
  readonly files?: readonly { readonly contentType?: string; readonly contentLength?: number }[];
  readonly idempotencyKey?: string;
}

export interface SubmittedImageSet {
  readonly jobId: string;
  readonly urls: readonly { readonly idx: number; readonly url: string; readonly key: string }[];
  /** Null where nothing is to be uploaded. */
  readonly confirmUrl: string | null;
}

export interface ExecuteImageSet {
  /** What is not given is the rule's, or the preset's without a rule. */
  readonly concepts?: Concepts;
  readonly protect?: readonly string[];
  readonly ruleId?: string;
  readonly outputTemplate?: string;
}

export interface ItemResultInput {
  readonly idx: number;
  readonly status: 'done' | 'failed';
  readonly outputKey?: string;
  readonly previewKey?: string;
  readonly error?: string;
  /** The key of the item's result in the contract, unless given. */
  readonly idempotencyKey?: string;
}

export interface JobStatus {
  readonly jobId: string;
  readonly status: string;
}

export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
}

export interface JobProgress extends JobStatus {
  readonly progress: Progress;
}

export interface ImageSetView extends JobProgress {
  readonly preset: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly cancelReason: 'requested' | 'expired' | null;
  /** Since when its results are gone, and its photos; null: they are kept. */
  readonly purgedAt: number | null;
  readonly inputsPurgedAt: number | null;
  /** Finished items only, by idx. URLs are presigned GETs, present for what was delivered. */
  readonly items: readonly (Pick<Item, 'idx' | 'state' | 'error'> & {
    readonly outputUrl: string | null;
    readonly previewUrl: string | null;
  })[];
}

export interface Jobs {
  /** The caller's own; an admin's list holds every user's, or `ownerId`'s. Newest first. */
  list(context: RequestContext, filter: ListJobs): Promise<Result<JobPage>>;
  events(
    context: RequestContext,
    jobId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Result<Page<RecordedEvent>>>;
  /** What is left of a job that ended; not found before. */
  history(context: RequestContext, jobId: string): Promise<Result<JobHistory>>;
}

export interface ListJobs {
  readonly ownerId?: string;
  readonly kind?: string;
  readonly status?: string;
  readonly phase?: Phase;
  readonly limit: number;
  readonly cursor?: string;
}

/** A job as lists show it. */
export type ListedJob = Omit<JobSummary, 'version' | 'traceparent'>;

export interface JobPage {
  readonly jobs: readonly ListedJob[];
  readonly nextCursor: string | null;
}

export interface AccountView {
  readonly account: Account;
  readonly maxRuleSlots: number;
  readonly maxActiveJobs: number;
  /** Absent where nobody is limited in what is kept, and after a grant. */
  readonly quotas?: QuotaReport;
}

export interface Accounts {
  /** The caller's own; the one that it would get, if it has none yet. */
  me(context: RequestContext): Promise<Result<AccountView>>;
  /** Admin, or the user itself. */
  show(context: RequestContext, accountId: string): Promise<Result<AccountView>>;
  /** Admin. A repeated `idempotencyKey` grants nothing more. */
  grant(
    context: RequestContext,
    accountId: string,
    input: {
      readonly credits: number;
      readonly plan?: PlanName;
      readonly note?: string;
      readonly idempotencyKey?: string;
    },
  ): Promise<Result<AccountView>>;
  ledger(
    context: RequestContext,
    accountId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Result<readonly LedgerEntry[]>>;
}

export interface RuleInput {
  readonly name: string;
  /** The preset that it was made from; null: none. */
  readonly presetId: string | null;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
}

export interface Rules {
  list(context: RequestContext): Promise<Result<readonly Rule[]>>;
  create(context: RequestContext, input: RuleInput): Promise<Result<Rule>>;
  get(context: RequestContext, ruleId: string): Promise<Result<Rule>>;
  /** Changes what is given, and leaves the rest. */
  update(context: RequestContext, ruleId: string, changes: Partial<RuleInput>): Promise<Result<Rule>>;
  delete(context: RequestContext, ruleId: string): Promise<Result<null>>;
}

export interface TokenView {
  readonly id: string;
  readonly userId: string;
  readonly roles: readonly Role[];
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export interface Tokens {
  /**
   * Admin for any user and role; a user for itself with its own roles at most. One that is made with an API key ends
   * when that does. `key` is shown this once. A conflict when the user has as many live ones as may be.
   */
  create(
    context: RequestContext,
    input: {
      readonly name: string;
      readonly userId?: string;
      readonly roles?: readonly Role[];
      /** 1 to 3,650; null: never. */
      readonly expiresInDays: number | null;
    },
  ): Promise<Result<TokenView & { readonly key: string }>>;
  /** The live ones first, newest first. An admin's list holds every user's, or `userId`'s. */
  list(context: RequestContext, filter: ListTokens): Promise<Result<TokenPage>>;
  /** With all that were made with it. */
  revoke(context: RequestContext, tokenId: string): Promise<Result<null>>;
  /** The caller's own, or as admin another user's. */
  revokeAll(context: RequestContext, userId: string | undefined): Promise<Result<{ readonly revoked: number }>>;
  /** Null when the key is unknown, revoked or expired, or when its user is disabled. */
  authenticate(key: string): Promise<AuthenticatedKey | null>;
}

export interface ListTokens {
  readonly userId?: string;
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface TokenPage {
  readonly tokens: readonly TokenView[];
  readonly nextCursor: string | null;
}

export interface AuthenticatedKey {
  readonly caller: Caller;
  readonly credentials: Credentials & { readonly type: 'key' };
}

/** The message of one executed job, in the wire contract's own spelling. */
export interface ImageSetMessage {
  readonly job_id: string;
  readonly user_id: string;
  readonly preset: string;
  readonly concepts: Concepts;
  readonly protect: readonly string[];
  readonly items: readonly {
    readonly idx: number;
    readonly input_key: string;
    readonly input_url: string;
    readonly output_key: string;
    readonly output_url: string;
    readonly preview_key: string;
    readonly preview_url: string;
  }[];
  readonly callback_url: string;
  readonly idempotency_prefix: string;
  readonly batch_concurrency: number;
  readonly rule_id?: string;
  readonly output_template?: string;
}

export interface PulledMessage {
  readonly id: string;
  /** Says which delivery is meant; needed to acknowledge, retry or extend. */
  readonly leaseId: string;
  /** Which delivery this is, from 1. */
  readonly attempts: number;
  readonly body: ImageSetMessage;
}

/** For workers from outside, whose secret the transport has checked. */
export interface Queue {
  /** Waits up to `waitMs` for the first message. Messages of jobs that ended are dropped, not delivered. */
  pull(
    queue: string,
    options: {
      readonly batchSize: number;
      readonly visibilityTimeoutMs: number;
      readonly waitMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<Result<readonly PulledMessage[]>>;
  /** `refused` lists the lease ids that are not (any longer) live. */
  acknowledge(
    queue: string,
    input: {
      readonly acks: readonly string[];
      readonly retries: readonly { readonly leaseId: string; readonly delaySeconds: number }[];
    },
  ): Promise<Result<{ readonly acknowledged: number; readonly retried: number; readonly refused: readonly string[] }>>;
  extend(
    queue: string,
    input: { readonly leaseId: string; readonly visibilityTimeoutMs: number },
  ): Promise<Result<{ readonly expiresAt: number }>>;
}
