import type { WakeUp } from '../../../application/wake-up.ts';
import { counterRef } from '../../../application/write-path/counting.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { alternating, chooseProvider, type ProviderView } from '../domain/choose-provider.ts';
import { longestAttemptMs } from '../domain/decide.ts';
import { command } from '../domain/kind.ts';
import type { CommandFields, CommandInput, Requirements } from '../domain/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { capacityOf, providerConfigs } from './provider-records.ts';
import { withWarmWorkers } from './warm-pool.ts';
import { changeWorker, createWorker, reserveWorker, standardSpec, type StoredSpec } from './workers.ts';

/** How long a look that found nothing to do is believed: another server may have offered jobs, or freed a place. */
const pollMs = 1_000;
const perOwner = 20;
/** Jobs that one round looks at. */
const maxLooked = 500;

/*
 * Gives jobs that wait to workers: of the owners in turn the first job each, to the provider that `chooseProvider`
 * chooses. The job, its worker, the worker's place at the provider and the sagas are one commit, so that any number of
 * servers may schedule at once: whoever comes second finds the job assigned, or the place or the warm worker taken.
 */
export class Scheduler {
  readonly #deps: CommandDependencies;
  /** The owner who had the last turn. */
  #lastOwner = '';

  readonly #onAssigned: () => void;

  /** `onAssigned`: places and warm workers have been taken. */
  constructor(deps: CommandDependencies, onAssigned: () => void) {
    this.#deps = deps;
    this.#onAssigned = onAssigned;
  }

  get wakeUp(): WakeUp {
    return this.#deps.signals.ready.ofKind(command.name);
  }

  /** Answers in how many milliseconds to look again at the latest. */
  async round(): Promise<number> {
    const { store, providers } = this.#deps;
    const candidates = await store.work.candidates({ kind: command.name, after: this.#lastOwner, perOwner });
    if (candidates.length === 0) return pollMs;
    const all = await withWarmWorkers(this.#deps, await providers.views());
    const views = new Map<string, ProviderView>(all.map((view) => [view.id, view]));
    const decided: (() => Promise<Result<unknown>>)[] = [];
    for (const { jobId, ownerId } of alternating(candidates).slice(0, maxLooked)) {
      if ([...views.values()].every(({ available, free, warm }) => !available || (free === 0 && warm.length === 0))) {
        break;
      }
      const job = await store.jobs.get(jobId);
      if (job?.state !== 'PENDING') continue;
      const storing = this.#schedule(job as Job<CommandFields>, views);
      if (storing === null) continue;
      decided.push(storing);
      this.#lastOwner = ownerId;
    }
    // Only now: of one that fails while another job is read, nobody would hear, and that ends a process.
    const results = await Promise.all(decided.map((storing) => storing()));
    if (results.some(({ ok }) => ok)) this.#onAssigned();
    return results.some(({ ok }) => ok) ? 0 : pollMs;
  }

  /** What is to be stored; null when it has to wait. */
  #schedule(job: Job<CommandFields>, views: Map<string, ProviderView>): (() => Promise<Result<unknown>>) | null {
    const { clock, fleet } = this.#deps;
    const input = job.input as CommandInput;
    const limits = { leaseMs: 2 * fleet.settings.leaseMs, ...this.#uploading };
    const applicant = {
      requirements: input.requirements, ownerId: job.ownerId, until: clock.now() + longestAttemptMs(input, limits),
    };
    const choice = chooseProvider(applicant, [...views.values()]);
    switch (choice.type) {
      case 'wait':
        return null;
      case 'impossible':
        return () => this.#reject(job, choice.why);
      case 'make-room': {
        const { provider, worker } = choice;
        const warm = provider.warm.filter(({ id }) => id !== worker.id);
        views.set(provider.id, { ...provider, warm, ending: provider.ending + 1 });
        return () => this.#end(worker.id);
      }
      case 'chosen': {
        const { provider, worker } = choice;
        const warm = provider.warm.filter(({ id }) => id !== worker?.id);
        views.set(provider.id, { ...provider, warm, free: provider.free - (worker === null ? 1 : 0) });
        return () => this.#assign(job, provider, worker?.id ?? null);
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

  /** The worker is made, or is warm and is reserved, in the commit that assigns the job to it. */
  async #assign(
    { id, ownerId, input }: Job<CommandFields>,
    provider: ProviderView,
    warmId: string | null,
  ): Promise<Result<unknown>> {
    const { ids, tokens, writePath, fleet } = this.#deps;
    const { registerWithinMs, workerLifetimeMs, leaseMs: heartbeatLeaseMs } = fleet.settings;
    const [newId, executionSagaId, newSagaId] = [ids.uuid(), ids.uuid(), ids.uuid()];
    const [workerId, provisioningSagaId] = warmId === null ? [newId, newSagaId] : [warmId, null];
    const registrationHash = await tokens.hash(await tokens.registration(workerId));
    // The agent of a warm one is there.
    const limits = { leaseMs: 2 * (warmId === null ? registerWithinMs : heartbeatLeaseMs), ...this.#uploading };
    const { requirements } = input as CommandInput;
    const lifetimeMs = Math.max(workerLifetimeMs, longestAttemptMs(input as CommandInput, limits));
    return writePath.run({
      actor: 'scheduler', correlationId: id,
      reads: [
        ref.job(id), ref.record(providerConfigs, [provider.id]),
        ...(warmId === null ? [counterRef(capacityOf(provider.id))] : [ref.job(warmId)]),
      ],
      decide: (draft) => {
        const job = draft.job(command, id);
        if (job === null) return refuse('not_found', `There is no job ${id}.`);
        const stored = draft.record(providerConfigs, [provider.id]);
        if (stored === null) return refuse('not_found', `There is no provider ${provider.name} any more.`);
        const assigned = draft.changeJob(command, job, {
          type: 'assign', workerId, providerId: provider.id, providerType: provider.type, executionSagaId,
          provisioningSagaId, ...limits,
        });
        if (!assigned.ok) return assigned;
        if (provisioningSagaId === null) return reserveWorker(draft, workerId, { jobId: id, ownerId });
        return createWorker(draft, {
          workerId, ownerId, jobId: id, provider: stored, registerWithinMs,
          input: {
            providerId: provider.id, providerType: provider.type, spec: specOf(requirements, lifetimeMs),
            registrationHash, provisioningSagaId, lifetimeMs, pool: null,
          },
        });
      },
    });
  }

  /** Makes room for a job that asks for another one. */
  #end(workerId: string): Promise<Result<unknown>> {
    return this.#deps.writePath.run({
      actor: 'scheduler', correlationId: workerId, reads: [ref.job(workerId)],
      decide: (draft) =>
        changeWorker(draft, workerId, {
          type: 'drain', reason: 'Its place was needed for a job that asked for another worker.', onlyIdle: true,
        }),
    });
  }

  get #uploading(): { readonly uploadMs: number } {
    return { uploadMs: this.#deps.fleet.settings.uploadWithinMs };
  }
}

function specOf(
  { image, cpuCores, memoryBytes, diskBytes, gpuCount, networkMode }: Requirements,
  lifetimeMs: number,
): StoredSpec {
  return { ...standardSpec, image, cpuCores, memoryBytes, diskBytes, gpuCount, networkMode, lifetimeMs };
}
