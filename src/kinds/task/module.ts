import { dataProblems, schemaProblem } from './contract/data-schema.ts';
import { exchangeRoutes } from './contract/exchange.ts';
import { requestRoutes } from './contract/requests.ts';
import { taskRoutes } from './contract/tasks.ts';
import { scheduledTasks } from './contract/scheduled.ts';
import { isLargeTaskField, largeTaskFields } from './contract/task-fields.ts';
import { taskJobSummary, taskJobView } from './contract/task-view.ts';
import { workRoutes } from './contract/work.ts';
import { workTypeRoutes } from './contract/work-types.ts';
import { createTaskApplication, type TaskApplication } from './application/application.ts';
import { taskRetries } from './application/commands.ts';
import { keptTaskLogs } from './application/kept-logs.ts';
import { detailOfTask } from './application/queries.ts';
import { TypeLimits } from './application/type-limits.ts';
import { task } from './domain/kind.ts';
import { taskQuotas } from './domain/quotas.ts';
import type { TaskFields } from './domain/types.ts';
import { requestTaking } from './request-taking.ts';
import { requestHandlers } from './rest/requests.ts';
import { submitScheduled } from './rest/submission.ts';
import { taskHandlers } from './rest/tasks.ts';
import { workHandlers } from './rest/work.ts';
import { workTypeHandlers } from './rest/work-types.ts';
import type { Job } from '../../domain/job/job.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { mounted } from '../../transports/rest/serve.ts';
import type { KindModule } from '../module.ts';

export const taskModule: KindModule<TaskApplication> = {
  kind: task,
  summary: (job, fields) =>
    taskJobSummary({ ...job, fields: job.fields as TaskFields }, fields.filter(isLargeTaskField)),
  payloadFields: largeTaskFields,
  scheduled: scheduledTasks,
  quotas: taskQuotas,
  tags: {
    Tasks: 'Any other work: a type, a JSON input, and a handler of yours.',
  },
  create(base, wakeUp = () => new WakeUp()) {
    const typeLimits = new TypeLimits(base.store.jobs, base.clock, base.settings.typesPerOwner);
    const schemas = { problem: schemaProblem, problemsOf: dataProblems };
    const deps = { ...base, typeLimits, schemas };
    const taking = requestTaking(deps, wakeUp());
    const application = createTaskApplication(deps, taking.notify);
    return {
      ...taking.parts,
      application,
      submitScheduled: submitScheduled(application.tasks),
      view: async (job) => {
        const { waitingFor } = await detailOfTask(deps, job as Job<TaskFields>);
        return { ...taskJobView(job as Job<TaskFields>), waitingFor };
      },
      ...taskRetries,
      logs: keptTaskLogs,
    };
  },
  mount: ({ tasks, workTypes, work, requests }) => [
    ...(tasks ? [mounted(taskRoutes, taskHandlers(tasks))] : []),
    ...(workTypes ? [mounted(workTypeRoutes, workTypeHandlers(workTypes))] : []),
    ...(work ? [mounted({ ...workRoutes, ...exchangeRoutes }, workHandlers(work))] : []),
    ...(requests ? [mounted(requestRoutes, requestHandlers(requests))] : []),
  ],
};
