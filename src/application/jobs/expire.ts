import { ok, type Result } from '../../domain/errors.ts';
import { onAnyJob, type JobDependencies } from './on-any-job.ts';

/**
 * Ends a job that nothing else will end. Unless `early` (its message was delivered too often), only if its deadline has
 * passed, because a command may have moved the deadline since the caller read it. Returns the job's state afterwards.
 */
export async function expireJob(
  deps: JobDependencies,
  jobId: string,
  reason: string,
  { early = false }: { readonly early?: boolean } = {},
): Promise<Result<string>> {
  const after = await onAnyJob(deps, jobId, { type: 'expire', reason, onlyOverdue: !early });
  return after.ok ? ok(after.value.state) : after;
}
