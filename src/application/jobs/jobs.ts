import type { JobHistory } from '../../domain/job/history.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import { InvariantViolation, ok, refuse, type Result } from '../../domain/errors.ts';
import type { Job, RecordedEvent } from '../../domain/job/job.ts';
import type { JobReads, JobSummary } from '../../ports/store/store.ts';
import type { RequestContext } from '../request.ts';
import { isAdmin, maySee, type Caller } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';
import { readPage, type Page } from '../page.ts';
import { storedId } from '../users/stored-id.ts';
import { cancelJob, retryJob } from './change.ts';
import type { JobKinds } from './job-kind.ts';
import { scopes, seesJob } from './scopes.ts';

export interface Jobs {
  /** What the caller sees, newest first: its own; an admin everybody's, or `ownerId`'s. */
  list(context: RequestContext, filter: ListJobs): Promise<Result<JobPage>>;
  /** The job as its kind shows it. */
  get(context: RequestContext, jobId: string): Promise<Result<unknown>>;
  /** As `get` afterwards. */
  cancel(context: RequestContext, jobId: string): Promise<Result<unknown>>;
  /** As `get` afterwards. */
  retry(context: RequestContext, jobId: string): Promise<Result<unknown>>;
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

export interface JobPage {
  /** As their kinds show them in lists. */
  readonly jobs: readonly unknown[];
  readonly nextCursor: string | null;
}

type Deps = Pick<Dependencies, 'store' | 'users' | 'kinds' | 'writePath'>;

export function createJobs(deps: Deps, jobKinds: JobKinds): Jobs {
  const { store } = deps;
  const view = async (job: Result<Job>): Promise<Result<unknown>> =>
    job.ok ? ok(await jobKindOf(jobKinds, job.value.kind).view(job.value)) : job;
  const find = async ({ caller }: RequestContext, jobId: string): Promise<Result<Job>> => {
    const job = await store.jobs.get(jobId);
    return job !== null && seesJob(deps.kinds, caller, job) ? ok(job) : unknownJob(jobId);
  };
  return {
    list: (context, filter) => list(deps, jobKinds, context, filter),
    get: async (context, jobId) => view(await find(context, jobId)),
    cancel: async (context, jobId) => view(await cancelJob(deps, context, jobId)),
    retry: async (context, jobId) => {
      const found = await find(context, jobId);
      if (!found.ok) return found;
      return view(await retryJob(deps, jobKindOf(jobKinds, found.value.kind), context, found.value));
    },
    events: async (context, jobId, options) => {
      const found = await find(context, jobId);
      return found.ok ? ok(await readEvents(store.jobs, jobId, options)) : found;
    },
    history: (context, jobId) => showHistory(store.jobs, context, jobId),
  };
}

/** Throws when the server has no such kind. */
export function jobKindOf<T>(jobKinds: ReadonlyMap<string, T>, name: string): T {
  const kind = jobKinds.get(name);
  if (kind === undefined) throw new InvariantViolation(`nothing shows jobs of the kind ${JSON.stringify(name)}`);
  return kind;
}

export async function showHistory(
  jobs: Pick<JobReads, 'history'>,
  { caller }: RequestContext,
  jobId: string,
): ReturnType<Jobs['history']> {
  const history = await jobs.history(jobId);
  if (history !== null && maySee(caller, history.job.ownerId)) return ok(history);
  return refuse('not_found', `There is no history of a job ${jobId}: it is unknown, or has not ended.`);
}

async function list(
  { store, users, kinds }: Pick<Dependencies, 'store' | 'users' | 'kinds'>,
  jobKinds: JobKinds,
  { caller }: RequestContext,
  { ownerId, kind, status, phase, limit, cursor }: ListJobs,
): ReturnType<Jobs['list']> {
  const seen = scopes(kinds, caller, ownerId === undefined ? undefined : await storedId(users, ownerId));
  if (!seen.ok) return seen;
  const wanted = seen.value.filter((one) => kind === undefined || one.kind === kind);
  if (kind !== undefined && wanted.length === 0) {
    const known = `must be one of ${seen.value.map((one) => one.kind).join(', ')}`;
    return refuse('invalid_request', `The kind ${known}.`, { fields: { kind: known } });
  }
  const { entries: jobs, hasMore } = await readPage<JobSummary>({
    limit,
    firstStep: 64,
    read: (count, last) => {
      const before = last?.id ?? cursor;
      return store.jobs.list({
        scopes: wanted,
        limit: count,
        ...(status === undefined ? {} : { state: status }),
        ...(phase === undefined ? {} : { phase }),
        ...(before === undefined ? {} : { before }),
      });
    },
  });
  return ok({
    jobs: jobs.map((job) => jobKindOf(jobKinds, job.kind).summary(job, [])),
    nextCursor: hasMore ? (jobs.at(-1)?.id ?? null) : null,
  });
}

/** Any of them may have what was submitted in it, or a result. */
export function readEvents(
  jobs: Pick<JobReads, 'events'>,
  jobId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<Page<RecordedEvent>> {
  return readPage<RecordedEvent>({
    limit,
    firstStep: 8,
    read: (count, last) => jobs.events(jobId, { after: last?.sequence ?? after, limit: count }),
  });
}

/** Whose jobs are listed; null: everybody's. */
export async function listedOwner(
  users: Dependencies['users'],
  caller: Caller,
  ownerId: string | undefined,
): Promise<Result<string | null>> {
  if (ownerId === undefined) return ok(isAdmin(caller) ? null : caller.userId);
  const owner = await storedId(users, ownerId);
  if (maySee(caller, owner)) return ok(owner);
  return refuse('forbidden', "Other users' jobs are listed for an admin only.");
}
