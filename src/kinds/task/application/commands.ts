import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { dedupeRecord } from '../domain/decide.ts';
import { task } from '../domain/kind.ts';
import type { TaskInput } from '../domain/types.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { RequestContext } from '../../../application/request.ts';
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

/** Takes the dedupe key again, and has the tasks that it depends on and that are open tell it of their end. */
function beforeRetry(draft: Draft, job: Job): Result<readonly string[]> {
  const { dedupeKey, dependsOn } = job.input as TaskInput;
  if (dedupeKey !== null) {
    const record = dedupeRecord(job.ownerId, job.type, dedupeKey);
    const holder = draft.idempotency(record.scope, record.key);
    if (holder !== null) {
      const message = `Another task with the dedupe key ${JSON.stringify(dedupeKey)} has not ended.`;
      return refuse('conflict', message, { taskId: holder.resourceId });
    }
    hold(draft, record, job.id);
  }
  return waitsForStill(draft, job.id, dependsOn);
}

/** What ended otherwise than it should have is not waited for: whoever retries knows. */
function waitsForStill(draft: Draft, jobId: string, dependsOn: readonly string[]): Result<readonly string[]> {
  const open: string[] = [];
  for (const id of dependsOn) {
    const dependency = draft.job(task, id);
    if (dependency === null || dependency.endedAt !== null) continue;
    const told = draft.changeJob(task, dependency, { type: 'addDependent', jobId });
    if (!told.ok) return told;
    open.push(id);
  }
  return ok(open);
}

export async function removeTask(
  { store }: Pick<TaskDependencies, 'store'>,
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
    if ((await store.retention.removeJobs([taskId])).length > 0) return ok(null);
    // Meanwhile somebody else has deleted or retried it.
  }
}

/** For each of the tasks that waited for `taskId`, which has ended. May be said again. */
export async function tellDependents(
  deps: Pick<TaskDependencies, 'writePath'>,
  taskId: string,
  dependents: readonly string[],
  state: string,
): Promise<void> {
  const by = { origin: { actor: 'system', correlationId: taskId }, admits: () => true };
  const told = await Promise.all(
    dependents.map((id) =>
      onJob(deps, task, id, by, (draft, job) =>
        draft.changeJob(task, job, { type: 'dependencyEnded', jobId: taskId, state }),
      ),
    ),
  );
  // One that was deleted meanwhile needs no word.
  const failed = told.find((one) => !one.ok && one.refusal.code !== 'not_found');
  if (failed !== undefined && !failed.ok) throw new Error(failed.refusal.message);
}
