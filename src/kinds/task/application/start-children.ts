import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { parseLeaseId } from '../../../domain/lease.ts';
import { childLimits } from '../domain/decide.ts';
import { task } from '../domain/kind.ts';
import { inputOf } from '../domain/types.ts';
import { childIdOf } from './children.ts';
import type { TaskDependencies } from './dependencies.ts';
import type { TaskSummary } from './queries.ts';
import { submitTask, type SubmitTask } from './submit.ts';

/** A task that a handler starts: it belongs to the owner of the handler's task. */
export type NewChild = { readonly name: string } & Pick<
  SubmitTask,
  'type' | 'data' | 'totalItems' | 'priority' | 'maxAttempts' | 'backoff' | 'timeoutMs' | 'concurrencyKey' | 'labels'
>;

/** Starts the tasks, or finds those that were started before: each by itself. For operators. */
export async function startChildren(
  deps: TaskDependencies,
  workerId: string,
  leaseId: string,
  children: readonly NewChild[],
): Promise<Result<readonly Result<TaskSummary>[]>> {
  const lease = parseLeaseId(leaseId);
  const parent = lease === null ? null : await deps.store.jobs.get(lease.thingId);
  if (lease === null || parent === null || parent.kind !== task.name || parent.lease?.token !== lease.token) {
    const state = parent === null ? undefined : { state: parent.state };
    return refuse('lease_lost', 'The lease is no longer valid.', state);
  }
  const depth = (inputOf(parent).depth ?? 0) + 1;
  if (depth > childLimits.depth) {
    const message = `Tasks start others to a depth of ${childLimits.depth}, and this one is as deep.`;
    return refuse('invalid_request', message, { fields: { leaseId: 'is of a task that may start no others' } });
  }
  const { ownerId: userId, traceparent, id: parentId } = parent;
  const context = { caller: { userId, roles: [] }, correlationId: parentId, traceparent };
  const started = children.map(async ({ name, ...wanted }): Promise<Result<TaskSummary>> => {
    const id = await childIdOf(parentId, name);
    const child = { id, name, parentId, depth, token: lease.token, workerId };
    const made = await submitTask(deps, context, { ...wanted, child });
    return made.ok ? ok(made.value.task) : made;
  });
  return ok(await Promise.all(started));
}
