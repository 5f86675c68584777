import { hidden } from './option.ts';
import { list, secret } from '../values.ts';

export const secretOptions = {
  jwtSecret: hidden(
    'secrets',
    'JWT_SECRET',
    secret(32),
    'Signs (HS256) the tokens of logins, and checks those and the ones that other programs sign with it. ' +
      'Required without --dev, where each start makes its own unless it is set.',
  ),
  callbackSecrets: hidden(
    'secrets',
    'GPU_CALLBACK_SECRET',
    list(secret(16), 'one or more secrets of at least 16 characters, comma-separated'),
    'What workers prove themselves by. To rotate it, put the new one before the old one, and drop the old one once ' +
      'every worker has the new one. Required without --dev, where `dev-callback-secret` and ' +
      '`test-gpu-callback-secret-for-local-dev` are both taken unless it is set.',
  ),
  metricsToken: hidden(
    'secrets',
    'METRICS_TOKEN',
    secret(16),
    'What `/metrics` takes as `Authorization: Bearer`. Without it and METRICS_PORT, metrics are answered on the ' +
      "server's own machine only, and not through a proxy.",
  ),
  objectsSecret: hidden(
    'secrets',
    'OBJECTS_SECRET',
    secret(16),
    'Signs the object URLs of OBJECTS=filesystem. Unless set, one is made and kept in the data folder.',
  ),
};
