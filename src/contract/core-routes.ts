import type { accountListRoutes, accountRoutes } from './accounts.ts';
import type { typeTimesRoutes } from './type-times.ts';
import type { auditRoutes } from './audit.ts';
import type { ConsoleRoutes, developerRoutes } from './console.ts';
import type { EventRoutes } from './events.ts';
import type { HistoryRoutes } from './history.ts';
import type { JobRoutes } from './jobs.ts';
import type { logRoutes } from './logs.ts';
import type { outboxRoutes } from './outbox.ts';
import type { settingRoutes } from './settings.ts';
import type { signUpRoutes } from './sign-up.ts';
import type { systemRoutes } from './system.ts';
import type { tokenRoutes } from './tokens.ts';
import type { userRoutes } from './users.ts';
import type { webhookRoutes } from './webhooks.ts';
import type { workerRoutes } from './workers.ts';

/** The routes that are there whatever kinds of job a server has, and the same whatever those take. */
export type CoreRoutes = typeof accountRoutes &
  typeof accountListRoutes &
  typeof auditRoutes &
  typeof typeTimesRoutes &
  ConsoleRoutes &
  typeof developerRoutes &
  EventRoutes &
  HistoryRoutes &
  JobRoutes &
  typeof logRoutes &
  typeof outboxRoutes &
  typeof settingRoutes &
  typeof signUpRoutes &
  typeof systemRoutes &
  typeof tokenRoutes &
  typeof userRoutes &
  typeof webhookRoutes &
  typeof workerRoutes;
