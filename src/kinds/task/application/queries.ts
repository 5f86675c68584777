import type { TaskFields } from '../domain/types.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import { placeOf } from '../../../domain/job/id.ts';
import type { RecordedEvent } from '../../../domain/job/job.ts';
import { task } from '../domain/kind.ts';
import { waitingOf, type Waiting } from '../domain/waiting.ts';
import type { JobFilter, JobSummary } from '../../../ports/store/store.ts';
import type { RequestContext } from '../../../application/request.ts';
import { requireRole, type Caller } from '../../../application/caller.ts';
import { listedOwner, readEvents } from '../../../application/jobs/jobs.ts';
import { seenJob, unknownJob } from '../../../application/operation.ts';
import { readLogPage, type LogPage } from '../../../application/logs/log-page.ts';
import type { LogReader } from '../../../application/logs/log-reader.ts';
import { readPage } from '../../../application/page.ts';
import { isAskedFor, unaskedTypes, type UnaskedType } from '../../../application/work/asked.ts';
import type { TaskDependencies } from './dependencies.ts';
import { keptTaskLogs } from './kept-logs.ts';
import type { Turns } from '../../../application/turns.ts';

/** A task as lists have it. */
export type TaskSummary = Omit<JobSummary, 'items'> & { readonly fields: TaskFields };

/** A task that is asked for by itself. */
export type TaskDetail = TaskSummary & { readonly waitingFor: Waiting | null };

export interface TaskFilter {
  readonly ownerId?: string;
  readonly type?: string;
  readonly status?: string;
  readonly createdFrom?: number;
  readonly createdBefore?: number;
}

export interface ListTasks extends TaskFilter {
  /** 1 to 1,000. */
  readonly limit: number;
  /** 0 to 10,000. Not together with a cursor. */
  readonly offset?: number;
  readonly cursor?: string;
  /** Whether with `data`, `result` and `errorLog` when they are large; false if left out. */
  readonly whole?: boolean;
}

export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  readonly nextCursor: string | null;
}

export interface TaskStats {
  readonly jobs: readonly { readonly type: string; readonly status: string; readonly count: number }[];
  /** Open ones by what they wait for; see `WorkStore`. */
  readonly work: readonly { readonly type: string; readonly stage: string; readonly count: number }[];
  /** Types of which tasks are ready, and that no worker asks for. */
  readonly unasked: readonly Omit<UnaskedType, 'kind'>[];
}

type Deps = Pick<TaskDependencies, 'store' | 'signals' | 'clock' | 'types' | 'users'>;

/** How long a follower goes without looking, woken or not: another server may have changed the task. */
const pollMs = 500;
const eventsAtOnce = 200;
/** Read at first for a page: without what is large, and with it. */
const [firstListed, firstWhole] = [64, 2];

/** Null: whoever knows the id may see it. */
export async function getTask(
  { store }: Deps,
  context: RequestContext | null,
  taskId: string,
): Promise<Result<TaskSummary>> {
  const job = await store.jobs.get(taskId);
  if (context === null) return job?.kind === task.name ? ok(job as unknown as TaskSummary) : unknownJob(taskId);
  return seenJob(job, task, taskId, context) as Result<unknown> as Result<TaskSummary>;
}

/** With what it waits for. */
export async function showTask(deps: Deps, context: RequestContext, taskId: string): Promise<Result<TaskDetail>> {
  const found = await getTask(deps, context, taskId);
  return found.ok ? ok(await detailOfTask(deps, found.value)) : found;
}

export async function detailOfTask(
  { store, clock, types }: Pick<Deps, 'store' | 'clock' | 'types'>,
  job: TaskSummary,
): Promise<TaskDetail> {
  const now = clock.now();
  const { type } = job;
  const isPending = job.state === 'pending';
  const asked = isPending ? await store.askedTypes.when(task.name, [type]) : null;
  const isAsked = asked === null || isAskedFor(asked.get(type), now);
  const isPaused = isPending && ((await types.of(task.name, type))?.limits.paused ?? false);
  return { ...job, waitingFor: waitingOf(job, now, { isPaused, isAskedFor: isAsked }) };
}

export async function listTasks(
  { store, users }: Deps,
  turns: Turns,
  { caller }: RequestContext,
  { limit, offset, cursor, whole = false, ...filter }: ListTasks,
): Promise<Result<TaskPage>> {
  const filtered = await filterOf(users, caller, filter);
  if (!filtered.ok) return filtered;
  const { entries, hasMore } = await readPage<JobSummary>({
    limit,
    firstStep: whole ? firstWhole : firstListed,
    read: (count, last) => {
      const before = last === null ? cursor : placeOf(last);
      const reading = {
        ...filtered.value,
        whole,
        limit: count,
        ...(offset === undefined || last !== null ? {} : { offset }),
        ...(before === undefined ? {} : { before }),
      };
      return whole ? turns.take(() => store.jobs.list(reading)) : store.jobs.list(reading);
    },
  });
  const last = entries.at(-1);
  const nextCursor = hasMore && last !== undefined ? placeOf(last) : null;
  return ok({ tasks: entries as unknown as readonly TaskSummary[], nextCursor });
}

/** The newest that match, by their ids. */
export async function listTaskIds(
  { store, users }: Pick<TaskDependencies, 'store' | 'users'>,
  { caller }: RequestContext,
  filter: TaskFilter,
  limit: number,
): Promise<Result<readonly string[]>> {
  const filtered = await filterOf(users, caller, filter);
  return filtered.ok ? ok(await store.jobs.ids({ ...filtered.value, limit })) : filtered;
}

async function filterOf(
  users: Deps['users'],
  caller: Caller,
  { ownerId, type, status, createdFrom, createdBefore }: TaskFilter,
): Promise<Result<Omit<JobFilter, 'limit'>>> {
  const owner = await listedOwner(users, caller, ownerId);
  if (!owner.ok) return owner;
  return ok({
    scopes: [{ kind: task.name, ownerId: owner.value }],
    ...(type === undefined ? {} : { type }),
    ...(status === undefined ? {} : { state: status }),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdBefore === undefined ? {} : { createdBefore }),
  });
}

export async function taskStats({ store, clock }: Deps, { caller }: RequestContext): Promise<Result<TaskStats>> {
  const refused = requireRole(caller, 'operator');
  if (refused !== null) return refused;
  const [jobs, work, unasked] = await Promise.all([
    store.jobs.counts(), store.work.counts(), unaskedTypes(store, clock.now()),
  ]);
  return ok({
    jobs: jobs.flatMap(({ kind, type, state, count }) => (kind === task.name ? [{ type, status: state, count }] : [])),
    work: work.flatMap(({ kind, ...rest }) => (kind === task.name ? [rest] : [])),
    unasked: unasked.flatMap(({ kind, ...rest }) => (kind === task.name ? [rest] : [])),
  });
}

export async function taskLogs(
  deps: Deps,
  reader: LogReader,
  context: RequestContext,
  taskId: string,
  options: { readonly after: number; readonly limit: number },
): Promise<Result<LogPage>> {
  const found = await getTask(deps, context, taskId);
  return found.ok ? ok(await readLogPage(deps, reader, taskId, options, keptTaskLogs)) : found;
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
      const { entries: events, hasMore } = await readEvents(store.jobs, taskId, { after: last, limit: eventsAtOnce });
      if (events.length > 0) yield events;
      last = events.at(-1)?.sequence ?? last;
      if (hasMore) continue;
      if (job === null || job.endedAt !== null) return;
      await wakeUp.wait(pollMs, seen, signal);
    }
  } finally {
    changes.unwatch(taskId);
  }
}
