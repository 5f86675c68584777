import type { Origin } from '../../../application/operation.ts';
import { givePlaces, takePlaces } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { ProviderFailure, type WorkerSpec } from '../../../ports/provider.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerCommand, WorkerFields, WorkerInput, WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { capacityOf, type StoredProvider } from './provider-records.ts';

/** What a provider is to make, without what only its agent is told. */
export type StoredSpec = Omit<WorkerSpec, 'workerId' | 'agentEnvironment'>;

/** Makes a worker, and takes its place at the provider in the same commit. */
export function createWorker(
  draft: Draft,
  { workerId, ownerId, jobId, provider, input, registerWithinMs }: {
    readonly workerId: string;
    readonly ownerId: string;
    readonly jobId: string | null;
    readonly provider: Pick<StoredProvider, 'id' | 'name' | 'maxWorkers'>;
    readonly input: WorkerInput;
    readonly registerWithinMs: number;
  },
): Result<Job<WorkerFields>> {
  const place = takePlaces(draft, capacityOf(provider.id), {
    count: 1, limit: provider.maxWorkers,
    refused: (taken) => refuse('unavailable', `Provider ${provider.name} has reached its limit of ${taken} workers.`),
  });
  if (!place.ok) return place;
  return draft.createJob(worker, workerId, {
    type: 'create', ownerId, traceparent: null, input, jobId, registerWithinMs,
  });
}

/** Null when there is none. */
export async function findWorker({ store }: Pick<CommandDependencies, 'store'>, id: string): Promise<WorkerJob | null> {
  const job = await store.jobs.get(id);
  return job?.kind === worker.name ? (job as WorkerJob) : null;
}

/** Says it to a worker in the server's own name, or its agent's. What is gone ended long ago. */
export function tellWorker(
  { writePath }: Pick<CommandDependencies, 'writePath'>,
  { id, parentId }: Pick<WorkerJob, 'id' | 'parentId'>,
  command: WorkerCommand,
): Promise<Result<WorkerJob | null>> {
  return writePath.run({
    ...originOfWorker({ id, parentId }),
    reads: [ref.job(id)],
    decide: (draft) => changeWorker(draft, id, command),
  });
}

/** What happens to a worker is put down to the job that it was made for. */
export function originOfWorker({ id, parentId }: Pick<WorkerJob, 'id' | 'parentId'>): Origin {
  return { actor: 'system', correlationId: parentId ?? id };
}

export function changeWorker(draft: Draft, workerId: string, command: WorkerCommand): Result<WorkerJob | null> {
  const job = draft.job(worker, workerId);
  if (job === null) return ok(null);
  const after = draft.changeJob(worker, job, command);
  if (!after.ok) return after;
  if (job.endedAt === null && after.value.endedAt !== null) {
    givePlaces(draft, capacityOf((job.input as WorkerInput).providerId), 1);
  }
  return ok(after.value as WorkerJob);
}

const terminateTimeoutMs = 120_000;
const graceMs = 5_000;

/**
 * Ends a worker at its provider and stores that nothing of it is left. May be called again.
 *
 * @throws {ProviderFailure} when the provider cannot say that it is gone
 */
export async function terminateWorker(
  deps: Pick<CommandDependencies, 'store' | 'writePath' | 'providers'>,
  workerId: string,
  reason: string,
  signal?: AbortSignal,
): Promise<void> {
  const job = await findWorker(deps, workerId);
  if (job === null || job.endedAt !== null) return;
  await mustTell(deps, job, { type: 'drain', reason });
  const { providerId } = job.input;
  const live = await deps.providers.of(providerId);
  if (live !== null) {
    if (live.provider === null) {
      throw new ProviderFailure('unreachable', `This server cannot reach provider ${live.stored.name}.`, {
        retryable: true,
      });
    }
    const timeout = AbortSignal.timeout(terminateTimeoutMs);
    const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    await live.provider.terminate(workerId, { graceMs }, until);
  }
  await mustTell(deps, job, { type: 'terminated' });
}

async function mustTell(
  deps: Pick<CommandDependencies, 'writePath'>,
  job: Pick<WorkerJob, 'id' | 'parentId'>,
  command: WorkerCommand,
): Promise<void> {
  const told = await tellWorker(deps, job, command);
  if (!told.ok) throw new Error(told.refusal.message);
}
