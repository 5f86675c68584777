import type { ScheduledContract } from '../../../contract/schedules.ts';
import { newTask } from './task-fields.ts';

/** The tick says when a scheduled task runs, and it waits for no others. */
export const scheduledTasks = {
  kind: 'task',
  job: newTask.omit({ runAt: true, dependsOn: true, onDependencyFailure: true }),
  example: { job: { type: 'import_voters', data: { source: 'county' } } },
} as const satisfies ScheduledContract;
