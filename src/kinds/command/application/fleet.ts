import { requireRole } from '../../../application/caller.ts';
import { originOf } from '../../../application/operation.ts';
import { readPage } from '../../../application/page.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { JobSummary } from '../../../ports/store/store.ts';
import { command } from '../domain/kind.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { changeWorker } from './workers.ts';

/** A worker of a provider, in a list. */
export type FleetWorker = JobSummary & Pick<WorkerJob, 'fields' | 'input'>;

export interface FleetPage {
  readonly workers: readonly FleetWorker[];
  readonly nextCursor: string | null;
}

/** How many command jobs there are in each state. */
export interface QueueStatus {
  readonly states: Readonly<Record<string, number>>;
  readonly updatedAt: number;
}

/** What runs command jobs, for operators. */
export class Fleet {
  readonly #deps: CommandDependencies;

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  /** Newest first. `providerId` and `jobId`: only its workers. `cursor`: `nextCursor` of the page before. */
  async workers(
    { caller }: RequestContext,
    options: {
      readonly state?: string;
      readonly providerId?: string;
      readonly jobId?: string;
      readonly limit: number;
      readonly cursor?: string;
    },
  ): Promise<Result<FleetPage>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    const { state, providerId, jobId, limit, cursor } = options;
    const labels = {
      ...(providerId !== undefined && { provider: providerId }), ...(jobId !== undefined && { job: jobId }),
    };
    const { entries, hasMore } = await readPage<FleetWorker>({
      limit,
      firstStep: 4,
      read: async (count, last) => {
        const before = last?.id ?? cursor;
        const jobs = await this.#deps.store.jobs.list({
          scopes: [{ kind: worker.name, ownerId: null }], labels, limit: count, whole: true,
          ...(state !== undefined && { state }), ...(before !== undefined && { before }),
        });
        return jobs as unknown as readonly FleetWorker[];
      },
    });
    return ok({ workers: entries, nextCursor: hasMore ? (entries.at(-1)?.id ?? null) : null });
  }

  /** Ends a worker: at once when it is idle; a job that it has goes to another worker or fails, as its policy says. */
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

  /** Over all operators' jobs. */
  async queue({ caller }: RequestContext): Promise<Result<QueueStatus>> {
    const refused = requireRole(caller, 'operator');
    if (refused !== null) return refused;
    const states: Record<string, number> = Object.fromEntries(command.lifecycle.stateNames.map((name) => [name, 0]));
    for (const { kind, state, count } of await this.#deps.store.jobs.counts()) {
      if (kind === command.name) states[state] = (states[state] ?? 0) + count;
    }
    return ok({ states, updatedAt: this.#deps.clock.now() });
  }
}
