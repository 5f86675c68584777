import type { WakeUp } from '../application/wake-up.ts';
import { attemptOf, outcomeOf, type DeliveryOutcome } from '../application/webhooks/attempts.ts';
import { Patience } from '../application/webhooks/patience.ts';
import { liveSecrets } from '../application/webhooks/secrets.ts';
import { signedHeaders } from '../application/webhooks/signature.ts';
import {
  hostOf, type ClaimedDelivery, type DeliveryAttempt, type DeliveryShares, type WebhookStore,
} from '../ports/store/webhook-store.ts';
import type { WebhookAnswer, WebhookTransport } from '../ports/webhook-transport.ts';
import type { Span, Tracer } from '../domain/trace.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, faultLevel, type Service } from './service.ts';

/** By one server. */
export const maxSending = 64;
/** By all servers. */
export const shares: DeliveryShares = { perOwner: 8, perHost: 10, perOwnerAndHost: 5, perOwnerSilent: 2 };
/** Far longer than the longest attempt. */
/** How long a delivery is one sender's. */
export const deliveryLeaseMs = 60_000;
/** How often it looks without being woken: deliveries are made at other servers too. */
const pollMs = 1_000;
/** Until it goes on to owners that one claim did not come to, when that claim found nothing. */
const goOnMs = 20;

export interface WebhookSenderOptions {
  readonly webhooks: WebhookStore;
  readonly transport: WebhookTransport;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  readonly telemetry?: Telemetry | undefined;
  /** Where it is absent, the receiver is told of the span in which the job was submitted. */
  readonly tracer?: Tracer | undefined;
  /** Notified when deliveries are put or replayed; it notifies itself when one has been sent. */
  readonly wakeUp: WakeUp;
}

/**
 * Sends what is due, at least once: a claim is a lease, and one that ends without a record is claimed again. Several
 * may run over one store. What is claimed is sent at once: what has to wait for its owner's or host's turn waits in
 * the store, where it keeps nobody else from theirs.
 */
export function createWebhookSender(options: WebhookSenderOptions): Service {
  const { webhooks, clock, logger, wakeUp } = options;
  const sending = new Set<Promise<void>>();
  const patience = new Patience();
  let after = '';
  const start = (delivery: ClaimedDelivery): void => {
    const sent = attemptDelivery(options, patience, delivery)
      .catch((error: unknown) => {
        logger[faultLevel(error)]('a webhook delivery failed', { deliveryId: delivery.id, error: String(error) });
      })
      .finally(() => {
        sending.delete(sent);
        wakeUp.notify();
      });
    sending.add(sent);
  };
  const loop = createLoop({
    name: 'webhook-sender',
    logger,
    wakeUp,
    round: async () => {
      const limit = maxSending - sending.size;
      // One that has been sent wakes the loop.
      if (limit <= 0) return pollMs;
      const now = clock.now();
      const claim = await webhooks.claim({
        now, leaseMs: deliveryLeaseMs, limit, after, shares, silent: patience.silent(),
      });
      after = claim.after;
      claim.deliveries.forEach(start);
      // Others may have had a turn, had those not been before them.
      if (claim.deliveries.length > 0) return 0;
      if (!claim.isWhole) return goOnMs;
      const nextAt = await webhooks.nextDueAt(now);
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

async function attemptDelivery(
  options: WebhookSenderOptions,
  patience: Patience,
  delivery: ClaimedDelivery,
): Promise<void> {
  const { webhooks, transport, userAgent, clock, random, logger } = options;
  const { id, ownerId, url, body } = delivery;
  const at = clock.now();
  const record = async (outcome: DeliveryOutcome, attempt: DeliveryAttempt): Promise<void> => {
    const isKept = await webhooks.record({ ...delivery, ...outcome }, attempt);
    if (!isKept) logger.warn('a webhook delivery was claimed again before its attempt ended', { deliveryId: id });
  };
  if ((await webhooks.disabledAt(ownerId, url)) !== null) {
    const attempt = { at, status: null, error: 'Not sent: the endpoint is disabled.', body: null, durationMs: 0 };
    await record({ state: 'disabled', dueAt: null, endedAt: at }, attempt);
    return;
  }
  const secrets = await liveSecrets(options, ownerId);
  const signed = await signedHeaders(delivery, secrets.map(({ secret }) => secret), at);
  const span = options.tracer && spanOf(options.tracer, delivery);
  const traceparent = span?.traceparent ?? delivery.traceparent;
  const headers = {
    ...signed, 'content-type': 'application/json', 'user-agent': userAgent, ...(traceparent && { traceparent }),
  };
  const receiver = { ownerId, host: hostOf(url) };
  const timeoutMs = patience.timeoutMs(receiver, at);
  const answer: WebhookAnswer = await transport.post({ url, headers, body, timeoutMs });
  if (span !== undefined) endSpan(span, answer);
  const now = clock.now();
  patience.attempted(receiver, answer.status !== null, now);
  // Before the record: whoever comes to it again, should this server die in between, finds it disabled.
  if (answer.status === 410) await webhooks.setDisabled(ownerId, url, now);
  const outcome = outcomeOf(answer, delivery, { now, random: random() });
  options.telemetry?.webhookAttempted(outcome.state === 'delivered');
  await record(outcome, attemptOf(answer, at, now));
}

function spanOf(tracer: Tracer, { url, eventType, attempt, traceparent }: ClaimedDelivery): Span {
  const { hostname, port } = new URL(url);
  return tracer.start({
    name: 'POST', kind: 'client', parent: traceparent,
    attributes: {
      // Of the address no more: its path may be a secret.
      'http.request.method': 'POST', 'server.address': hostname,
      ...(port !== '' && { 'server.port': Number(port) }), 'waybill.webhook.event': eventType,
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    },
  });
}

function endSpan(span: Span, answer: WebhookAnswer): void {
  if (answer.status === null) span.fail('no_answer', answer.error);
  else {
    span.set({ 'http.response.status_code': answer.status });
    if (answer.status < 200 || answer.status >= 300) span.fail(String(answer.status));
  }
  span.end();
}
