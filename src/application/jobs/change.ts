import { ok, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { AnyKind } from '../../domain/job/kind.ts';
import type { Kinds } from '../../domain/kinds.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Draft } from '../write-path/draft.ts';
import { keepTo, withinQuota } from '../quotas/within-quota.ts';
import type { RequestContext } from '../request.ts';
import { dependOnAgain } from './dependencies.ts';
import type { KindRetries } from './job-kind.ts';
import { onSeenJob, type JobDependencies } from './on-any-job.ts';

/** Cancels a job of any kind, if its kind allows it now. Returns the job afterwards. */
export function cancelJob(deps: JobDependencies, context: RequestContext, jobId: string): Promise<Result<Job>> {
  return onSeenJob(deps, context, jobId, (draft, job, kind) => draft.changeJob(kind, job, { type: 'cancel' }));
}

/**
 * Retries a job that has ended, if its kind supports that and its owner may have one more job. Returns the job
 * afterwards.
 */
export function retryJob(
  deps: JobDependencies & Pick<Dependencies, 'quotas'>,
  retries: KindRetries,
  context: RequestContext,
  { id, kind, ownerId }: Pick<Job, 'id' | 'kind' | 'ownerId'>,
): Promise<Result<Job>> {
  return withinQuota(
    () => deps.quotas?.admitAgain(kind, ownerId),
    (permit) => onSeenJob(deps, context, id, (draft, job, ofKind) => {
      const retried = retry(draft, deps.kinds, job, ofKind, retries);
      if (!retried.ok) return retried;
      // A job that cannot be retried at all is refused for that reason, whether or not the quota has room.
      const kept = keepTo(draft, permit);
      return kept.ok ? retried : kept;
    }),
  );
}

function retry(
  draft: Draft,
  kinds: Kinds,
  job: Job,
  kind: AnyKind,
  { beforeRetry, afterRetry }: KindRetries,
): Result<Job> {
  if (job.endedAt === null) return draft.changeJob(kind, job, { type: 'retry', waitsFor: [] });
  const taken = beforeRetry?.(draft, job) ?? ok(null);
  if (!taken.ok) return taken;
  const waitsFor = dependOnAgain(draft, kinds, job.id, kind.dependsOn?.(job) ?? []);
  if (!waitsFor.ok) return waitsFor;
  const retried = draft.changeJob(kind, job, { type: 'retry', waitsFor: waitsFor.value });
  return retried.ok && afterRetry !== undefined ? afterRetry(draft, retried.value) : retried;
}
