import type { WakeUp } from '../application/wake-up.ts';
import type { ClaimedDelivery, DeliveryShares } from '../ports/store/webhook-store.ts';
import type { WebhookAnswer, WebhookTransport } from '../ports/webhook-transport.ts';
import type { Span, Tracer } from '../domain/trace.ts';
import { DeliveryDesk, type DeliveryDeskOptions } from './delivery-desk.ts';
import { createLoop, faultLevel, type Service } from './service.ts';

/** By one server. */
export const maxSending = 64;
/** By all servers. */
export const shares: DeliveryShares = { perOwner: 8, perHost: 10, perOwnerAndHost: 5, perOwnerSilent: 2 };
/** How long a delivery is one sender's: far longer than the longest attempt. */
export const deliveryLeaseMs = 60_000;
/** How often it looks without being woken: deliveries are made at other servers too. */
const pollMs = 1_000;
/** Until it goes on to owners that one claim did not come to, when that claim found nothing. */
const goOnMs = 20;

export interface WebhookSenderOptions extends DeliveryDeskOptions {
  readonly transport: WebhookTransport;
  /** Where it is absent, the receiver is told of the span in which the job was submitted. */
  readonly tracer?: Tracer | undefined;
  /** Notified when deliveries are put or replayed; it notifies itself when one has been sent. */
  readonly wakeUp: WakeUp;
  /** Made here unless given. */
  readonly desk?: DeliveryDesk | undefined;
  /** Hands claimed deliveries to whoever sends them; they are sent here unless given. */
  readonly handOver?: ((delivery: ClaimedDelivery) => Promise<void>) | undefined;
}

/**
 * Sends what is due, at least once: a claim is a lease, and one that ends without a record is claimed again. Several
 * may run over one store. What is claimed is sent at once: what has to wait for its owner's or host's turn waits in
 * the store, where it keeps nobody else from theirs.
 */
export function createWebhookSender(options: WebhookSenderOptions): Service {
  const { webhooks, clock, logger, wakeUp, desk = new DeliveryDesk(options), handOver } = options;
  const sending = new Set<Promise<void>>();
  let after = '';
  const start = (delivery: ClaimedDelivery): void => {
    const sent = (handOver?.(delivery) ?? attemptDelivery(options, desk, delivery))
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
        now, leaseMs: deliveryLeaseMs, limit, after, shares, silent: desk.silent(),
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
  { transport, clock, tracer }: WebhookSenderOptions,
  desk: DeliveryDesk,
  delivery: ClaimedDelivery,
): Promise<void> {
  const at = clock.now();
  const span = tracer && spanOf(tracer, delivery);
  const request = await desk.prepare(delivery, span?.traceparent);
  if (request === null) return;
  const answer = await transport.post(request);
  if (span !== undefined) endSpan(span, answer);
  await desk.conclude(delivery, at, answer);
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
