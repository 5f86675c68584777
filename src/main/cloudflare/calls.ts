import type { ToAccount } from '../../application/accounts/reservations.ts';
import type { AccountView, Accounts, LedgerQuery, ShownEntry } from '../../application/accounts/accounts.ts';
import type { ImageSetMessage } from '../../kinds/image-set/application/message.ts';
import type { ConfirmUpload, ExecuteImageSet, ItemResultInput, JobProgress, JobStatus, RecordedItems } from
  '../../kinds/image-set/application/commands.ts';
import type { Queue } from '../../kinds/image-set/application/queue.ts';
import type { Rule } from '../../kinds/image-set/application/rule.ts';
import type { Rules } from '../../kinds/image-set/application/rules.ts';
import type { ListedJob } from '../../application/jobs/job-kind.ts';
import type { RequestContext } from '../../application/request.ts';
import type { Creation } from '../../kinds/image-set/application/begin-apart.ts';
import type { Submission } from '../../kinds/image-set/application/submit.ts';
import type { Page } from '../../application/page.ts';
import type { Result } from '../../domain/errors.ts';
import type { Reservation } from '../../domain/account/account.ts';
import type { AccountDay } from '../../domain/account/days.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { FoundInputs } from '../../kinds/image-set/domain/inputs.ts';
import type { FirstPictures } from '../../kinds/image-set/application/first-pictures.ts';
import type { InputPhoto } from '../../kinds/image-set/application/inputs.ts';
import type { ResultKeys } from '../../kinds/image-set/application/results.ts';
import type { Said } from './said.ts';

/* What may be asked of the sorts of Durable Objects. Arguments and answers are copied: plain data only. */

type Context = RequestContext;

/** Of the object of one job. */
export interface JobCalls {
  /** Idempotent. */
  create(context: Context, submission: Submission): Promise<Said<Creation>>;
  /** Unless the job is there, it is never created from now on. Idempotent. */
  refuse(jobId: string): Promise<Said<Creation>>;
  /** Its photos, for another job of the same owner. */
  inputs(context: Context, jobId: string, items: readonly number[] | undefined): Promise<Said<FoundInputs>>;
  /** Its photos, to be looked at. */
  photos(context: Context, jobId: string): Promise<Said<readonly InputPhoto[]>>;
  /** What may be downloaded of it. */
  results(context: Context, jobId: string): Promise<Said<ResultKeys>>;
  confirmUpload(context: Context, jobId: string, input: ConfirmUpload): Promise<Said<JobStatus>>;
  execute(context: Context, jobId: string, input: ExecuteImageSet): Promise<Said<JobStatus>>;
  recordItemResult(
    jobId: string,
    input: ItemResultInput,
    correlationId: string,
  ): Promise<Said<JobProgress>>;
  recordItemResults(
    jobId: string,
    inputs: readonly ItemResultInput[],
    correlationId: string,
  ): Promise<Said<RecordedItems>>;
  /** The job as its kind shows it; after the command, where it is one. */
  show(context: Context, jobId: string): Promise<Said<unknown>>;
  cancel(context: Context, jobId: string): Promise<Said<unknown>>;
  retry(context: Context, jobId: string): Promise<Said<unknown>>;
  events(
    context: Context,
    jobId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Said<Page<RecordedEvent>>>;
  /** For lists; null when there is no such job. */
  listed(jobId: string): Promise<Said<ListedJob | null>>;
  /** The first of its pictures; of no job where the caller sees none. */
  firstPictures(context: Context, jobId: string, first: number): Promise<Said<readonly FirstPictures[]>>;
  /** What a worker is to do now: the photos without a result. Null when there is nothing left to do. */
  message(jobId: string): Promise<Said<ImageSetMessage | null>>;
  /** Whether a photo got its result since then, in milliseconds since 1970. */
  hasProgressed(jobId: string, since: number): Promise<Said<boolean>>;
  /** Ends the job early: its queue has no patience left. Answers its state. */
  giveUp(jobId: string, reason: string): Promise<Said<string>>;
  /** What the alarm does, for one that did not ring. */
  repair(jobId: string): Promise<Said<Repaired>>;
}

/** What has become of a job whose object was looked after. */
export interface Repaired {
  /** Whether there is such a job, still or at all. */
  readonly exists: boolean;
  /** When to look after it again, in milliseconds since 1970; null: it has ended, and said all that it had to. */
  readonly checkAt: number | null;
}

/** Of the object of one user. */
export interface AccountCalls {
  reserve(context: Context, submission: Submission): Promise<Said<string>>;
  /** What a job's commit says to its account. Idempotent by the job's id. */
  apply(jobId: string, said: ToAccount): Promise<Said<Reservation>>;
  reservation(jobId: string): Promise<Said<Reservation | null>>;
  /** The job is gone, and no list is to name it; its lines of the ledger stay. Idempotent. */
  forget(jobId: string): Promise<Said<null>>;
  /** The account's jobs, newest first. */
  jobIds(before: string | undefined, limit: number): Promise<Said<readonly string[]>>;
  /** Those that hold a slot. */
  openJobIds(): Promise<Said<readonly string[]>>;
  show(context: Context, accountId: string): Promise<Said<AccountView>>;
  grant(context: Context, accountId: string, input: Parameters<Accounts['grant']>[2]): Promise<Said<AccountView>>;
  ledger(
    context: Context,
    accountId: string,
    asked: LedgerQuery,
  ): Promise<Said<readonly ShownEntry[]>>;
  days(context: Context, accountId: string, count: number): Promise<Said<readonly AccountDay[]>>;
  listRules(context: Context): Promise<Said<readonly Rule[]>>;
  createRule(context: Context, input: Parameters<Rules['create']>[1]): Promise<Said<Rule>>;
  getRule(context: Context, ruleId: string): Promise<Said<Rule>>;
  updateRule(context: Context, ruleId: string, changes: Parameters<Rules['update']>[2]): Promise<Said<Rule>>;
  deleteRule(context: Context, ruleId: string): Promise<Said<null>>;
  /** For the owner's job, which names it. */
  findRule(ruleId: string): Promise<Said<Rule | null>>;
}

/** Of the object that holds the messages for workers that pull. What it does is what the queue of every server does. */
export interface QueueCalls {
  /** A message of each of these jobs, which have none yet or had it before. */
  put(jobIds: readonly string[]): Promise<Said<null>>;
  pull(queue: string, options: PullOptions): SaidBy<'pull'>;
  /** Answers when one may be there to be pulled, or after so long. Takes none. */
  waitForMessages(queue: string, waitMs: number): Promise<Said<null>>;
  acknowledge(...asked: Parameters<Queue['acknowledge']>): SaidBy<'acknowledge'>;
  extend(...asked: Parameters<Queue['extend']>): SaidBy<'extend'>;
}

/** A signal does not reach another object. */
type PullOptions = Omit<Parameters<Queue['pull']>[1], 'signal'>;
type SaidBy<Name extends keyof Queue> =
  Awaited<ReturnType<Queue[Name]>> extends Result<infer Value> ? Promise<Said<Value>> : never;
