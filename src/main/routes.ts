import { accountListRoutes, accountRoutes } from '../contract/accounts.ts';
import { typeTimesRoutes } from '../contract/type-times.ts';
import { auditRoutes } from '../contract/audit.ts';
import { consoleRoutes as consoleRoutesOf, developerRoutes } from '../contract/console.ts';
import { commandJobs } from '../kinds/command/contract/command-examples.ts';
import { commandRoutes } from '../kinds/command/contract/commands.ts';
import { fleetRoutes } from '../kinds/command/contract/fleet.ts';
import { providerRoutes } from '../kinds/command/contract/providers.ts';
import { scheduledCommands } from '../kinds/command/contract/scheduled.ts';
import { secretRoutes } from '../kinds/command/contract/secrets.ts';
import { eventRoutes as eventRoutesOf } from '../contract/events.ts';
import { historyRoutes as historyRoutesOf } from '../contract/history.ts';
import { logRoutes } from '../contract/logs.ts';
import { imageSetHistory, imageSetJobs } from '../kinds/image-set/contract/image-set-job.ts';
import { callbackRoutes } from '../kinds/image-set/contract/callbacks.ts';
import { imageSetRoutes } from '../kinds/image-set/contract/image-set.ts';
import { jobRoutes as jobRoutesOf } from '../contract/jobs.ts';
import { productImageJobs } from '../kinds/product-image/contract/product-image-job.ts';
import { derivativeRoutes } from '../kinds/product-image/contract/derivatives.ts';
import { pictureRoutes } from '../kinds/product-image/contract/pictures.ts';
import { productImageRoutes } from '../kinds/product-image/contract/product-image.ts';
import { themeRoutes } from '../kinds/product-image/contract/themes.ts';
import { productWebhookRoutes } from '../kinds/product-image/contract/webhook.ts';
import { queueRoutes } from '../kinds/image-set/contract/queue.ts';
import { ruleRoutes } from '../kinds/image-set/contract/rules.ts';
import { scheduledTasks } from '../kinds/task/contract/scheduled.ts';
import {
  scheduleRoutes as scheduleRoutesOf, type ScheduledContract, type ScheduleRoutes,
} from '../contract/schedules.ts';
import { outboxRoutes } from '../contract/outbox.ts';
import { settingRoutes } from '../contract/settings.ts';
import { signUpRoutes } from '../contract/sign-up.ts';
import { systemRoutes } from '../contract/system.ts';
import { taskJobs } from '../kinds/task/contract/task-examples.ts';
import { requestRoutes } from '../kinds/task/contract/requests.ts';
import { taskRoutes } from '../kinds/task/contract/tasks.ts';
import { tokenRoutes } from '../contract/tokens.ts';
import { userRoutes } from '../contract/users.ts';
import { webhookRoutes } from '../contract/webhooks.ts';
import { exchangeRoutes } from '../kinds/task/contract/exchange.ts';
import { workTypeRoutes } from '../kinds/task/contract/work-types.ts';
import { workRoutes } from '../kinds/task/contract/work.ts';
import { workerRoutes } from '../contract/workers.ts';

/** Of the kinds whose jobs people see. */
export const jobRoutes = jobRoutesOf([imageSetJobs, taskJobs, commandJobs, productImageJobs]);
export const consoleRoutes = consoleRoutesOf(['image-set', 'task', 'command']);
export const eventRoutes = eventRoutesOf(taskJobs.example);
export const historyRoutes = historyRoutesOf(imageSetHistory);

/** Of the kinds whose jobs can be scheduled; a schedule that names none is of the first. */
export const scheduledKinds = [scheduledTasks, scheduledCommands] as const;
export const scheduleRoutes = scheduleRoutesOf(scheduledKinds);

/** Of a server that has more kinds beside. */
export function scheduleRoutesWith(
  more: readonly { readonly scheduled?: ScheduledContract }[],
): ScheduleRoutes {
  return scheduleRoutesOf([...scheduledKinds, ...more.flatMap(({ scheduled }) => scheduled ?? [])]);
}

/**
 * Every route by its name, in the order of the documents. Where two paths fit one request, the one
 * that stands first answers it: a fixed path before a parameter.
 */
export const routes = {
  ...imageSetRoutes,
  ...callbackRoutes,
  ...taskRoutes,
  ...workTypeRoutes,
  ...requestRoutes,
  ...commandRoutes,
  ...productWebhookRoutes,
  ...productImageRoutes,
  ...pictureRoutes,
  ...derivativeRoutes,
  ...themeRoutes,
  ...scheduleRoutes,
  ...webhookRoutes,
  ...typeTimesRoutes,
  ...jobRoutes,
  ...logRoutes,
  ...historyRoutes,
  ...eventRoutes,
  ...accountRoutes,
  ...accountListRoutes,
  ...auditRoutes,
  ...ruleRoutes,
  ...tokenRoutes,
  ...userRoutes,
  ...signUpRoutes,
  ...settingRoutes,
  ...outboxRoutes,
  ...consoleRoutes,
  ...developerRoutes,
  ...workRoutes,
  ...exchangeRoutes,
  ...workerRoutes,
  ...fleetRoutes,
  ...providerRoutes,
  ...secretRoutes,
  ...queueRoutes,
  ...systemRoutes,
};

export type Routes = typeof routes;
export type RouteName = keyof Routes;
