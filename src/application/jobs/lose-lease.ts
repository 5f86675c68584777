import type { Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { LapsedLease } from '../../ports/store/work-store.ts';
import { onAnyJob, type JobDependencies } from './on-any-job.ts';

/** Ends an attempt whose worker is silent or whose time is over; nothing, when the job has gone on meanwhile. */
export function loseLease(
  deps: JobDependencies & { readonly random: () => number },
  { jobId, token, timedOut }: LapsedLease,
): Promise<Result<Job>> {
  return onAnyJob(deps, jobId, { type: 'loseLease', token, timedOut, random: deps.random() });
}
