// Written by npm run docs.
import type { RouteIndex } from '../../../client/route-index.ts';
import type { Routes } from '../../routes.ts';

export const routeIndex: RouteIndex<Routes> = {
  listPresets: {
    method: 'GET', path: '/api/presets', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  getPreset: {
    method: 'GET', path: '/api/presets/:name', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  createImageSet: {
    method: 'POST', path: '/api/jobs', auth: 'user',
    idempotent: true, repeatable: true, stream: false,
  },
  confirmUpload: {
    method: 'POST', path: '/api/jobs/:id/confirm-upload', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  executeImageSet: {
    method: 'POST', path: '/api/jobs/:id/execute', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  listInputs: {
    method: 'GET', path: '/api/jobs/:id/inputs', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  listFirstPictures: {
    method: 'GET', path: '/api/image-sets/pictures', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  downloadResults: {
    method: 'GET', path: '/api/jobs/:id/results.zip', auth: 'user',
    idempotent: false, repeatable: true, stream: false, media: 'application/zip',
  },
  recordItemResult: {
    method: 'POST', path: '/api/jobs/:id/callback', auth: 'worker',
    idempotent: false, repeatable: true, stream: false,
  },
  recordItemResults: {
    method: 'POST', path: '/api/jobs/:id/callbacks', auth: 'worker',
    idempotent: false, repeatable: true, stream: false,
  },
  listTasks: {
    method: 'GET', path: '/api/v1/jobs', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  submitTask: {
    method: 'POST', path: '/api/v1/jobs', auth: 'user',
    idempotent: true, repeatable: true, stream: false,
  },
  getTask: {
    method: 'GET', path: '/api/v1/jobs/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  cancelTask: {
    method: 'DELETE', path: '/api/v1/jobs/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  taskProgress: {
    method: 'GET', path: '/api/v1/jobs/:id/progress', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
  taskEvents: {
    method: 'GET', path: '/api/v1/jobs/:id/events', auth: 'user',
    idempotent: false, repeatable: true, stream: true,
  },
  bulkTasks: {
    method: 'POST', path: '/api/v1/jobs/bulk', auth: 'user',
    idempotent: true, repeatable: true, stream: false,
  },
  retryTask: {
    method: 'POST', path: '/api/v1/jobs/:id/retry', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  taskLogs: {
    method: 'GET', path: '/api/v1/jobs/:id/logs', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  taskStats: {
    method: 'GET', path: '/api/v1/stats', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listWorkTypes: {
    method: 'GET', path: '/api/v1/types', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  getWorkType: {
    method: 'GET', path: '/api/v1/types/:type', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  putWorkType: {
    method: 'PUT', path: '/api/v1/types/:type', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  pauseWorkType: {
    method: 'POST', path: '/api/v1/types/:type/pause', auth: 'operator',
    idempotent: false, repeatable: false, stream: false,
  },
  resumeWorkType: {
    method: 'POST', path: '/api/v1/types/:type/resume', auth: 'operator',
    idempotent: false, repeatable: false, stream: false,
  },
  listTaskRequests: {
    method: 'GET', path: '/api/v1/requests', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  getTaskRequest: {
    method: 'GET', path: '/api/v1/requests/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  retryTaskRequest: {
    method: 'POST', path: '/api/v1/requests/:id/retry', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  removeTaskRequest: {
    method: 'DELETE', path: '/api/v1/requests/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  submitCommand: {
    method: 'POST', path: '/api/commands', auth: 'operator',
    idempotent: true, repeatable: true, stream: false,
  },
  listCommands: {
    method: 'GET', path: '/api/commands', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  createCommandUploads: {
    method: 'POST', path: '/api/commands/uploads', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  commandQueue: {
    method: 'GET', path: '/api/commands/queue', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listQueuedCommands: {
    method: 'GET', path: '/api/commands/queue/jobs', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  cancelCommand: {
    method: 'POST', path: '/api/commands/:id/cancel', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listArtifacts: {
    method: 'GET', path: '/api/commands/:id/artifacts', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  receiveImage: {
    method: 'POST', path: '/api/webhooks/3jms/images', auth: 'signature',
    idempotent: false, repeatable: true, stream: false,
  },
  createProductImage: {
    method: 'POST', path: '/api/product-images', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  startProductImage: {
    method: 'POST', path: '/api/jobs/:id/start', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  presignProductImage: {
    method: 'POST', path: '/api/jobs/:id/presign', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  reportSegmentation: {
    method: 'POST', path: '/api/jobs/:id/segmentation', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  reportBackgrounds: {
    method: 'POST', path: '/api/jobs/:id/backgrounds', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  reportComposite: {
    method: 'POST', path: '/api/jobs/:id/composite', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  reportShopify: {
    method: 'POST', path: '/api/jobs/:id/shopify', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  failProductImage: {
    method: 'POST', path: '/api/jobs/:id/fail', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  pruneProductImages: {
    method: 'POST', path: '/api/product-images/prune', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  listProductPictures: {
    method: 'GET', path: '/api/jobs/:id/pictures', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listProductCovers: {
    method: 'GET', path: '/api/product-images/covers', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  makeDerivatives: {
    method: 'POST', path: '/api/jobs/:id/derivatives', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listThemes: {
    method: 'GET', path: '/api/themes', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  putTheme: {
    method: 'PUT', path: '/api/themes/:theme', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteTheme: {
    method: 'DELETE', path: '/api/themes/:theme', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  previewTheme: {
    method: 'POST', path: '/api/themes/:theme/preview', auth: 'operator',
    idempotent: false, repeatable: true, stream: false, media: 'image/jpeg', file: true,
  },
  listSchedules: {
    method: 'GET', path: '/api/v1/schedules', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  createSchedule: {
    method: 'POST', path: '/api/v1/schedules', auth: 'operator',
    idempotent: true, repeatable: true, stream: false,
  },
  getSchedule: {
    method: 'GET', path: '/api/v1/schedules/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  replaceSchedule: {
    method: 'PUT', path: '/api/v1/schedules/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteSchedule: {
    method: 'DELETE', path: '/api/v1/schedules/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  triggerSchedule: {
    method: 'POST', path: '/api/v1/schedules/:id/trigger', auth: 'operator',
    idempotent: true, repeatable: true, stream: false,
  },
  getWebhookSecret: {
    method: 'GET', path: '/api/v1/webhooks/secret', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  rotateWebhookSecret: {
    method: 'POST', path: '/api/v1/webhooks/secret/rotate', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  listWebhookDeliveries: {
    method: 'GET', path: '/api/v1/webhooks/deliveries', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  getWebhookDelivery: {
    method: 'GET', path: '/api/v1/webhooks/deliveries/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  replayWebhookDelivery: {
    method: 'POST', path: '/api/v1/webhooks/deliveries/:id/replay', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  testWebhook: {
    method: 'POST', path: '/api/v1/webhooks/test', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  listDisabledWebhooks: {
    method: 'GET', path: '/api/v1/webhooks/disabled', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  enableWebhook: {
    method: 'POST', path: '/api/v1/webhooks/enable', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  listTypeTimes: {
    method: 'GET', path: '/api/jobs/stats/types', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listJobs: {
    method: 'GET', path: '/api/jobs', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  jobStats: {
    method: 'GET', path: '/api/jobs/stats', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  getJob: {
    method: 'GET', path: '/api/jobs/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  listJobEvents: {
    method: 'GET', path: '/api/jobs/:id/events', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  listJobSagas: {
    method: 'GET', path: '/api/jobs/:id/sagas', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  cancelJob: {
    method: 'POST', path: '/api/jobs/:id/cancel', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  retryJob: {
    method: 'POST', path: '/api/jobs/:id/retry', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  jobLogs: {
    method: 'GET', path: '/api/jobs/:id/logs', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  followJobLogs: {
    method: 'GET', path: '/api/jobs/:id/logs/stream', auth: 'user',
    idempotent: false, repeatable: true, stream: true,
  },
  jobLogFile: {
    method: 'GET', path: '/api/jobs/:id/logs/file', auth: 'user',
    idempotent: false, repeatable: true, stream: false, media: 'application/x-ndjson',
  },
  jobLogObject: {
    method: 'GET', path: '/api/jobs/:id/logs/object', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  getHistory: {
    method: 'GET', path: '/api/jobs/:id/history', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  followEvents: {
    method: 'GET', path: '/api/events', auth: 'user',
    idempotent: false, repeatable: true, stream: true,
  },
  me: {
    method: 'GET', path: '/api/user/me', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  showAccount: {
    method: 'GET', path: '/api/accounts/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  listLedger: {
    method: 'GET', path: '/api/accounts/:id/ledger', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  showAccountDays: {
    method: 'GET', path: '/api/accounts/:id/days', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  grantCredits: {
    method: 'POST', path: '/api/accounts/:id/grants', auth: 'admin',
    idempotent: true, repeatable: true, stream: false,
  },
  listAccounts: {
    method: 'GET', path: '/api/accounts', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  listPlans: {
    method: 'GET', path: '/api/plans', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  putPlan: {
    method: 'PUT', path: '/api/plans/:plan', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  listAudit: {
    method: 'GET', path: '/api/audit', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  listRules: {
    method: 'GET', path: '/api/rules', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  createRule: {
    method: 'POST', path: '/api/rules', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  getRule: {
    method: 'GET', path: '/api/rules/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  updateRule: {
    method: 'PUT', path: '/api/rules/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteRule: {
    method: 'DELETE', path: '/api/rules/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  listTokens: {
    method: 'GET', path: '/api/tokens', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  createToken: {
    method: 'POST', path: '/api/tokens', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  revokeTokens: {
    method: 'DELETE', path: '/api/tokens', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  revokeToken: {
    method: 'DELETE', path: '/api/tokens/:id', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  showSetup: {
    method: 'GET', path: '/api/v1/setup', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
  setUp: {
    method: 'POST', path: '/api/v1/setup', auth: 'none',
    idempotent: false, repeatable: false, stream: false,
  },
  setUpAlias: {
    method: 'POST', path: '/api/v1/auth/setup', auth: 'none',
    idempotent: false, repeatable: false, stream: false,
  },
  logIn: {
    method: 'POST', path: '/api/v1/auth/login', auth: 'none',
    idempotent: false, repeatable: false, stream: false,
  },
  logOut: {
    method: 'POST', path: '/api/v1/auth/logout', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  logOutEverywhere: {
    method: 'POST', path: '/api/v1/auth/logout-everywhere', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  refreshLogin: {
    method: 'POST', path: '/api/v1/auth/refresh', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  showSession: {
    method: 'GET', path: '/api/v1/auth/me', auth: 'user',
    idempotent: false, repeatable: true, stream: false,
  },
  changePassword: {
    method: 'POST', path: '/api/v1/auth/password', auth: 'user',
    idempotent: false, repeatable: false, stream: false,
  },
  listUsers: {
    method: 'GET', path: '/api/v1/users', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  createUser: {
    method: 'POST', path: '/api/v1/users', auth: 'admin',
    idempotent: false, repeatable: false, stream: false,
  },
  updateUser: {
    method: 'PUT', path: '/api/v1/users/:id', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteUser: {
    method: 'DELETE', path: '/api/v1/users/:id', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  signUpAnonymously: {
    method: 'POST', path: '/api/auth/anon', auth: 'none',
    idempotent: false, repeatable: false, stream: false,
  },
  listSettings: {
    method: 'GET', path: '/api/settings', auth: 'admin',
    idempotent: false, repeatable: true, stream: false,
  },
  showOutbox: {
    method: 'GET', path: '/api/outbox', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  showConsole: {
    method: 'GET', path: '/api/console', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
  logInAsDeveloper: {
    method: 'POST', path: '/api/v1/auth/developer', auth: 'none',
    idempotent: false, repeatable: false, stream: false,
  },
  takeTasks: {
    method: 'POST', path: '/api/v1/workers/take', auth: 'operator',
    idempotent: false, repeatable: false, stream: false,
  },
  reportTasks: {
    method: 'POST', path: '/api/v1/workers/report', auth: 'operator',
    idempotent: false, repeatable: false, stream: false,
  },
  heartbeatTasks: {
    method: 'POST', path: '/api/v1/workers/heartbeat', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  startChildTasks: {
    method: 'POST', path: '/api/v1/workers/children', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  exchangeTasks: {
    method: 'POST', path: '/api/v1/workers/exchange', auth: 'operator',
    idempotent: false, repeatable: false, stream: false,
  },
  listWorkers: {
    method: 'GET', path: '/api/v1/workers', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listFleetWorkers: {
    method: 'GET', path: '/api/fleet/workers', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  drainWorker: {
    method: 'POST', path: '/api/fleet/workers/:id/drain', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  fleetMetrics: {
    method: 'GET', path: '/api/fleet/metrics', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listProviders: {
    method: 'GET', path: '/api/providers', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  registerProvider: {
    method: 'POST', path: '/api/providers', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  getProvider: {
    method: 'GET', path: '/api/providers/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  updateProvider: {
    method: 'PATCH', path: '/api/providers/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteProvider: {
    method: 'DELETE', path: '/api/providers/:id', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  enableProvider: {
    method: 'POST', path: '/api/providers/:id/enable', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  disableProvider: {
    method: 'POST', path: '/api/providers/:id/disable', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  testProvider: {
    method: 'POST', path: '/api/providers/:id/test', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  listSecrets: {
    method: 'GET', path: '/api/secrets', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  putSecret: {
    method: 'PUT', path: '/api/secrets/:name', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  deleteSecret: {
    method: 'DELETE', path: '/api/secrets/:name', auth: 'operator',
    idempotent: false, repeatable: true, stream: false,
  },
  pullMessages: {
    method: 'POST', path: '/api/queues/:queue/messages/pull', auth: 'worker',
    idempotent: false, repeatable: false, stream: false,
  },
  acknowledgeMessages: {
    method: 'POST', path: '/api/queues/:queue/messages/ack', auth: 'worker',
    idempotent: false, repeatable: false, stream: false,
  },
  extendLease: {
    method: 'POST', path: '/api/queues/:queue/messages/extend', auth: 'worker',
    idempotent: false, repeatable: true, stream: false,
  },
  live: {
    method: 'GET', path: '/livez', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
  ready: {
    method: 'GET', path: '/readyz', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
  health: {
    method: 'GET', path: '/api/health', auth: 'none',
    idempotent: false, repeatable: true, stream: false,
  },
};
