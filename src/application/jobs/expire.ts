import { ok, type Result } from '../../domain/errors.ts';
import { onAnyJob, type JobDependencies } from './on-any-job.ts';

/**
 * Ends what nobody will end any more. Unless `early` (its queue's patience ran out), only if its deadline has
 * passed: whoever saw that it had may have looked before a command that moved it. Answers the job's state then.
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
