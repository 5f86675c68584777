import type { JobHistory } from '../../domain/job/history.ts';
import type { Phase } from '../../domain/lifecycle.ts';
import { ok, refuse, type Result } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import type { JobReads, JobSummary } from '../../ports/store/store.ts';
import type { RequestContext } from '../request.ts';
import { isAdmin, maySee, type Caller } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';
import { readPage, type Page } from '../page.ts';
import { storedId } from '../users/stored-id.ts';

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

export function createJobs(deps: Pick<Dependencies, 'store' | 'users' | 'kinds'>): Jobs {
  const { store } = deps;
  return {
    list: (context, filter) => list(deps, context, filter),
    events: async (context, jobId, options) => {
      const job = await store.jobs.get(jobId);
      if (job === null || !maySee(context.caller, job.ownerId)) return unknownJob(jobId);
      return ok(await readEvents(store.jobs, jobId, options));
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
  return refuse('not_found', `There is no history of a job ${jobId}: it is unknown, or has not ended.`);
}

async function list(
  { store, users, kinds }: Pick<Dependencies, 'store' | 'users' | 'kinds'>,
  { caller }: RequestContext,
  { ownerId, kind, status, phase, limit, cursor }: ListJobs,
): ReturnType<Jobs['list']> {
  const owner = await listedOwner(users, caller, ownerId);
  if (!owner.ok) return owner;
  const names = kinds.names.filter((name) => kind === undefined || name === kind);
  const { entries: jobs, hasMore } = await readPage<JobSummary>({
    limit,
    firstStep: 64,
    read: (count, last) => {
      const before = last?.id ?? cursor;
      return store.jobs.list({
        scopes: names.map((name) => ({ kind: name, ownerId: owner.value })),
        limit: count,
        ...(status === undefined ? {} : { state: status }),
        ...(phase === undefined ? {} : { phase }),
        ...(before === undefined ? {} : { before }),
      });
    },
  });
  return ok({ jobs, nextCursor: hasMore ? (jobs.at(-1)?.id ?? null) : null });
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
