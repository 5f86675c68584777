import type { ClientOf } from '../../../client/index.ts';
import type { EventRoutes } from '../../../contract/events.ts';
import type { getTaskRequest } from '../contract/requests.ts';
import type { bulkTasks, cancelTask, getTask, submitTask, taskEvents } from '../contract/tasks.ts';

/** What running typed tasks needs of the client of all routes. */
export type Client = ClientOf<{
  readonly submitTask: typeof submitTask;
  readonly bulkTasks: typeof bulkTasks;
  readonly getTask: typeof getTask;
  readonly cancelTask: typeof cancelTask;
  readonly taskEvents: typeof taskEvents;
  readonly getTaskRequest: typeof getTaskRequest;
  readonly followEvents: EventRoutes['followEvents'];
}>;
