import type { RouteName } from '../../contract/routes.ts';

/**
 * What a call needs to know of each route, taken from the contract. The contract itself brings the
 * schemas, which cost a program 90 ms at its start and a web page their size.
 */
export interface RouteEntry {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly auth: 'none' | 'user' | 'operator' | 'admin' | 'worker';
  readonly idempotent: boolean;
  /** Whether it answers with Server-Sent Events. */
  readonly stream?: true;
}

export const routeIndex = {
  listPresets: { method: 'GET', path: '/api/presets', auth: 'user', idempotent: false },
  getPreset: { method: 'GET', path: '/api/presets/:name', auth: 'user', idempotent: false },
  createImageSet: { method: 'POST', path: '/api/jobs', auth: 'user', idempotent: true },
  confirmUpload: { method: 'POST', path: '/api/jobs/:id/confirm-upload', auth: 'user', idempotent: false },
  executeImageSet: { method: 'POST', path: '/api/jobs/:id/execute', auth: 'user', idempotent: false },
  getImageSet: { method: 'GET', path: '/api/jobs/:id', auth: 'user', idempotent: false },
  cancelImageSet: { method: 'POST', path: '/api/jobs/:id/cancel', auth: 'user', idempotent: false },
  recordItemResult: { method: 'POST', path: '/api/jobs/:id/callback', auth: 'worker', idempotent: false },
  listTasks: { method: 'GET', path: '/api/v1/jobs', auth: 'user', idempotent: false },
  submitTask: { method: 'POST', path: '/api/v1/jobs', auth: 'user', idempotent: true },
  getTask: { method: 'GET', path: '/api/v1/jobs/:id', auth: 'user', idempotent: false },
  cancelTask: { method: 'DELETE', path: '/api/v1/jobs/:id', auth: 'user', idempotent: false },
  taskProgress: { method: 'GET', path: '/api/v1/jobs/:id/progress', auth: 'none', idempotent: false },
  taskEvents: { method: 'GET', path: '/api/v1/jobs/:id/events', auth: 'user', idempotent: false, stream: true },
  bulkTasks: { method: 'POST', path: '/api/v1/jobs/bulk', auth: 'user', idempotent: true },
  retryTask: { method: 'POST', path: '/api/v1/jobs/:id/retry', auth: 'user', idempotent: false },
  taskLogs: { method: 'GET', path: '/api/v1/jobs/:id/logs', auth: 'user', idempotent: false },
  taskStats: { method: 'GET', path: '/api/v1/stats', auth: 'operator', idempotent: false },
  listWorkTypes: { method: 'GET', path: '/api/v1/types', auth: 'user', idempotent: false },
  getWorkType: { method: 'GET', path: '/api/v1/types/:type', auth: 'user', idempotent: false },
  putWorkType: { method: 'PUT', path: '/api/v1/types/:type', auth: 'operator', idempotent: false },
  listSchedules: { method: 'GET', path: '/api/v1/schedules', auth: 'operator', idempotent: false },
  createSchedule: { method: 'POST', path: '/api/v1/schedules', auth: 'operator', idempotent: true },
  getSchedule: { method: 'GET', path: '/api/v1/schedules/:id', auth: 'operator', idempotent: false },
  replaceSchedule: { method: 'PUT', path: '/api/v1/schedules/:id', auth: 'operator', idempotent: false },
  deleteSchedule: { method: 'DELETE', path: '/api/v1/schedules/:id', auth: 'operator', idempotent: false },
  triggerSchedule: { method: 'POST', path: '/api/v1/schedules/:id/trigger', auth: 'operator', idempotent: true },
  getWebhookSecret: { method: 'GET', path: '/api/v1/webhooks/secret', auth: 'user', idempotent: false },
  rotateWebhookSecret: { method: 'POST', path: '/api/v1/webhooks/secret/rotate', auth: 'user', idempotent: false },
  listWebhookDeliveries: { method: 'GET', path: '/api/v1/webhooks/deliveries', auth: 'user', idempotent: false },
  getWebhookDelivery: { method: 'GET', path: '/api/v1/webhooks/deliveries/:id', auth: 'user', idempotent: false },
  replayWebhookDelivery: { method: 'POST', path: '/api/v1/webhooks/deliveries/:id/replay', auth: 'user', idempotent: false },
  listDisabledWebhooks: { method: 'GET', path: '/api/v1/webhooks/disabled', auth: 'user', idempotent: false },
  enableWebhook: { method: 'POST', path: '/api/v1/webhooks/enable', auth: 'user', idempotent: false },
  listJobs: { method: 'GET', path: '/api/jobs', auth: 'user', idempotent: false },
  listEvents: { method: 'GET', path: '/api/jobs/:id/events', auth: 'user', idempotent: false },
  getHistory: { method: 'GET', path: '/api/jobs/:id/history', auth: 'user', idempotent: false },
  me: { method: 'GET', path: '/api/user/me', auth: 'user', idempotent: false },
  showAccount: { method: 'GET', path: '/api/accounts/:id', auth: 'user', idempotent: false },
  listLedger: { method: 'GET', path: '/api/accounts/:id/ledger', auth: 'user', idempotent: false },
  grantCredits: { method: 'POST', path: '/api/accounts/:id/grants', auth: 'admin', idempotent: true },
  listRules: { method: 'GET', path: '/api/rules', auth: 'user', idempotent: false },
  createRule: { method: 'POST', path: '/api/rules', auth: 'user', idempotent: false },
  getRule: { method: 'GET', path: '/api/rules/:id', auth: 'user', idempotent: false },
  updateRule: { method: 'PUT', path: '/api/rules/:id', auth: 'user', idempotent: false },
  deleteRule: { method: 'DELETE', path: '/api/rules/:id', auth: 'user', idempotent: false },
  listTokens: { method: 'GET', path: '/api/tokens', auth: 'user', idempotent: false },
  createToken: { method: 'POST', path: '/api/tokens', auth: 'user', idempotent: false },
  revokeTokens: { method: 'DELETE', path: '/api/tokens', auth: 'user', idempotent: false },
  revokeToken: { method: 'DELETE', path: '/api/tokens/:id', auth: 'user', idempotent: false },
  showSetup: { method: 'GET', path: '/api/v1/setup', auth: 'none', idempotent: false },
  setUp: { method: 'POST', path: '/api/v1/setup', auth: 'none', idempotent: false },
  setUpAlias: { method: 'POST', path: '/api/v1/auth/setup', auth: 'none', idempotent: false },
  logIn: { method: 'POST', path: '/api/v1/auth/login', auth: 'none', idempotent: false },
  logOut: { method: 'POST', path: '/api/v1/auth/logout', auth: 'user', idempotent: false },
  refreshLogin: { method: 'POST', path: '/api/v1/auth/refresh', auth: 'user', idempotent: false },
  showSession: { method: 'GET', path: '/api/v1/auth/me', auth: 'user', idempotent: false },
  changePassword: { method: 'POST', path: '/api/v1/auth/password', auth: 'user', idempotent: false },
  listUsers: { method: 'GET', path: '/api/v1/users', auth: 'admin', idempotent: false },
  createUser: { method: 'POST', path: '/api/v1/users', auth: 'admin', idempotent: false },
  updateUser: { method: 'PUT', path: '/api/v1/users/:id', auth: 'admin', idempotent: false },
  deleteUser: { method: 'DELETE', path: '/api/v1/users/:id', auth: 'admin', idempotent: false },
  signUpAnonymously: { method: 'POST', path: '/api/auth/anon', auth: 'none', idempotent: false },
  takeTasks: { method: 'POST', path: '/api/v1/workers/take', auth: 'operator', idempotent: false },
  reportTasks: { method: 'POST', path: '/api/v1/workers/report', auth: 'operator', idempotent: false },
  heartbeatTasks: { method: 'POST', path: '/api/v1/workers/heartbeat', auth: 'operator', idempotent: false },
  pullMessages: { method: 'POST', path: '/api/queues/:queue/messages/pull', auth: 'worker', idempotent: false },
  acknowledgeMessages: { method: 'POST', path: '/api/queues/:queue/messages/ack', auth: 'worker', idempotent: false },
  extendLease: { method: 'POST', path: '/api/queues/:queue/messages/extend', auth: 'worker', idempotent: false },
  live: { method: 'GET', path: '/livez', auth: 'none', idempotent: false },
  ready: { method: 'GET', path: '/readyz', auth: 'none', idempotent: false },
  health: { method: 'GET', path: '/api/health', auth: 'none', idempotent: false },
} as const satisfies Record<RouteName, RouteEntry>;
