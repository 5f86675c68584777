import type { Webhooks } from '../../../application/webhooks/webhooks.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { getWebhookSecret, replayWebhookDelivery, webhookRoutes } from '../../../contract/webhooks.ts';
import type { HandlersFor } from '../serve.ts';
import { answering } from './results.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';

type Value<T> = T extends Promise<infer R> ? Extract<R, { ok: true }> extends { value: infer V } ? V : never : never;
type StoredSecrets = Value<ReturnType<Webhooks['secrets']>>;
type StoredDelivery = Value<ReturnType<Webhooks['replay']>>;

export function webhookHandlers(webhooks: Webhooks): HandlersFor<typeof webhookRoutes> {
  return {
    getWebhookSecret: ({ context }) => answering(webhooks.secrets(context), secretOf),
    rotateWebhookSecret: ({ context }) => answering(webhooks.rotateSecret(context), secretOf),
    listWebhookDeliveries: ({ context, query }) =>
      answering(webhooks.deliveries(context, query), ({ deliveries, nextCursor }) => ({
        deliveries: deliveries.map(deliveryOf),
        nextCursor,
      })),
    getWebhookDelivery: ({ context, params }) =>
      answering(webhooks.delivery(context, params.id), ({ delivery, attempts }) => ({
        delivery: deliveryOf(delivery),
        body: delivery.body,
        attempts: attempts.map((attempt) => ({ ...attempt, at: iso(attempt.at) })),
      })),
    replayWebhookDelivery: ({ context, params }) => answering(webhooks.replay(context, params.id), deliveryOf),
    testWebhook: ({ context, body }) => answering(webhooks.test(context, body.url), deliveryOf),
    listDisabledWebhooks: ({ context }) =>
      answering(webhooks.disabled(context), (endpoints) => ({
        endpoints: endpoints.map(({ url, disabledAt }) => ({ url, disabledAt: iso(disabledAt) })),
      })),
    enableWebhook: ({ context, body }) =>
      answering(webhooks.enable(context, body.url), () => ({ url: body.url, enabled: true as const })),
  };
}

/** There is always one: the application makes the first. */
function secretOf(live: StoredSecrets): RouteAnswer<typeof getWebhookSecret> {
  const [newest, ...previous] = live;
  if (newest === undefined) throw new Error('there is no webhook secret');
  return {
    secret: newest.secret,
    createdAt: iso(newest.createdAt),
    previous: previous.map(({ createdAt, expiresAt }) => ({
      createdAt: iso(createdAt), expiresAt: isoOrNull(expiresAt),
    })),
  };
}

function deliveryOf(delivery: Omit<StoredDelivery, 'body' | 'traceparent'>): RouteAnswer<typeof replayWebhookDelivery> {
  const { id, jobId, ownerId, url, eventType, state, attempt, dueAt, createdAt, endedAt } = delivery;
  return {
    deliveryId: id, jobId: jobId || null, ownerId, url, type: eventType, state, attempts: attempt,
    nextAttemptAt: isoOrNull(dueAt), createdAt: iso(createdAt), endedAt: isoOrNull(endedAt),
  };
}
