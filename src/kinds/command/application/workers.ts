import { loseLease } from '../../../application/jobs/lose-lease.ts';
import type { Origin } from '../../../application/operation.ts';
import { addPlaces, givePlaces, takePlaces } from '../../../application/write-path/counting.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ref } from '../../../application/write-path/refs.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { ProviderFailure, type ExitedStatus, type WorkerSpec } from '../../../ports/provider.ts';
import { command } from '../domain/kind.ts';
import { isSpare } from '../domain/worker/decide.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerCommand, WorkerFields, WorkerInput, WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import { capacityOf, sparesOf, type StoredProvider } from './provider-records.ts';

/** The worker for a provider to start, without what only the agent gets. */
export type StoredSpec = Omit<WorkerSpec, 'workerId' | 'agentEnvironment'>;

/** Of a worker that nothing special is asked of. */
export const standardSpec: Omit<StoredSpec, 'lifetimeMs'> = {
  image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0, networkMode: null, labels: {},
};

/** Makes a worker, and takes its place at the provider, and in its pool, in the same commit. */
export function createWorker(
  draft: Draft,
  { workerId, ownerId, jobId, provider, input, registerWithinMs }: {
    readonly workerId: string;
    readonly ownerId: string;
    readonly jobId: string | null;
    readonly provider: Pick<StoredProvider, 'id' | 'name' | 'maxWorkers' | 'pool'>;
    readonly input: WorkerInput;
    readonly registerWithinMs: number;
  },
): Result<Job<WorkerFields>> {
  const { id, name, maxWorkers, pool } = provider;
  const place = takePlaces(draft, capacityOf(id), {
    count: 1, limit: maxWorkers,
    refused: (taken) => refuse('unavailable', `Provider ${name} has reached its limit of ${taken} workers.`),
  });
  if (!place.ok) return place;
  const made = draft.createJob(worker, workerId, {
    type: 'create', ownerId, traceparent: null, input, workerId, jobId, registerWithinMs,
  });
  if (!made.ok || !isSpare(made.value as WorkerJob)) return made;
  const spare = takePlaces(draft, sparesOf(id), {
    count: 1, limit: pool.size,
    refused: (taken) => refuse('unavailable', `The warm pool of provider ${name} has ${taken} spare workers already.`),
  });
  return spare.ok ? made : spare;
}

/** Give the job to a warm worker, unless another job was faster. */
export function reserveWorker(
  draft: Draft,
  workerId: string,
  by: { readonly jobId: string; readonly ownerId: string },
): Result<WorkerJob> {
  const reserved = changeWorker(draft, workerId, { type: 'reserve', ...by });
  if (!reserved.ok) return reserved;
  return reserved.value === null ? refuse('not_found', `There is no worker ${workerId}.`) : ok(reserved.value);
}

/** Null when there is none. */
export async function findWorker({ store }: Pick<CommandDependencies, 'store'>, id: string): Promise<WorkerJob | null> {
  const job = await store.jobs.get(id);
  return job?.kind === worker.name ? (job as WorkerJob) : null;
}

/** Of all providers, or one; newest first, at most 1,000. */
export async function workersIn(
  { store }: Pick<CommandDependencies, 'store'>,
  state: string,
  providerId?: string,
): Promise<readonly WorkerJob[]> {
  const found = await store.jobs.list({
    scopes: [{ kind: worker.name, ownerId: null }], state, limit: 1_000, whole: true,
    ...(providerId !== undefined && { labels: { provider: providerId } }),
  });
  return found as unknown as readonly WorkerJob[];
}

/** Sends a command to a worker on behalf of the server or of its agent. A purged worker ended long ago. */
export function tellWorker(
  { writePath }: Pick<CommandDependencies, 'writePath'>,
  job: Pick<WorkerJob, 'id' | 'parentId' | 'fields'>,
  said: WorkerCommand,
): Promise<Result<WorkerJob | null>> {
  return writePath.run({
    ...originOfWorker(job),
    reads: [ref.job(job.id)],
    decide: (draft) => changeWorker(draft, job.id, said),
  });
}

/** What happens to a worker is put down to the job that it has, or was made for. */
export function originOfWorker({ id, parentId, fields }: Pick<WorkerJob, 'id' | 'parentId' | 'fields'>): Origin {
  return { actor: 'system', correlationId: fields.jobId ?? parentId ?? id };
}

export function changeWorker(draft: Draft, workerId: string, said: WorkerCommand): Result<WorkerJob | null> {
  const job = draft.job(worker, workerId);
  if (job === null) return ok(null);
  const after = draft.changeJob(worker, job, said);
  if (!after.ok) return after;
  const [before, changed] = [job as WorkerJob, after.value as WorkerJob];
  const { providerId } = before.input;
  if (before.endedAt === null && changed.endedAt !== null) givePlaces(draft, capacityOf(providerId), 1);
  if (isSpare(before) && !isSpare(changed)) givePlaces(draft, sparesOf(providerId), 1);
  // One that has done its job is spare again, however many there are by now: the surplus is idle until it is ended.
  if (!isSpare(before) && isSpare(changed)) addPlaces(draft, sparesOf(providerId), 1);
  return ok(changed);
}

const terminateTimeoutMs = 120_000;
const graceMs = 5_000;

/**
 * Ends a worker at its provider and stores that nothing of it is left. May be called again.
 *
 * @throws {ProviderFailure} when the provider cannot say that it is gone
 */
export async function terminateWorker(
  deps: Pick<CommandDependencies, 'store' | 'writePath' | 'providers' | 'kinds' | 'random'>,
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
  await loseJobOf(deps, job);
}

/** The job of a worker that is no more loses its lease now, and not when that has run out. */
export async function loseJobOf(
  deps: Pick<CommandDependencies, 'store' | 'writePath' | 'kinds' | 'random' | 'telemetry'>,
  { id, parentId, fields }: WorkerJob,
): Promise<void> {
  const jobId = fields.jobId ?? parentId;
  const job = jobId === null ? null : await deps.store.jobs.get(jobId);
  if (job === null || job.kind !== command.name || job.lease?.workerId !== id) return;
  await loseLease(deps, { jobId: job.id, kind: command.name, token: job.lease.token, timedOut: false });
}

async function mustTell(
  deps: Pick<CommandDependencies, 'writePath'>,
  job: WorkerJob,
  said: WorkerCommand,
): Promise<void> {
  const told = await tellWorker(deps, job, said);
  if (!told.ok) throw new Error(told.refusal.message);
}

/** One sentence about a worker that ended by itself. */
export function howEnded({ exitCode, signal, reason }: Omit<ExitedStatus, 'outOfMemory'>): string {
  const how = signal !== null ? ` by ${signal}` : exitCode !== null ? ` with exit code ${exitCode}` : '';
  const why = reason === null ? '' : `: ${reason}`;
  return /[.!?]$/.test(why) ? `Its worker ended${how}${why}` : `Its worker ended${how}${why}.`;
}
