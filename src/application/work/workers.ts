import { ok } from '../../domain/errors.ts';
import type { Workers } from '../../kinds/task/application/application.ts';
import type { TaskDependencies } from '../../kinds/task/application/dependencies.ts';

/** Of one worker; the others are counted. */
const jobsShown = 100;

export function createWorkers({ store, clock }: Pick<TaskDependencies, 'store' | 'clock'>): Workers {
  return {
    async list({ limit, cursor }) {
      const now = clock.now();
      // One more than asked for tells whether there is a next page.
      const found = await store.workers.list({
        limit: limit + 1, now, ...(cursor === undefined ? {} : { after: cursor }),
      });
      const page = found.slice(0, limit);
      const nextCursor = found.length > limit ? (page.at(-1)?.id ?? null) : null;
      if (page.length === 0) return ok({ workers: [], complete: true, nextCursor });
      const { jobs, complete } = await store.workers.held(page.map(({ id }) => id), now);
      const byWorker = Map.groupBy(jobs, ({ workerId }) => workerId);
      const workers = page.map((worker) => {
        const held = (byWorker.get(worker.id) ?? []).toSorted((a, b) => a.since - b.since || compare(a.jobId, b.jobId));
        return { ...worker, holds: { count: held.length, jobs: held.slice(0, jobsShown) } };
      });
      return ok({ workers, complete, nextCursor });
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
