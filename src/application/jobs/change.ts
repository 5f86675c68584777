import { ok, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import type { QuotaPermit } from '../quotas/job-quota.ts';
import { withinCaps } from '../quotas/within-caps.ts';
import type { RequestContext } from '../request.ts';
import type { KindRetries } from './job-kind.ts';
import { onSeenJob, type JobDependencies } from './on-any-job.ts';

/** Cancels a job of whatever kind, if its kind allows it now; the job as it is then. */
export function cancelJob(deps: JobDependencies, context: RequestContext, jobId: string): Promise<Result<Job>> {
  return onSeenJob(deps, context, jobId, (draft, job, kind) => draft.changeJob(kind, job, { type: 'cancel' }));
}

/** Has a job that has ended begin anew, if its kind has that; the job as it is then. */
export function retryJob(
  deps: JobDependencies,
  kind: KindRetries,
  context: RequestContext,
  job: Pick<Job, 'id' | 'ownerId'>,
): Promise<Result<Job>> {
  return withinCaps(() => retryOnce(deps, kind, context, job));
}

async function retryOnce(
  deps: JobDependencies,
  kind: KindRetries,
  context: RequestContext,
  { id, ownerId }: Pick<Job, 'id' | 'ownerId'>,
): Promise<Result<Job>> {
  const permit = await kind.admitRetry?.(ownerId);
  let again = false;
  try {
    const result = await retry(deps, kind, context, id, permit ?? null);
    again = result.ok;
    return result;
  } finally {
    permit?.settle(again);
  }
}

/** `permit` says whether something may begin anew now; what could not anyway is answered all the same. */
function retry(
  deps: JobDependencies,
  { beforeRetry }: KindRetries,
  context: RequestContext,
  jobId: string,
  permit: QuotaPermit | null,
): Promise<Result<Job>> {
  return onSeenJob(deps, context, jobId, (draft, job, kind) => {
    const waitsFor = job.endedAt === null ? ok([]) : (beforeRetry?.(draft, job) ?? ok([]));
    if (!waitsFor.ok) return waitsFor;
    const after = draft.changeJob(kind, job, { type: 'retry', waitsFor: waitsFor.value });
    if (!after.ok || permit === null) return after;
    if (permit.cap !== null) draft.cap(permit.cap);
    return permit.refusal === null ? after : { ok: false, refusal: permit.refusal };
  });
}
