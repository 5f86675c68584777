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
}

export const routeIndex = {
  listPresets: { method: 'GET', path: '/api/presets', auth: 'user', idempotent: false },
  createImageSet: { method: 'POST', path: '/api/jobs', auth: 'user', idempotent: true },
  confirmUpload: { method: 'POST', path: '/api/jobs/:id/confirm-upload', auth: 'user', idempotent: false },
  executeImageSet: { method: 'POST', path: '/api/jobs/:id/execute', auth: 'user', idempotent: false },
  getImageSet: { method: 'GET', path: '/api/jobs/:id', auth: 'user', idempotent: false },
  cancelImageSet: { method: 'POST', path: '/api/jobs/:id/cancel', auth: 'user', idempotent: false },
  recordItemResult: { method: 'POST', path: '/api/jobs/:id/callback', auth: 'worker', idempotent: false },
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
  revokeToken: { method: 'DELETE', path: '/api/tokens/:id', auth: 'user', idempotent: false },
  pullMessages: { method: 'POST', path: '/api/queues/:queue/messages/pull', auth: 'worker', idempotent: false },
  acknowledgeMessages: { method: 'POST', path: '/api/queues/:queue/messages/ack', auth: 'worker', idempotent: false },
  extendLease: { method: 'POST', path: '/api/queues/:queue/messages/extend', auth: 'worker', idempotent: false },
  live: { method: 'GET', path: '/livez', auth: 'none', idempotent: false },
  ready: { method: 'GET', path: '/readyz', auth: 'none', idempotent: false },
  health: { method: 'GET', path: '/api/health', auth: 'none', idempotent: false },
} as const satisfies Record<RouteName, RouteEntry>;
