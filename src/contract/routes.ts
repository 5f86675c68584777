import { accountRoutes } from './accounts.ts';
import { historyRoutes } from './history.ts';
import { imageSetRoutes } from './image-set.ts';
import { jobRoutes } from './jobs.ts';
import { queueRoutes } from './queue.ts';
import { ruleRoutes } from './rules.ts';
import { scheduleRoutes } from './schedules.ts';
import { signUpRoutes } from './sign-up.ts';
import { systemRoutes } from './system.ts';
import { taskRoutes } from './tasks.ts';
import { tokenRoutes } from './tokens.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';
import { workTypeRoutes } from './work-types.ts';
import { workRoutes } from './work.ts';
import { workerRoutes } from './workers.ts';

/**
 * Every route by its name, in the order of the documents. Where two paths fit one request, the one
 * that stands first answers it: a fixed path before a parameter.
 */
export const routes = {
  ...imageSetRoutes,
  ...taskRoutes,
  ...workTypeRoutes,
  ...scheduleRoutes,
  ...webhookRoutes,
  ...jobRoutes,
  ...historyRoutes,
  ...accountRoutes,
  ...ruleRoutes,
  ...tokenRoutes,
  ...userRoutes,
  ...signUpRoutes,
  ...workRoutes,
  ...workerRoutes,
  ...queueRoutes,
  ...systemRoutes,
};

export type Routes = typeof routes;
export type RouteName = keyof Routes;
