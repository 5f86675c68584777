import { taskRoutes } from './contract/tasks.ts';
import { scheduleRoutes } from './contract/schedules.ts';
import { isLargeTaskField, largeTaskFields } from './contract/task-fields.ts';
import { taskJobSummary, taskJobView } from './contract/task-view.ts';
import { workRoutes } from './contract/work.ts';
import { workTypeRoutes } from './contract/work-types.ts';
import { createTaskApplication, type TaskApplication } from './application/application.ts';
import { taskRetries, tellDependents } from './application/commands.ts';
import { detailOfTask } from './application/queries.ts';
import { TypeLimits } from './application/type-limits.ts';
import { dependentsTopic } from './domain/decide.ts';
import { task } from './domain/kind.ts';
import type { TaskFields } from './domain/types.ts';
import { scheduleHandlers } from './rest/schedules.ts';
import { taskHandlers } from './rest/tasks.ts';
import { workHandlers } from './rest/work.ts';
import { workTypeHandlers } from './rest/work-types.ts';
import type { Job } from '../../domain/job/job.ts';
import type { Schedules } from '../../application/schedules/schedules.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';

export const taskModule: KindModule<TaskApplication & { readonly schedules?: Schedules }> = {
  kind: task,
  summary: (job, fields) =>
    taskJobSummary({ ...job, fields: job.fields as TaskFields }, fields.filter(isLargeTaskField)),
  payloadFields: largeTaskFields,
  tags: {
    Tasks: 'Any other work: a type, a JSON input, and a handler of yours.',
    Schedules: 'Tasks that are submitted at set times.',
  },
  create(base) {
    const typeLimits = new TypeLimits(base.store.jobs, base.clock, base.settings.typesPerOwner);
    const deps = { ...base, typeLimits };
    return {
      application: createTaskApplication(deps),
      view: async (job) => {
        const { waitingFor } = await detailOfTask(deps, job as Job<TaskFields>);
        return { ...taskJobView(job as Job<TaskFields>), waitingFor };
      },
      ...taskRetries(deps),
      deliverers: {
        [dependentsTopic]: async (messages) => {
          for (const { jobId, payload } of messages) {
            const { dependents, state } = payload as { dependents: string[]; state: string };
            await tellDependents(deps, jobId, dependents, state);
          }
        },
      },
    };
  },
  mount: ({ tasks, workTypes, work, schedules }) => [
    ...(tasks ? [mounted(taskRoutes, taskHandlers(tasks))] : []),
    ...(workTypes ? [mounted(workTypeRoutes, workTypeHandlers(workTypes))] : []),
    ...(schedules ? [mounted(scheduleRoutes, scheduleHandlers(schedules))] : []),
    ...(work ? [mounted(workRoutes, workHandlers(work))] : []),
  ],
};
