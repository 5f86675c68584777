import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { LapsedLease } from '../../ports/store/work-store.ts';
import type { Dependencies } from '../dependencies.ts';
import { onAnyJob, type JobDependencies } from './on-any-job.ts';

/** Ends an attempt whose worker is silent or whose time is over; nothing, when the job has gone on meanwhile. */
export async function loseLease(
  deps: JobDependencies & Pick<Dependencies, 'random' | 'telemetry'>,
  { jobId, token, timedOut }: LapsedLease,
): Promise<Result<Job>> {
  let isLost = false;
  const command = { type: 'loseLease', token, timedOut, random: deps.random() } as const;
  const after = await onAnyJob(deps, jobId, command, jobId, (changed) => {
    isLost = changed;
  });
  if (after.ok && isLost) deps.telemetry?.leaseLost(after.value.type);
  return after;
}
