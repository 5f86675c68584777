/**
 * The first part of the addresses of the console's pages: `/jobs/0193…` is in `jobs`. The server answers the console
 * for them, and for `/`.
 */
export const consoleSections = [
  'login', 'setup', 'photos', 'products', 'jobs', 'types', 'commands', 'providers', 'schedules', 'workers', 'credits',
  'webhooks', 'keys', 'account', 'users', 'audit', 'settings', 'health',
] as const;
