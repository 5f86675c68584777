import { ok, refuse } from '../../domain/errors.ts';
import type { Jobs, ListJobs, RequestContext } from '../application.ts';
import { isAdmin, maySee } from '../caller.ts';
import type { Dependencies } from '../dependencies.ts';
import { unknownJob } from '../operation.ts';

export function createJobs({ store }: Pick<Dependencies, 'store'>): Jobs {
  return {
    list: (context, filter) => list(store, context, filter),
    events: async (context, jobId, options) => {
      const job = await store.jobs.get(jobId);
      if (job === null || !maySee(context.caller, job.ownerId)) return unknownJob(jobId);
      return ok(await store.jobs.events(jobId, options));
    },
    history: async (context, jobId) => {
      const history = await store.jobs.history(jobId);
      if (history === null || !maySee(context.caller, history.job.ownerId)) {
        return refuse('not_found', `There is no history of a job ${jobId}: it is unknown, or has not ended.`);
      }
      return ok(history);
    },
    counts: () => store.jobs.counts(),
  };
}

async function list(
  store: Dependencies['store'],
  { caller }: RequestContext,
  { ownerId, kind, status, phase, limit, cursor }: ListJobs,
): ReturnType<Jobs['list']> {
  if (ownerId !== undefined && !maySee(caller, ownerId)) {
    return refuse('forbidden', "Other users' jobs are listed for an admin only.");
  }
  const page = await store.jobs.list({
    ownerId: ownerId ?? (isAdmin(caller) ? null : caller.userId),
    // One more than asked for tells whether there is a next page.
    limit: limit + 1,
    ...(kind === undefined ? {} : { kind }),
    ...(status === undefined ? {} : { state: status }),
    ...(phase === undefined ? {} : { phase }),
    ...(cursor === undefined ? {} : { before: cursor }),
  });
  const jobs = page.slice(0, limit);
  return ok({ jobs, nextCursor: page.length > limit ? (jobs.at(-1)?.id ?? null) : null });
}
