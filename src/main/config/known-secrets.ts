import { knownWeakness } from './known-weakness.ts';
import type { OptionName, OptionValues } from './options.ts';

/** What production does not start with. */
export function knownSecretProblems(values: OptionValues): { readonly option: OptionName; readonly message: string }[] {
  const { jwtSecret, callbackSecrets, objectsSecret, setupToken, metricsToken, adminPassword } = values;
  const { productImages, webhookSecrets = [] } = values;
  const secrets: readonly (readonly [OptionName, string, string | undefined])[] = [
    ['jwtSecret', 'JWT_SECRET', jwtSecret],
    ...(callbackSecrets ?? []).map((each) => ['callbackSecrets', 'GPU_CALLBACK_SECRET', each] as const),
    ...(productImages ? webhookSecrets : []).map((each) => ['webhookSecrets', 'WEBHOOK_SECRET', each] as const),
    ['objectsSecret', 'OBJECTS_SECRET', objectsSecret],
    ['setupToken', 'SETUP_TOKEN', setupToken],
    ['metricsToken', 'METRICS_TOKEN', metricsToken],
    ['adminPassword', 'ADMIN_PASSWORD', adminPassword],
  ];
  return secrets.flatMap(([option, env, secret]) => {
    const weakness = secret === undefined ? null : knownWeakness(secret);
    if (weakness === null) return [];
    return [{ option, message: `${env} ${weakness}: generate another with \`openssl rand -hex 32\`` }];
  });
}
