import { hidden } from './option.ts';
import { list, secret } from '../values.ts';

export const secretOptions = {
  jwtSecret: hidden(
    'secrets',
    'JWT_SECRET',
    secret(32),
    'Signs the tokens of logins (HS256), and verifies tokens that other programs sign with it. Required without ' +
      '--dev; with --dev, a new one is generated at each start by default.',
  ),
  callbackSecrets: hidden(
    'secrets',
    'GPU_CALLBACK_SECRET',
    list(secret(16), 'one or more secrets of at least 16 characters, comma-separated'),
    'Authenticates image workers. To rotate it, put the new secret before the old one, and remove the old one when ' +
      'every worker has the new one. Required without --dev; with --dev, `dev-callback-secret` and ' +
      '`test-gpu-callback-secret-for-local-dev` are accepted by default.',
  ),
  metricsToken: hidden(
    'secrets',
    'METRICS_TOKEN',
    secret(16),
    'Bearer token for `/metrics`. Without it and METRICS_PORT, only clients on the same machine get metrics, and ' +
      'not through a proxy.',
  ),
  installationKey: hidden(
    'secrets',
    'WAYBILL_KEY',
    secret(32),
    'Encrypts stored secrets and signs the tokens of agents. All servers of one database need the same. Default: one ' +
      'is generated and stored in the data folder.',
  ),
  objectsSecret: hidden(
    'secrets',
    'OBJECTS_SECRET',
    secret(16),
    'Signs object URLs with OBJECTS=filesystem. Default: one is generated and stored in the data folder.',
  ),
};
