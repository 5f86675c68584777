import type { Workers, WorkerView } from '../../../application/work/workers.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { listWorkers, workerRoutes } from '../../../contract/workers.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso } from '../../../contract/times.ts';

export function workerHandlers(workers: Workers): HandlersFor<typeof workerRoutes> {
  return {
    listWorkers: ({ query }) =>
      answering(workers.list(query), (page) => ({ ...page, workers: page.workers.map(workerView) })),
  };
}

function workerView(
  { id, types, holds, since, heardAt }: WorkerView,
): RouteAnswer<typeof listWorkers>['workers'][number] {
  const jobs = holds.jobs.map((job) => ({ id: job.jobId, type: job.type, since: iso(job.since) }));
  return { id, types: [...types], holds: { count: holds.count, jobs }, since: iso(since), heardAt: iso(heardAt) };
}
