import type { RouteAnswer } from '../../../contract/route.ts';
import type { getTask } from '../contract/tasks.ts';

export type Task = RouteAnswer<typeof getTask>;

/** The task that was waited for has failed: all its attempts have, or its handler said that no other would help. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed';
  readonly task: Task;

  constructor(task: Task) {
    const last = task.errorLog.at(-1);
    super(`Task ${task.id} (${task.type}) failed: ${last?.message ?? 'nothing is known of why'}`);
    this.task = task;
  }
}

/** The task that was waited for was canceled. */
export class TaskCanceled extends Error {
  override readonly name = 'TaskCanceled';
  readonly task: Task;

  constructor(task: Task) {
    super(`Task ${task.id} (${task.type}) was canceled: ${task.cancelReason ?? 'no reason was given'}`);
    this.task = task;
  }
}
