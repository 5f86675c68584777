import { worker } from '../domain/worker/kind.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import { command } from '../domain/kind.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { CommandFields } from '../domain/types.ts';
import { loseLease } from '../../../application/jobs/lose-lease.ts';
import type { WorkerStatus } from '../../../ports/provider.ts';
import type { CommandDependencies } from './dependencies.ts';
import { findWorker, tellWorker } from './workers.ts';

const refreshMs = 5_000;
const testMs = 30_000;
const sweepMs = 20_000;
/** What was made so recently may not be stored yet. */
const youngMs = 60_000;

/** Keeps what this server knows of providers as it is. Answers in how many milliseconds to call again. */
export async function refreshProviders({ providers }: CommandDependencies): Promise<number> {
  await providers.refresh();
  await providers.test(testMs);
  return refreshMs;
}

/**
 * A worker has ended by itself: its job, if it still has one, loses its lease now, and not when it has run out.
 * What its agent had said by then is stored: a result comes before the end of its process.
 */
export async function workerEnded(deps: CommandDependencies, workerId: string, status: WorkerStatus): Promise<void> {
  const found = await findWorker(deps, workerId);
  if (found === null || found.endedAt !== null) return;
  await tellWorker(deps, found, { type: 'drain', reason: reasonOf(status) });
  const jobId = found.fields.jobId ?? found.parentId;
  const job = jobId === null ? null : ((await deps.store.jobs.get(jobId)) as Job<CommandFields> | null);
  if (job === null || job.kind !== command.name || job.lease?.workerId !== workerId) return;
  await loseLease(deps, { jobId: job.id, kind: command.name, token: job.lease.token, timedOut: false });
}

function reasonOf(status: WorkerStatus): string {
  if (status.state !== 'exited') return 'Its worker is gone.';
  const { exitCode, signal, outOfMemory, reason } = status;
  if (outOfMemory) return 'Its worker ran out of memory.';
  const how = signal === null ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signal}`;
  return `Its worker ended ${how}${reason === null ? '' : `: ${reason}`}.`;
}

/**
 * Ends what providers have and nobody knows: of a server that died before it stored the worker, or that was restored
 * from a backup. Answers in how many milliseconds to call again.
 */
export async function sweepOrphans(deps: CommandDependencies, signal: AbortSignal): Promise<number> {
  const { providers, clock, logger } = deps;
  for (const { stored, provider } of providers.all()) {
    if (provider === null) continue;
    try {
      for (const { workerId, createdAt } of await provider.list(signal)) {
        const found = await findWorker(deps, workerId);
        if (found !== null && found.endedAt === null) continue;
        if (found === null && createdAt !== null && clock.now() - createdAt < youngMs) continue;
        logger.warn('an orphaned worker is ended', { workerId, provider: stored.name });
        await provider.terminate(workerId, { graceMs: 0 }, signal);
      }
    } catch (error) {
      logger.debug('a provider cannot be looked through', { provider: stored.name, error: String(error) });
    }
  }
  return sweepMs;
}

/** Workers whose providers ended them while nobody watched: their agents are gone, and their leases run out. */
export async function checkWorkers(deps: CommandDependencies, signal: AbortSignal): Promise<number> {
  const { store, providers } = deps;
  const scopes = [{ kind: worker.name, ownerId: null }];
  for (const state of ['READY', 'BUSY']) {
    const found = await store.jobs.list({ scopes, state, limit: 1_000, whole: true });
    for (const job of found as unknown as readonly WorkerJob[]) {
      const live = await providers.of(job.input.providerId);
      if (!live?.provider || signal.aborted) continue;
      const status = await live.provider.inspect(job.id, signal).catch(() => null);
      if (status?.state === 'exited' || status?.state === 'gone') await workerEnded(deps, job.id, status);
    }
  }
  return sweepMs;
}
