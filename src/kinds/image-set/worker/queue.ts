import { pullMessages } from '../contract/queue.ts';
import { call } from '../../../worker/server/call.ts';
import type { ImageWorkerLimits } from './limits.ts';
import type { Fetch } from '../../../http/request.ts';
import { RequestError } from '../../../http/request-error.ts';

/** One message as it was handed to this worker. */
export interface Delivery {
  readonly messageId: string;
  readonly leaseId: string;
  /** Which delivery of the message this is, from 1. */
  readonly attempts: number;
  /** Not looked at yet. */
  readonly body: unknown;
}

/** Where messages come from. Every method makes one try, and throws {@link RequestError} or the signal's reason. */
export interface MessageQueue {
  /** One message, or null when there was none for as long as the queue waits. */
  pull(signal: AbortSignal): Promise<Delivery | null>;
  /** Ends the delivery: with a delay the message is delivered again after it, with null it is done. */
  settle(leaseId: string, redeliverAfterSeconds: number | null, signal: AbortSignal): Promise<void>;
  /** Keeps the message for another `visibilityTimeoutMs`. Null where the queue has no such thing. */
  readonly extend: ((leaseId: string, signal: AbortSignal) => Promise<void>) | null;
}

const deliveryFields = pullMessages.answer.shape.messages.element.omit({ body: true });

/**
 * Messages by the pull routes of a Waybill server, or by Cloudflare's own HTTP pull consumers, which have the
 * same shape without waiting and extending. For those: `url` is
 * `https://api.cloudflare.com/client/v4/accounts/<account>/queues/<queue>`, `headers` has the
 * `authorization`, `canExtend` is false, `limits.pullWaitMs` is 0, and `limits.visibilityTimeoutMs` is as
 * long as the longest set takes.
 */
export function createHttpQueue(options: {
  /** Without `/messages/…` and without a slash at the end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: Fetch;
  readonly limits: ImageWorkerLimits;
  readonly canExtend?: boolean;
}): MessageQueue {
  const { url, headers, fetch, limits, canExtend = true } = options;
  const { visibilityTimeoutMs: visibility_timeout_ms, pullWaitMs: wait_ms, requestMs, maxAnswerBytes } = limits;
  const post = (action: string, body: unknown, signal: AbortSignal, extraMs = 0): Promise<unknown> =>
    call(fetch, `${url}/messages/${action}`, {
      headers, body, signal, timeLimitMs: requestMs + extraMs, maxAnswerBytes,
    });
  return {
    pull: async (signal) => {
      const body = { batch_size: 1, visibility_timeout_ms, ...(wait_ms > 0 ? { wait_ms } : {}) };
      return firstDelivery(await post('pull', body, signal, wait_ms));
    },
    settle: async (leaseId, redeliverAfterSeconds, signal) => {
      const body =
        redeliverAfterSeconds === null
          ? { acks: [{ lease_id: leaseId }], retries: [] }
          : { acks: [], retries: [{ lease_id: leaseId, delay_seconds: redeliverAfterSeconds }] };
      const answer = (await post('ack', body, signal)) as { refused?: readonly unknown[] } | undefined;
      if (answer?.refused?.includes(leaseId)) throw leaseLost();
    },
    extend: canExtend
      ? async (leaseId, signal) => void (await post('extend', { lease_id: leaseId, visibility_timeout_ms }, signal))
      : null,
  };
}

/** As a queue refuses to extend a delivery that is not this worker's any longer. */
function leaseLost(): RequestError {
  return new RequestError('has delivered the message to another worker', {
    status: 409, code: 'lease_lost', retryable: false,
  });
}

function firstDelivery(answer: unknown): Delivery | null {
  const messages = (answer as { messages?: unknown } | undefined)?.messages;
  if (!Array.isArray(messages)) throw new RequestError('answered without messages', { status: 200, retryable: true });
  if (messages.length === 0) return null;
  const fields = deliveryFields.safeParse(messages[0]);
  if (!fields.success) {
    throw new RequestError('answered with a message without its lease', { status: 200, retryable: true });
  }
  const { id, lease_id, attempts } = fields.data;
  return { messageId: id, leaseId: lease_id, attempts, body: asJson((messages[0] as { body?: unknown }).body) };
}

/** Cloudflare hands out a body as text: JSON as it is, or in base64. */
function asJson(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  for (const text of [body, Buffer.from(body, 'base64').toString()]) {
    try {
      return JSON.parse(text);
    } catch {
      // The other one, or not JSON at all, which whoever reads the message will say.
    }
  }
  return body;
}
