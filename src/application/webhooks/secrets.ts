import type { StoredWebhookSecret, WebhookStore } from '../../ports/store/webhook-store.ts';
import type { Clock } from '../../ports/world.ts';
import { newWebhookSecret } from './signature.ts';

/** How long the secret before signs too, once there is another one. */
export const rotationMs = 24 * 3_600_000;
/** Secrets of one owner that sign at once, at most. */
export const maxLiveSecrets = 5;

interface SecretDependencies {
  readonly webhooks: Pick<WebhookStore, 'secrets' | 'addSecret'>;
  readonly clock: Clock;
}

/** The owner's secrets, newest first; the first one is made now if there is none. */
export async function liveSecrets(
  { webhooks, clock }: SecretDependencies,
  ownerId: string,
): Promise<readonly StoredWebhookSecret[]> {
  const now = clock.now();
  const live = await webhooks.secrets(ownerId, now);
  if (live.length > 0) return live;
  await addSecret({ webhooks, clock }, ownerId, true);
  return webhooks.secrets(ownerId, now);
}

export async function addSecret({ webhooks, clock }: SecretDependencies, ownerId: string, onlyFirst = false) {
  const now = clock.now();
  const secret = { ownerId, secret: newWebhookSecret(), createdAt: now, expiresAt: null };
  await webhooks.addSecret(secret, { now, othersUntil: now + rotationMs, onlyFirst });
}
