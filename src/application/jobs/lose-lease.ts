import { ok, type Result } from '../../domain/errors.ts';
import { task } from '../../kinds/task/domain/kind.ts';
import type { LapsedLease } from '../../ports/store/work-store.ts';
import { onJob } from '../operation.ts';
import type { TaskDependencies } from '../../kinds/task/application/dependencies.ts';

/** Ends an attempt whose worker is silent or whose time is over; nothing, when the job has gone on meanwhile. */
export function loseLease(
  deps: Pick<TaskDependencies, 'writePath' | 'random'>,
  { jobId, token, timedOut }: LapsedLease,
): Promise<Result<string>> {
  const by = { origin: { actor: 'system', correlationId: jobId }, admits: () => true };
  return onJob(deps, task, jobId, by, (draft, job) => {
    const after = draft.changeJob(task, job, { type: 'loseLease', token, timedOut, random: deps.random() });
    return after.ok ? ok(after.value.state) : after;
  });
}
