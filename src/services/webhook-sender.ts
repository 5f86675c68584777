import type { WakeUp } from '../application/wake-up.ts';
import { attemptOf, outcomeOf, type DeliveryOutcome } from '../application/webhooks/attempts.ts';
import { liveSecrets } from '../application/webhooks/secrets.ts';
import { signedHeaders } from '../application/webhooks/signature.ts';
import type { ClaimedDelivery, DeliveryAttempt, WebhookStore } from '../ports/store/webhook-store.ts';
import type { WebhookAnswer, WebhookTransport } from '../ports/webhook-transport.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

const timeoutMs = 15_000;
const maxSending = 20;
const maxSendingPerHost = 5;
/** Claimed at once, those included that wait for their host's turn: they have to be sent within their lease. */
const maxClaimed = 40;
/** 40 to one host that never answers, five at once, take two minutes. */
const leaseMs = 180_000;
/** How often it looks without being woken: deliveries are made at other servers too. */
const pollMs = 1_000;

export interface WebhookSenderOptions {
  readonly webhooks: WebhookStore;
  readonly transport: WebhookTransport;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  /** Notified when deliveries are put or replayed; it notifies itself when one has been sent. */
  readonly wakeUp: WakeUp;
}

/**
 * Sends what is due, at least once: a claim is a lease, and one that ends without a record is claimed again. Several
 * may run over one store. Those that wait for their host's turn when it is told to stop are left to their lease.
 */
export function createWebhookSender(options: WebhookSenderOptions): Service {
  const { webhooks, clock, logger, wakeUp } = options;
  const waiting: ClaimedDelivery[] = [];
  const sending = new Set<Promise<void>>();
  const perHost = new Map<string, number>();
  const start = (delivery: ClaimedDelivery, host: string): void => {
    perHost.set(host, (perHost.get(host) ?? 0) + 1);
    const sent = attemptDelivery(options, delivery)
      .catch((error: unknown) => {
        logger.error('a webhook delivery failed', { deliveryId: delivery.id, error: String(error) });
      })
      .finally(() => {
        const left = (perHost.get(host) ?? 1) - 1;
        if (left === 0) perHost.delete(host);
        else perHost.set(host, left);
        sending.delete(sent);
        wakeUp.notify();
      });
    sending.add(sent);
  };
  const startWaiting = (): void => {
    for (let index = 0; index < waiting.length && sending.size < maxSending; ) {
      const delivery = waiting[index]!;
      const host = hostOf(delivery.url);
      if ((perHost.get(host) ?? 0) >= maxSendingPerHost) {
        index += 1;
        continue;
      }
      waiting.splice(index, 1);
      // Its lease could end while it is being sent, and another would send it too: left to that one.
      if ((delivery.dueAt ?? 0) - clock.now() > timeoutMs) start(delivery, host);
    }
  };
  const loop = createLoop({
    name: 'webhook-sender',
    logger,
    wakeUp,
    round: async (signal) => {
      startWaiting();
      const limit = maxClaimed - waiting.length - sending.size;
      // One that has been sent wakes the loop.
      if (limit <= 0 || sending.size >= maxSending) return pollMs;
      const claimed = await webhooks.claim({ now: clock.now(), leaseMs, limit });
      if (signal.aborted) return 0;
      waiting.push(...claimed);
      startWaiting();
      if (claimed.length === limit) return pollMs;
      const nextAt = await webhooks.nextDueAt();
      return nextAt === null ? pollMs : Math.min(pollMs, Math.max(1, nextAt - clock.now()));
    },
  });
  return {
    ...loop,
    stop: async () => {
      await loop.stop();
      await Promise.all(sending);
    },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

async function attemptDelivery(options: WebhookSenderOptions, delivery: ClaimedDelivery): Promise<void> {
  const { webhooks, transport, userAgent, clock, random, logger } = options;
  const { id, ownerId, url, body } = delivery;
  const at = clock.now();
  const record = async (outcome: DeliveryOutcome, attempt: DeliveryAttempt): Promise<void> => {
    const isKept = await webhooks.record({ ...delivery, ...outcome }, attempt);
    if (!isKept) logger.warn('a webhook delivery was claimed again before its attempt ended', { deliveryId: id });
  };
  if ((await webhooks.disabledAt(ownerId, url)) !== null) {
    const error = 'Not sent: the endpoint is disabled.';
    await record({ state: 'disabled', dueAt: null, endedAt: at }, { at, status: null, error, durationMs: 0 });
    return;
  }
  const secrets = await liveSecrets(options, ownerId);
  const signed = await signedHeaders(delivery, secrets.map(({ secret }) => secret), at);
  const headers = { ...signed, 'content-type': 'application/json', 'user-agent': userAgent };
  const answer: WebhookAnswer = await transport.post({ url, headers, body, timeoutMs });
  const now = clock.now();
  // Before the record: whoever comes to it again, should this server die in between, finds it disabled.
  if (answer.status === 410) await webhooks.setDisabled(ownerId, url, now);
  await record(outcomeOf(answer, delivery, { now, random: random() }), attemptOf(answer, at, now));
}
