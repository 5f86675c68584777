import type { TaskApplication } from './application.ts';
import { createWorkDispatch } from '../../../application/work/dispatch.ts';
import { createWorkers } from '../../../application/work/workers.ts';
import { bulkTurns, changeTasks } from './bulk.ts';
import { cancelTask, removeTask, retryTask } from './commands.ts';
import type { TaskDependencies } from './dependencies.ts';
import { followTask, getTask, listTasks, showTask, taskLogs, taskStats, wholeTurns } from './queries.ts';
import { submitTask } from './submit.ts';
import { Turns } from './turns.ts';
import { createWorkTypes } from './work-types.ts';

export function createTaskApplication(deps: TaskDependencies): TaskApplication {
  const turns = new Turns(bulkTurns);
  const wholePages = new Turns(wholeTurns);
  return {
    tasks: {
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
      logs: (context, taskId, options) => taskLogs(deps, context, taskId, options),
      stats: (context) => taskStats(deps, context),
    },
    work: createWorkDispatch(deps),
    workers: createWorkers(deps),
    workTypes: createWorkTypes(deps),
  };
}
