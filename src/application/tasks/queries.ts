import { ok, type Result } from '../../domain/errors.ts';
import type { RecordedEvent } from '../../domain/job/job.ts';
import { task } from '../../domain/kinds/task/kind.ts';
import { waitingOf } from '../../domain/kinds/task/waiting.ts';
import type { LogLine } from '../../ports/store/log-store.ts';
import type { JobSummary } from '../../ports/store/store.ts';
import type { RequestContext } from '../application.ts';
import { maySee, requireRole } from '../caller.ts';
import { listedOwner } from '../jobs/jobs.ts';
import { unknownJob } from '../operation.ts';
import type { ListTasks, TaskDetail, TaskPage, TaskStats, TaskSummary } from '../task-application.ts';
import { askedMs, unaskedTypes } from '../workers/asked.ts';
import type { TaskDependencies } from './dependencies.ts';

type Deps = Pick<TaskDependencies, 'store' | 'signals' | 'clock'>;

/** How long a follower goes without looking, woken or not: another server may have changed the task. */
const pollMs = 500;
const eventsAtOnce = 200;

/** Null: whoever knows the id may see it. */
export async function getTask(
  { store }: Deps,
  context: RequestContext | null,
  taskId: string,
): Promise<Result<TaskSummary>> {
  const job = await store.jobs.get(taskId);
  if (job === null || job.kind !== task.name) return unknownJob(taskId);
  if (context !== null && !maySee(context.caller, job.ownerId)) return unknownJob(taskId);
  return ok(job as unknown as TaskSummary);
}

/** With what it waits for. */
export async function showTask(deps: Deps, context: RequestContext, taskId: string): Promise<Result<TaskDetail>> {
  const found = await getTask(deps, context, taskId);
  if (!found.ok) return found;
  const { value } = found;
  const now = deps.clock.now();
  const asked = value.state === 'pending' ? await deps.store.askedTypes.when([value.type]) : null;
  const isAskedFor = asked === null || now - (asked.get(value.type) ?? -Infinity) <= askedMs;
  return ok({ ...value, waitingFor: waitingOf(value, now, isAskedFor) });
}

export async function listTasks(
  { store }: Deps,
  { caller }: RequestContext,
  { ownerId, type, status, createdFrom, createdBefore, limit, offset, cursor }: ListTasks,
): Promise<Result<TaskPage>> {
  const owner = listedOwner(caller, ownerId);
  if (!owner.ok) return owner;
  const page: readonly JobSummary[] = await store.jobs.list({
    ownerId: owner.value,
    kind: task.name,
    // One more than asked for tells whether there is a next page.
    limit: Math.min(1_000, limit + 1),
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { state: status }),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdBefore === undefined ? {} : { createdBefore }),
    ...(offset === undefined ? {} : { offset }),
    ...(cursor === undefined ? {} : { before: cursor }),
  });
  const tasks = page.slice(0, limit) as unknown as readonly TaskSummary[];
  return ok({ tasks, nextCursor: page.length > limit ? (tasks.at(-1)?.id ?? null) : null });
}

export async function taskStats({ store, clock }: Deps, { caller }: RequestContext): Promise<Result<TaskStats>> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const [jobs, work, unasked] = await Promise.all([
    store.jobs.counts(), store.work.counts(), unaskedTypes(store, clock.now()),
  ]);
  return ok({
    jobs: jobs.flatMap(({ kind, type, state, count }) => (kind === task.name ? [{ type, status: state, count }] : [])),
    work,
    unasked,
  });
}

export async function taskLogs(
  deps: Deps,
  context: RequestContext,
  taskId: string,
  options: { readonly after: number; readonly limit: number },
): Promise<Result<readonly LogLine[]>> {
  const found = await getTask(deps, context, taskId);
  return found.ok ? ok(await deps.store.logs.read(taskId, options)) : found;
}

export async function followTask(
  deps: Deps,
  context: RequestContext,
  taskId: string,
  options: { readonly after: number; readonly signal: AbortSignal },
): Promise<Result<AsyncIterable<readonly RecordedEvent[]>>> {
  const found = await getTask(deps, context, taskId);
  return found.ok ? ok(eventsOf(deps, taskId, options)) : found;
}

async function* eventsOf(
  { store, signals: { changes } }: Deps,
  taskId: string,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<readonly RecordedEvent[]> {
  const wakeUp = changes.watch(taskId);
  try {
    for (let last = after; !signal.aborted && !changes.closed; ) {
      const seen = wakeUp.count;
      // Looked at first: when it has ended, its last event is among those read after.
      const job = await store.jobs.get(taskId);
      const events = await store.jobs.events(taskId, { after: last, limit: eventsAtOnce });
      if (events.length > 0) yield events;
      last = events.at(-1)?.sequence ?? last;
      if (events.length === eventsAtOnce) continue;
      if (job === null || job.endedAt !== null) return;
      await wakeUp.wait(pollMs, seen, signal);
    }
  } finally {
    changes.unwatch(taskId);
  }
}
