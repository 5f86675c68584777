import type { RequestContext } from '../../../application/request.ts';
import type { Result } from '../../../domain/errors.ts';
import type { RecordedEvent } from '../../../domain/job/job.ts';
import type { LogPage } from '../../../application/logs/log-page.ts';
import { LogReader } from '../../../application/logs/log-reader.ts';
import { bulkTurns, changeTasks, type BulkAction, type BulkSelection, type BulkOutcome } from './bulk.ts';
import { cancelTask, removeTask, retryTask } from './commands.ts';
import type { TaskDependencies } from './dependencies.ts';
import {
  followTask, getTask, listTasks, showTask, taskLogs, taskStats, type TaskDetail, type ListTasks, type TaskPage,
  type TaskSummary, type TaskStats,
} from './queries.ts';
import { submitTask, type SubmitTask, type SubmittedTask } from './submit.ts';
import { Turns, wholeTurns } from '../../../application/turns.ts';

export interface Tasks {
  submit(context: RequestContext, input: SubmitTask): Promise<Result<SubmittedTask>>;
  /** Each by itself: what is wrong with one does not keep the others from being made. */
  submitAll(context: RequestContext, inputs: readonly SubmitTask[]): Promise<readonly Result<SubmittedTask>[]>;
  get(context: RequestContext, taskId: string): Promise<Result<TaskDetail>>;
  /** The caller's own; an admin's list holds every user's, or `ownerId`'s. Newest first. */
  list(context: RequestContext, filter: ListTasks): Promise<Result<TaskPage>>;
  /** For whoever knows the id. */
  progress(taskId: string): Promise<Result<TaskSummary>>;
  cancel(context: RequestContext, taskId: string): Promise<Result<TaskSummary>>;
  retry(context: RequestContext, taskId: string): Promise<Result<TaskSummary>>;
  /** Forgets a task that has ended, with all that belongs to it. */
  remove(context: RequestContext, taskId: string): Promise<Result<null>>;
  /** Does it to each of the tasks: those named, or the newest that match. */
  bulk(context: RequestContext, action: BulkAction, selection: BulkSelection): Promise<Result<BulkOutcome>>;
  /** Ends when the task has, or when the signal is aborted; the task's events from then on, in groups. */
  follow(
    context: RequestContext,
    taskId: string,
    options: { readonly after: number; readonly signal: AbortSignal },
  ): Promise<Result<AsyncIterable<readonly RecordedEvent[]>>>;
  logs(
    context: RequestContext,
    taskId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<Result<LogPage>>;
  /** How many tasks there are, by type and state; of all users, for operators and admins. */
  stats(context: RequestContext): Promise<Result<TaskStats>>;
}

export function createTasks(deps: TaskDependencies): Tasks {
  const turns = new Turns(bulkTurns);
  const wholePages = new Turns(wholeTurns);
  const logs = new LogReader(deps);
  return {
    submit: (context, input) => submitTask(deps, context, input),
    submitAll: (context, inputs) =>
      turns.take(() => Promise.all(inputs.map((input) => submitTask(deps, context, input)))),
    get: (context, taskId) => showTask(deps, context, taskId),
    list: (context, filter) => listTasks(deps, wholePages, context, filter),
    progress: (taskId) => getTask(deps, null, taskId),
    cancel: (context, taskId) => cancelTask(deps, context, taskId),
    retry: (context, taskId) => retryTask(deps, context, taskId),
    remove: (context, taskId) => removeTask(deps, context, taskId),
    bulk: (context, action, selection) => changeTasks(deps, turns, context, action, selection),
    follow: (context, taskId, options) => followTask(deps, context, taskId, options),
    logs: (context, taskId, options) => taskLogs(deps, logs, context, taskId, options),
    stats: (context) => taskStats(deps, context),
  };
}
