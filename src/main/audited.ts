import type { AuditRule } from '../transports/access/audit-rule.ts';
import type { RouteName } from './routes.ts';

/** Of which requests the audit keeps an entry: what people change of a server, and of what belongs to others. */
const everybody = (...shows: readonly string[]): AuditRule => ({ onlyOfOthers: false, shows });
const others = (...shows: readonly string[]): AuditRule => ({ onlyOfOthers: true, shows });

export const audited: Readonly<Partial<Record<RouteName, AuditRule>>> = {
  createUser: everybody('userId', 'email', 'roles'),
  updateUser: everybody('email', 'roles', 'disabled'),
  deleteUser: everybody(),
  createToken: others('userId', 'name', 'roles', 'expiresInDays'),
  revokeToken: others(),
  revokeTokens: others(),
  grantCredits: everybody('credits', 'plan', 'note'),
  putPlan: everybody('startingCredits', 'runningJobs', 'ruleSlots', 'failedItemsPerHour'),
  putWorkType: everybody('limits', 'defaults', 'searchable'),
  pauseWorkType: everybody(),
  resumeWorkType: everybody(),
  registerProvider: everybody('name', 'type'),
  updateProvider: everybody('name'),
  deleteProvider: everybody(),
  enableProvider: everybody(),
  disableProvider: everybody(),
  putSecret: everybody(),
  deleteSecret: everybody(),
  drainWorker: everybody(),
  createSchedule: everybody('name', 'cron', 'timeZone', 'enabled'),
  replaceSchedule: everybody('name', 'cron', 'timeZone', 'enabled'),
  deleteSchedule: everybody(),
  triggerSchedule: everybody(),
  rotateWebhookSecret: everybody(),
  enableWebhook: everybody('url'),
  replayWebhookDelivery: others(),
  cancelJob: others(),
  retryJob: others(),
  cancelTask: others(),
  retryTask: others(),
  retryTaskRequest: others(),
  removeTaskRequest: others(),
  bulkTasks: others('action', 'filter'),
  cancelCommand: others(),
  failProductImage: others(),
  pruneProductImages: everybody(),
  putTheme: everybody('title'),
  deleteTheme: everybody(),
};
