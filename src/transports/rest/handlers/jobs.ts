import type { Jobs } from '../../../application/jobs/jobs.ts';
import type { JobRoutes } from '../../../contract/jobs.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { badFields, type Result } from '../../../contract/errors.ts';
import { labelsIn } from '../../../contract/labels.ts';
import type { HandlersFor } from '../serve.ts';
import { jobEventView } from '../../../contract/job-event.ts';
import { jobSagaView } from '../../../contract/job-saga.ts';
import { answering } from './results.ts';

type View = RouteAnswer<JobRoutes['getJob']>;
type Summary = RouteAnswer<JobRoutes['listJobs']>['jobs'][number];

/** Kinds say what their jobs' views have; that it is their contract's is what its tests are for. */
export function jobHandlers(jobs: Jobs, routes: JobRoutes): HandlersFor<JobRoutes> {
  const { shape } = routes.listJobs.query;
  return {
    listJobs: async ({ context, query: { owner, label, parent, ...query } }) => {
      const named = labelsIn(shape, query);
      const filter = named === undefined ? query : without(query, Object.keys(named));
      if (filter.offset !== undefined && filter.cursor !== undefined) {
        return { ok: false, refusal: badFields({ offset: 'cannot be combined with cursor' }) };
      }
      const asked = {
        ...filter,
        ...(owner !== undefined && { ownerId: owner }),
        ...((label ?? named) !== undefined && { labels: { ...label, ...named } }),
        ...(parent !== undefined && { parentId: parent }),
      };
      return answering(jobs.list(context, asked), (page) => ({ ...page, jobs: page.jobs as readonly Summary[] }));
    },
    jobStats: async ({ context, query }) => {
      const figures = query.owner === undefined ? await jobs.figures?.(context) : undefined;
      return answering(jobs.stats(context, query.owner), (counts) => ({ ...figures, counts }));
    },
    getJob: ({ context, params }) => jobs.get(context, params.id) as Promise<Result<View>>,
    cancelJob: ({ context, params }) => jobs.cancel(context, params.id) as Promise<Result<View>>,
    retryJob: ({ context, params }) => jobs.retry(context, params.id) as Promise<Result<View>>,
    listJobSagas: ({ context, params }) =>
      answering(jobs.sagas(context, params.id), (sagas) => ({ sagas: sagas.map(jobSagaView) })),
    listJobEvents: ({ context, params, query }) =>
      answering(jobs.events(context, params.id, query), ({ entries, hasMore }) => ({
        events: entries.map(jobEventView),
        nextAfter: hasMore ? (entries.at(-1)?.sequence ?? null) : null,
      })),
  };
}

function without<T extends object>(query: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name))) as T;
}
