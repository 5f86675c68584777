import type { JobHistory } from '../../domain/job/history.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { Job, RecordedEvent } from '../../domain/job/job.ts';
import type { SagaJob } from '../../domain/saga/types.ts';
import type { JobReads } from '../../ports/store/store.ts';
import type { RequestContext } from '../request.ts';
import { isAdmin, maySee, type Caller } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';
import { readPage, type Page } from '../page.ts';
import { Turns, wholeTurns } from '../turns.ts';
import { storedId } from '../users/stored-id.ts';
import { cancelJob, retryJob } from './change.ts';
import { jobKindOf, type JobKinds } from './job-kind.ts';
import { sagasOf } from './job-sagas.ts';
import { listJobs, type JobPage, type ListJobs } from './list.ts';
import { seesAll, seesJob } from './scopes.ts';
import { countJobs, type CountedJobs } from './stats.ts';

export interface Jobs {
  /** What the caller sees, newest first: its own; an admin everybody's, or `ownerId`'s. */
  list(context: RequestContext, filter: ListJobs): Promise<Result<JobPage>>;
  /** How many of what the caller sees, or of `ownerId`'s, there are by kind and status. */
  stats(context: RequestContext, ownerId?: string): Promise<Result<readonly CountedJobs[]>>;
  /** What kinds say of those of their jobs that the caller sees, beside how many there are. Absent: nothing. */
  figures?(context: RequestContext): Promise<Readonly<Record<string, unknown>>>;
  /** The job as its kind shows it. */
  get(context: RequestContext, jobId: string): Promise<Result<unknown>>;
  /** As `get` afterwards. */
  cancel(context: RequestContext, jobId: string): Promise<Result<unknown>>;
  /** As `get` afterwards. */
  retry(context: RequestContext, jobId: string): Promise<Result<unknown>>;
  /** With `tail`, none but the newest so many of those that there are now. */
  events(
    context: RequestContext,
    jobId: string,
    options: { readonly after: number; readonly limit: number; readonly tail?: number },
  ): Promise<Result<Page<RecordedEvent>>>;
  /** What the server does for it in steps, newest first. */
  sagas(context: RequestContext, jobId: string): Promise<Result<readonly SagaJob[]>>;
  /** What is left of a job that ended; not found before. */
  history(context: RequestContext, jobId: string): Promise<Result<JobHistory>>;
}

type Deps = Pick<Dependencies, 'store' | 'users' | 'kinds' | 'writePath'>;

export function createJobs(deps: Deps, jobKinds: JobKinds): Jobs {
  const { store } = deps;
  const wholePages = new Turns(wholeTurns);
  const view = async (job: Result<Job>): Promise<Result<unknown>> =>
    job.ok ? ok(await jobKindOf(jobKinds, job.value.kind).view(job.value)) : job;
  const find = async ({ caller }: RequestContext, jobId: string): Promise<Result<Job>> => {
    const job = await store.jobs.get(jobId);
    return job !== null && seesJob(deps.kinds, caller, job) ? ok(job) : unknownJob(jobId);
  };
  return {
    list: (context, filter) => listJobs(deps, jobKinds, wholePages, context, filter),
    stats: (context, ownerId) => countJobs(deps, context, ownerId),
    figures: async ({ caller }) => {
      const found = [];
      for (const kind of deps.kinds) {
        const { figures } = jobKinds.get(kind.name) ?? {};
        if (figures !== undefined && seesAll(kind, caller)) found.push(await figures());
      }
      return Object.assign({}, ...found);
    },
    get: async (context, jobId) => view(await find(context, jobId)),
    cancel: async (context, jobId) => view(await cancelJob(deps, context, jobId)),
    retry: async (context, jobId) => {
      const found = await find(context, jobId);
      if (!found.ok) return found;
      return view(await retryJob(deps, jobKindOf(jobKinds, found.value.kind), context, found.value));
    },
    events: async (context, jobId, { after, limit, tail }) => {
      const found = await find(context, jobId);
      if (!found.ok) return found;
      // Its version is the number of its events.
      const beforeTail = tail === undefined ? 0 : found.value.version - tail;
      return ok(await readEvents(store.jobs, jobId, { after: Math.max(after, beforeTail), limit }));
    },
    sagas: async (context, jobId) => {
      const found = await find(context, jobId);
      return found.ok ? ok(await wholePages.take(() => sagasOf(deps, jobId))) : found;
    },
    history: (context, jobId) => showHistory(store.jobs, context, jobId),
  };
}

export async function showHistory(
  jobs: Pick<JobReads, 'history'>,
  { caller }: RequestContext,
  jobId: string,
): ReturnType<Jobs['history']> {
  const history = await jobs.history(jobId);
  if (history !== null && maySee(caller, history.job.ownerId)) return ok(history);
  return refuse('not_found', `There is no history of a job ${jobId}: the job is unknown or has not ended.`);
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
  return refuse('forbidden', "Only an admin can list other users' jobs.");
}
