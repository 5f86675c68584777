import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { dedupeRecord } from '../domain/decide.ts';
import { task } from '../domain/kind.ts';
import { inputOf } from '../domain/types.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { RequestContext } from '../../../application/request.ts';
import { openChildOf } from '../../../application/jobs/children.ts';
import { retryJob } from '../../../application/jobs/change.ts';
import type { KindRetries } from '../../../application/jobs/job-kind.ts';
import { byUser, onJob, seenJob } from '../../../application/operation.ts';
import type { TaskSummary } from './queries.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import type { TaskDependencies } from './dependencies.ts';
import { hold } from './submit.ts';

export function cancelTask(
  deps: Pick<TaskDependencies, 'writePath'>,
  context: RequestContext,
  taskId: string,
): Promise<Result<TaskSummary>> {
  return onJob(deps, task, taskId, byUser(context), (draft, job) =>
    draft.changeJob(task, job, { type: 'cancel' }),
  );
}

export async function retryTask(
  deps: Pick<TaskDependencies, 'writePath' | 'kinds' | 'store' | 'quotas'>,
  context: RequestContext,
  taskId: string,
): Promise<Result<TaskSummary>> {
  const found = seenJob(await deps.store.jobs.get(taskId), task, taskId, context);
  if (!found.ok) return found;
  return (await retryJob(deps, taskRetries, context, found.value)) as Result<unknown> as Result<TaskSummary>;
}

export const taskRetries: KindRetries = { beforeRetry };

/** Takes the dedupe key again. */
function beforeRetry(draft: Draft, job: Job): Result<null> {
  const { dedupeKey } = inputOf(job);
  if (dedupeKey !== null) {
    const record = dedupeRecord(job.ownerId, job.type, dedupeKey);
    const holder = draft.idempotency(record.scope, record.key);
    if (holder !== null) {
      const message = `Another task with the dedupe key ${JSON.stringify(dedupeKey)} has not ended.`;
      return refuse('conflict', message, { taskId: holder.resourceId });
    }
    hold(draft, record, job.id);
  }
  return ok(null);
}

export async function removeTask(
  { store, kinds }: Pick<TaskDependencies, 'store' | 'kinds'>,
  context: RequestContext,
  taskId: string,
): Promise<Result<null>> {
  for (;;) {
    const found = seenJob(await store.jobs.get(taskId), task, taskId, context);
    if (!found.ok) return found;
    const { value: job } = found;
    if (job.endedAt === null) {
      const message = `Only a job that has ended can be deleted: this one is ${job.state}. Cancel it first.`;
      return refuse('conflict', message, { state: job.state });
    }
    const { parentId } = job;
    if (parentId !== null && (await store.jobs.get(parentId)) !== null) {
      const message = `It is a part of job ${parentId}, and is deleted with that.`;
      return refuse('conflict', message, { parentId });
    }
    if ((await store.retention.removeJobs([taskId])).length > 0) return ok(null);
    const child = await openChildOf({ store, kinds }, taskId);
    if (child !== null) {
      const message = `Task ${child}, which it has started, has not ended: cancel that first.`;
      return refuse('conflict', message, { childId: child });
    }
    // Meanwhile somebody else has deleted or retried it.
  }
}
