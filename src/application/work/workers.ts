import type { Dependencies } from '../dependencies.ts';
import type { WorkerNote, HeldJob } from '../../ports/store/worker-store.ts';
import { ok, type Result } from '../../domain/errors.ts';

/** Who is at work; for operators, whose role the transport has checked. */
export interface Workers {
  /** By id. `cursor`: the `nextCursor` of the page before; limit 1 to 999. */
  list(options: { readonly limit: number; readonly cursor?: string }): Promise<Result<WorkerPage>>;
}

export interface WorkerPage {
  readonly workers: readonly WorkerView[];
  /** False: more jobs are held than were examined. */
  readonly complete: boolean;
  readonly nextCursor: string | null;
}

export interface WorkerView extends WorkerNote {
  /** `jobs`: those held longest, up to 100. */
  readonly holds: { readonly count: number; readonly jobs: readonly HeldJob[] };
}

/** Of one worker; the others are counted. */
const jobsShown = 100;

export function createWorkers({ store, clock }: Pick<Dependencies, 'store' | 'clock'>): Workers {
  return {
    async list({ limit, cursor }) {
      const now = clock.now();
      // One row more than requested shows whether there is a next page.
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
