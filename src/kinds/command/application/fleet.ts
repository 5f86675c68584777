import { atMostEvery } from '../../../application/at-most-every.ts';
import { maySee, requireRole, type Caller } from '../../../application/caller.ts';
import { originOf } from '../../../application/operation.ts';
import { readPage } from '../../../application/page.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import type { JobSummary } from '../../../ports/store/store.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { readFleetMetrics, type FleetMetrics } from './fleet-metrics.ts';
import { queueStatus, waitingJobs, type QueueStatus, type WaitingJobs } from './queue.ts';
import { changeWorker } from './workers.ts';

type ListedWorker = JobSummary & Pick<WorkerJob, 'fields' | 'input'>;

/** A worker of a provider, in a list. `fields.jobId` and `parentId` are null where the caller does not see that job. */
export type FleetWorker = Omit<ListedWorker, 'labels'> & {
  /** Null while it has no agent. Milliseconds since 1970. */
  readonly lastHeartbeatAt: number | null;
};

export interface FleetPage {
  readonly workers: readonly FleetWorker[];
  readonly nextCursor: string | null;
}

const notEnded = [{ phase: 'waiting' }, { phase: 'active' }] as const;
/** How long metrics are reused, because counting them in the store is expensive. Milliseconds. */
const freshMs = 1_000;

/** What runs command jobs, for operators. */
export class Fleet {
  readonly #deps: CommandDependencies;
  readonly #metrics: () => Promise<FleetMetrics>;

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
    this.#metrics = atMostEvery(freshMs, () => readFleetMetrics(deps));
  }

  /**
   * Newest first. `providerId` and `jobId`: only its workers, of a job that the caller sees. `cursor`: `nextCursor` of
   * the page before.
   */
  async workers(
    { caller }: RequestContext,
    options: {
      readonly state?: string;
      /** False: only those that have not ended. */
      readonly ended?: boolean;
      readonly providerId?: string;
      readonly jobId?: string;
      readonly limit: number;
      readonly cursor?: string;
    },
  ): Promise<Result<FleetPage>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    const { state, ended, providerId, jobId, limit, cursor } = options;
    const labels = {
      ...(providerId !== undefined && { provider: providerId }), ...(jobId !== undefined && { job: jobId }),
    };
    const phases = ended === false ? notEnded : [{}];
    const { entries, hasMore } = await readPage<ListedWorker>({
      limit,
      firstStep: 4,
      read: async (count, last) => {
        const before = last === null ? cursor : placeOf(last);
        const some = await Promise.all(phases.map((phase) => this.#deps.store.jobs.list({
          scopes: [{ kind: worker.name, ownerId: null }], labels, limit: count, whole: true,
          ...(state !== undefined && { state }), ...(before !== undefined && { before }), ...phase,
        })));
        const newest = some.flat().sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1)).slice(0, count);
        return newest as unknown as readonly ListedWorker[];
      },
    });
    const shown = jobId === undefined ? entries : entries.filter((each) => maySeeJob(caller, each));
    const heartbeats = await this.#deps.store.work.renewedAt(shown.map(({ id }) => id));
    const last = entries.at(-1);
    return ok({
      workers: shown.map((each) => workerFor(caller, each, heartbeats.get(each.id) ?? null)),
      nextCursor: hasMore && last !== undefined ? placeOf(last) : null,
    });
  }

  /**
   * Ends a worker, at once if it is idle. The job that it runs goes to another worker or fails, according to its retry
   * policy.
   */
  async drain(context: RequestContext, workerId: string, reason: string): Promise<Result<null>> {
    const refused = requireRole(context.caller, 'operator');
    if (refused !== null) return refused;
    const drained = await this.#deps.writePath.run<WorkerJob | null>({
      ...originOf(context),
      reads: [ref.job(workerId)],
      decide: (draft) => changeWorker(draft, workerId, { type: 'drain', reason }),
    });
    if (!drained.ok) return drained;
    return drained.value === null ? refuse('not_found', `There is no worker ${workerId}.`) : ok(null);
  }

  /** Counts of the jobs that the caller sees. */
  queue(context: RequestContext): Promise<Result<QueueStatus>> {
    return queueStatus(this.#deps, context);
  }

  /** `limit`: 1 to 100. */
  waiting(context: RequestContext, limit: number): Promise<Result<WaitingJobs>> {
    return waitingJobs(this.#deps, context, limit);
  }

  /** Over the jobs of all operators; as old as a second. */
  async metrics({ caller }: RequestContext): Promise<Result<FleetMetrics>> {
    return requireRole(caller, 'operator') ?? ok(await this.#metrics());
  }
}

/** Whether the caller may see the job that it has or was made for. */
function maySeeJob(caller: Caller, { ownerId, fields: { servedOwnerId } }: ListedWorker): boolean {
  return maySee(caller, servedOwnerId ?? ownerId);
}

function workerFor(caller: Caller, listed: ListedWorker, lastHeartbeatAt: number | null): FleetWorker {
  const { labels: _, ...worker } = listed;
  const { fields, parentId } = worker;
  const isSeen = maySeeJob(caller, listed);
  return {
    ...worker, lastHeartbeatAt, parentId: isSeen ? parentId : null,
    fields: { ...fields, jobId: isSeen ? fields.jobId : null },
  };
}
