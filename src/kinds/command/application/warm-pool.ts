import { refuse, type Result } from '../../../domain/errors.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { canRun, type ProviderView, type WarmWorker } from '../domain/choose-provider.ts';
import { command } from '../domain/kind.ts';
import type { CommandInput } from '../domain/types.ts';
import { endOfLife } from '../domain/worker/decide.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { capacityOf, providerConfigs, sparesOf, type StoredProvider } from './provider-records.ts';
import { createWorker, standardSpec, tellWorker, workersIn } from './workers.ts';

type View = ProviderView & { readonly stored: StoredProvider };

const pollMs = 2_000;
/** Workers of one pool that one round begins with. */
const maxMade = 20;
/** Jobs that wait and are looked at. */
const perOwner = 50;
const failureBackoff = { firstMs: 2_000, maxMs: 60_000 } as const;

/** Whose name is on workers that are made for nobody. */
const poolOwner = 'system';

/**
 * The views with the warm workers of each provider. Workers started from an older version of the provider's record do
 * not count, because the configuration may have been different.
 */
export async function withWarmWorkers(deps: CommandDependencies, views: readonly View[]): Promise<readonly View[]> {
  return Promise.all(views.map(async (view) => {
    if (view.stored.pool.size === 0) return view;
    const [ready, draining] = await Promise.all(
      ['READY', 'DRAINING'].map((state) => workersIn(deps, state, view.id)),
    ) as [readonly WorkerJob[], readonly WorkerJob[]];
    return { ...view, warm: ready.flatMap((job) => warmOf(job, view.stored) ?? []), ending: draining.length };
  }));
}

function warmOf(job: WorkerJob, { version }: StoredProvider): WarmWorker | null {
  const { pool } = job.input;
  if (pool === null || pool.providerVersion !== version) return null;
  return { id: job.id, ownerId: pool.shared ? null : job.fields.servedOwnerId, until: endOfLife(job) };
}

/**
 * Maintains the warm pools of all providers: starts spare workers while there are fewer than the pool's size and no job
 * waits for the places, and ends those that no job should get. Any number of servers may do this at once: a worker
 * takes its place in the pool and at the provider in the commit that creates it.
 */
export class WarmPools {
  readonly #deps: CommandDependencies;
  /** Of pools whose workers end before their agents register: how often in a row, and when to try again. */
  readonly #failing = new Map<string, { readonly count: number; readonly until: number }>();
  /** Those that were made, until it is known whether their agents register. */
  readonly #made = new Map<string, string>();

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  /** Answers in how many milliseconds to look again at the latest. */
  async round(): Promise<number> {
    const views = await this.#deps.providers.views();
    await this.#lookAtMade();
    let waiting: Promise<readonly CommandInput[]> | null = null;
    await Promise.all(views.map((view) => this.#keep(view, () => (waiting ??= this.#waiting()))));
    return pollMs;
  }

  async #keep(view: View, waiting: () => Promise<readonly CommandInput[]>): Promise<void> {
    const { stored } = view;
    await this.#endOutdated(stored);
    if (stored.pool.size === 0 || !view.available) return;
    if ((this.#failing.get(view.id)?.until ?? 0) > this.#deps.clock.now()) return;
    const before = (await waiting()).filter(({ requirements }) => canRun(requirements, view)).length;
    const room = view.free - before;
    for (let made = 0; made < Math.min(room, stored.pool.size, maxMade); made += 1) {
      if (!(await this.#make(stored)).ok) return;
    }
  }

  /** Jobs that come before idle workers, where they can run. */
  async #waiting(): Promise<readonly CommandInput[]> {
    const { store } = this.#deps;
    const candidates = await store.work.candidates({ kind: command.name, after: '', perOwner });
    const jobs = await Promise.all(candidates.map(({ jobId }) => store.jobs.get(jobId)));
    return jobs.flatMap((job) => (job?.state === 'PENDING' ? [job.input as CommandInput] : []));
  }

  /** Refused when there are enough, or no place is free. */
  async #make({ id }: StoredProvider): Promise<Result<unknown>> {
    const { ids, tokens, writePath, fleet } = this.#deps;
    const { registerWithinMs, workerLifetimeMs: lifetimeMs } = fleet.settings;
    const [workerId, provisioningSagaId] = [ids.uuid(), ids.uuid()];
    const registrationHash = await tokens.hash(await tokens.registration(workerId));
    const made = await writePath.run({
      actor: 'system', correlationId: workerId,
      reads: [ref.record(providerConfigs, [id]), counterRef(capacityOf(id)), counterRef(sparesOf(id))],
      decide: (draft) => {
        const provider = draft.record(providerConfigs, [id]);
        if (provider?.status !== 'ACTIVE') return refuse('unavailable', 'The provider takes no workers.');
        const { type, version, pool: { idleMs, jobsPerWorker, shared } } = provider;
        const pool = { providerVersion: version, idleMs, maxJobs: jobsPerWorker, shared };
        return createWorker(draft, {
          workerId, ownerId: poolOwner, jobId: null, provider, registerWithinMs,
          input: {
            providerId: id, providerType: type, spec: { ...standardSpec, lifetimeMs }, registrationHash,
            provisioningSagaId, lifetimeMs, pool,
          },
        });
      },
    });
    if (made.ok) this.#made.set(workerId, id);
    return made;
  }

  /** A pool whose workers never come to be is filled ever more slowly. */
  async #lookAtMade(): Promise<void> {
    const { store, clock } = this.#deps;
    for (const [workerId, providerId] of this.#made) {
      const job = (await store.jobs.get(workerId)) as WorkerJob | null;
      if (job !== null && job.fields.session === null && job.state !== 'DRAINING' && job.endedAt === null) continue;
      this.#made.delete(workerId);
      if (job === null || job.fields.session !== null) {
        this.#failing.delete(providerId);
        continue;
      }
      const known = this.#failing.get(providerId);
      if ((known?.until ?? 0) > clock.now()) continue;
      const count = (known?.count ?? 0) + 1;
      const waitMs = Math.min(failureBackoff.maxMs, failureBackoff.firstMs * 2 ** (count - 1));
      this.#failing.set(providerId, { count, until: clock.now() + waitMs });
    }
  }

  /** Workers that no job should get: the pool has been switched off, or the provider has changed. */
  async #endOutdated({ id, status, version, pool: { size } }: StoredProvider): Promise<void> {
    const isOff = size === 0 || status !== 'ACTIVE';
    for (const state of ['CREATING', 'CONNECTING', 'READY']) {
      for (const job of await workersIn(this.#deps, state, id)) {
        const { pool } = job.input;
        if (pool === null || (!isOff && pool.providerVersion === version)) continue;
        const reason = isOff ? 'Its pool was switched off.' : 'Its provider was changed.';
        await tellWorker(this.#deps, job, { type: 'drain', reason, onlyIdle: true });
      }
    }
  }
}
