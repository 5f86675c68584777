import type { WakeUp } from '../../../application/wake-up.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { alternating, chooseProvider, type ProviderView } from '../domain/choose-provider.ts';
import { command } from '../domain/kind.ts';
import type { CommandFields, CommandInput, Requirements } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { capacityOf } from './provider-records.ts';
import { createWorker, type StoredSpec } from './workers.ts';

/** How long a look that found nothing to do is believed: another server may have offered jobs, or freed a place. */
const pollMs = 1_000;
const perOwner = 20;
/** Jobs that one round looks at. */
const maxLooked = 500;

/*
 * Gives jobs that wait to workers: of the owners in turn the first job each, to the provider that `chooseProvider`
 * chooses. The job, its worker, the worker's place at the provider and the sagas are one commit, so that any number of
 * servers may schedule at once: whoever comes second finds the job assigned, or the place taken.
 */
export class Scheduler {
  readonly #deps: CommandDependencies;
  /** The owner who had the last turn. */
  #lastOwner = '';

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  get wakeUp(): WakeUp {
    return this.#deps.signals.ready;
  }

  /** Answers in how many milliseconds to look again at the latest. */
  async round(): Promise<number> {
    const { store, providers } = this.#deps;
    const candidates = await store.work.candidates({ kind: command.name, after: this.#lastOwner, perOwner });
    if (candidates.length === 0) return pollMs;
    const views = new Map((await providers.views()).map((view) => [view.id, view]));
    const decided: (() => Promise<Result<unknown>>)[] = [];
    for (const { jobId, ownerId } of alternating(candidates).slice(0, maxLooked)) {
      if ([...views.values()].every(({ available, free }) => !available || free === 0)) break;
      const job = await store.jobs.get(jobId);
      if (job?.state !== 'PENDING') continue;
      const storing = this.#schedule(job as Job<CommandFields>, views);
      if (storing === null) continue;
      decided.push(storing);
      this.#lastOwner = ownerId;
    }
    // Only now: of one that fails while another job is read, nobody would hear, and that ends a process.
    const results = await Promise.all(decided.map((storing) => storing()));
    return results.some(({ ok }) => ok) ? 0 : pollMs;
  }

  /** What is to be stored; null when it has to wait. */
  #schedule(job: Job<CommandFields>, views: Map<string, ProviderView>): (() => Promise<Result<unknown>>) | null {
    const { requirements } = job.input as CommandInput;
    const choice = chooseProvider(requirements, [...views.values()]);
    switch (choice.type) {
      case 'wait':
        return null;
      case 'impossible':
        return () => this.#reject(job, choice.why);
      case 'chosen': {
        const { provider } = choice;
        views.set(provider.id, { ...provider, free: provider.free - 1 });
        return () => this.#assign(job, provider);
      }
    }
  }

  #reject({ id }: Job, message: string): Promise<Result<unknown>> {
    return this.#deps.writePath.run({
      actor: 'scheduler', correlationId: id, reads: [ref.job(id)],
      decide: (draft) => {
        const job = draft.job(command, id);
        if (job === null) return refuse('not_found', `There is no job ${id}.`);
        return draft.changeJob(command, job, { type: 'reject', failure: { reason: 'CONFIGURATION_ERROR', message } });
      },
    });
  }

  async #assign({ id, ownerId, input }: Job<CommandFields>, provider: ProviderView): Promise<Result<unknown>> {
    const { ids, tokens, writePath, fleet } = this.#deps;
    const { registerWithinMs, workerLifetimeMs } = fleet.settings;
    const [workerId, executionSagaId, provisioningSagaId] = [ids.uuid(), ids.uuid(), ids.uuid()];
    const registrationHash = await tokens.hash(await tokens.registration(workerId));
    const { requirements } = input as CommandInput;
    return writePath.run({
      actor: 'scheduler', correlationId: id, reads: [ref.job(id), counterRef(capacityOf(provider.id))],
      decide: (draft) => {
        const job = draft.job(command, id);
        if (job === null) return refuse('not_found', `There is no job ${id}.`);
        const assigned = draft.changeJob(command, job, {
          type: 'assign', workerId, providerId: provider.id, providerType: provider.type, executionSagaId,
          provisioningSagaId, leaseMs: 2 * registerWithinMs,
        });
        if (!assigned.ok) return assigned;
        return createWorker(draft, {
          workerId, ownerId, jobId: id, provider, registerWithinMs,
          input: {
            providerId: provider.id, providerType: provider.type, spec: specOf(requirements, workerLifetimeMs),
            registrationHash, provisioningSagaId, lifetimeMs: workerLifetimeMs, idleMs: null,
          },
        });
      },
    });
  }
}

function specOf(
  { image, cpuCores, memoryBytes, diskBytes, gpuCount, networkMode }: Requirements,
  lifetimeMs: number,
): StoredSpec {
  return { image, cpuCores, memoryBytes, diskBytes, gpuCount, networkMode, labels: {}, lifetimeMs };
}
