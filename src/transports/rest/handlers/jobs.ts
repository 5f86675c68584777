import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { JobRoutes } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { Result } from '../../../contract/errors.ts';
import type { HandlersFor } from '../serve.ts';
import { jobEventView } from '../../../contract/job-event.ts';
import { answering } from './results.ts';

type View = RouteAnswer<JobRoutes['getJob']>;
type Summary = RouteAnswer<JobRoutes['listJobs']>['jobs'][number];

/** Kinds say what their jobs' views have; that it is their contract's is what its tests are for. */
export function jobHandlers(jobs: Jobs): HandlersFor<JobRoutes> {
  return {
    listJobs: ({ context, query: { owner, label, parent, ...filter } }) => {
      const asked = {
        ...filter,
        ...(owner !== undefined && { ownerId: owner }),
        ...(label !== undefined && { labels: label }),
        ...(parent !== undefined && { parentId: parent }),
      };
      return answering(jobs.list(context, asked), (page) => ({ ...page, jobs: page.jobs as readonly Summary[] }));
    },
    jobStats: ({ context, query }) => answering(jobs.stats(context, query.owner), (counts) => ({ counts })),
    getJob: ({ context, params }) => jobs.get(context, params.id) as Promise<Result<View>>,
    cancelJob: ({ context, params }) => jobs.cancel(context, params.id) as Promise<Result<View>>,
    retryJob: ({ context, params }) => jobs.retry(context, params.id) as Promise<Result<View>>,
    listJobEvents: ({ context, params, query }) =>
      answering(jobs.events(context, params.id, query), ({ entries, hasMore }) => ({
        events: entries.map(jobEventView),
        nextAfter: hasMore ? (entries.at(-1)?.sequence ?? null) : null,
      })),
  };
}
