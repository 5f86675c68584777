import { attemptOf, outcomeOf, type DeliveryOutcome } from '../application/webhooks/attempts.ts';
import { Patience } from '../application/webhooks/patience.ts';
import { liveSecrets } from '../application/webhooks/secrets.ts';
import { signedHeaders } from '../application/webhooks/signature.ts';
import {
  hostOf, type ClaimedDelivery, type DeliveryAttempt, type DeliveryReceiver, type WebhookStore,
} from '../ports/store/webhook-store.ts';
import type { WebhookAnswer, WebhookRequest } from '../ports/webhook-transport.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { Clock, Logger } from '../ports/world.ts';

export interface DeliveryDeskOptions {
  readonly webhooks: WebhookStore;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  readonly telemetry?: Telemetry | undefined;
}

/** What is sent for a claimed delivery, and what its answer means. Whoever sends it may be elsewhere. */
export class DeliveryDesk {
  readonly #options: DeliveryDeskOptions;
  readonly #patience = new Patience();

  constructor(options: DeliveryDeskOptions) {
    this.#options = options;
  }

  /** Receivers that have not answered lately. */
  silent(): readonly DeliveryReceiver[] {
    return this.#patience.silent();
  }

  /** Null: it is not to be sent, and that is recorded. */
  async prepare(delivery: ClaimedDelivery, traceparent = delivery.traceparent): Promise<WebhookRequest | null> {
    const { webhooks, userAgent, clock } = this.#options;
    const { ownerId, url, body } = delivery;
    const at = clock.now();
    if ((await webhooks.disabledAt(ownerId, url)) !== null) {
      const attempt = { at, status: null, error: 'Not sent: the endpoint is disabled.', body: null, durationMs: 0 };
      await this.#record(delivery, { state: 'disabled', dueAt: null, endedAt: at }, attempt);
      return null;
    }
    const secrets = await liveSecrets(this.#options, ownerId);
    const signed = await signedHeaders(delivery, secrets.map(({ secret }) => secret), at);
    const headers = {
      ...signed, 'content-type': 'application/json', 'user-agent': userAgent, ...(traceparent && { traceparent }),
    };
    return { url, headers, body, timeoutMs: this.#patience.timeoutMs({ ownerId, host: hostOf(url) }, at) };
  }

  /** `at`: when it was sent. */
  async conclude(delivery: ClaimedDelivery, at: number, answer: WebhookAnswer): Promise<void> {
    const { webhooks, clock, random, telemetry } = this.#options;
    const { ownerId, url } = delivery;
    const now = clock.now();
    this.#patience.attempted({ ownerId, host: hostOf(url) }, answer.status !== null, now);
    // Before the record: whoever comes to it again, should this server die in between, finds it disabled.
    if (answer.status === 410) await webhooks.setDisabled(ownerId, url, now);
    const outcome = outcomeOf(answer, delivery, { now, random: random() });
    telemetry?.webhookAttempted(outcome.state === 'delivered');
    await this.#record(delivery, outcome, attemptOf(answer, at, now));
  }

  async #record(delivery: ClaimedDelivery, outcome: DeliveryOutcome, attempt: DeliveryAttempt): Promise<void> {
    const { webhooks, logger } = this.#options;
    const isKept = await webhooks.record({ ...delivery, ...outcome }, attempt);
    if (isKept) return;
    logger.warn('a webhook delivery was claimed again before its attempt ended', { deliveryId: delivery.id });
  }
}
