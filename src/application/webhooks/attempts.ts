import { retryAfterMs } from '../../domain/retry.ts';
import type { DeliveryAttempt, StoredDelivery } from '../../ports/store/webhook-store.ts';
import type { WebhookAnswer } from '../../ports/webhook-transport.ts';

const minute = 60_000;
const hour = 60 * minute;

/** How long after each failed attempt the next one is made, at least: eight attempts in 27 hours and a half. */
export const attemptPausesMs = [5_000, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour] as const;
/** A pause is longer by up to this part, so that what failed together does not come back together. */
const jitter = 0.2;
const maxRetryAfterMs = 24 * hour;
/** The longest delay between two attempts. */
export const maxPauseMs = maxRetryAfterMs;
const maxErrorLength = 500;
/** Of a delivery that somebody asked for to try an endpoint. */
export const testEvent = 'webhook.test';

/** What a delivery is after an attempt. */
export type DeliveryOutcome = Pick<StoredDelivery, 'state' | 'dueAt' | 'endedAt'>;

/** Why the attempt failed, for people; null when it did not. Redirects are failures: they are not followed. */
function attemptError(answer: WebhookAnswer): string | null {
  if (answer.status === null) return answer.error.slice(0, maxErrorLength);
  if (answer.status >= 200 && answer.status < 300) return null;
  if (answer.status === 410) return 'The receiver answered 410: it wants no more, and the endpoint is disabled.';
  if (answer.status >= 300 && answer.status < 400) {
    return `The receiver answered ${answer.status}, and redirects are not followed.`;
  }
  return `The receiver answered ${answer.status}.`;
}

/** `random` is in [0, 1). */
export function outcomeOf(
  answer: WebhookAnswer,
  { attempt, eventType }: Pick<StoredDelivery, 'attempt'> & Partial<Pick<StoredDelivery, 'eventType'>>,
  { now, random }: { readonly now: number; readonly random: number },
): DeliveryOutcome {
  if (attemptError(answer) === null) return { state: 'delivered', dueAt: null, endedAt: now };
  if (answer.status === 410) return { state: 'disabled', dueAt: null, endedAt: now };
  const pause = attemptPausesMs[attempt - 1];
  // Whoever asks for a test looks at how it ends.
  if (pause === undefined || eventType === testEvent) return { state: 'failed', dueAt: null, endedAt: now };
  const backoff = Math.round(pause * (1 + jitter * random));
  return { state: 'pending', dueAt: now + Math.max(backoff, askedPauseMs(answer, now)), endedAt: null };
}

/** Of `Retry-After`, which counts on 429 and 503; 0 when there is none. */
function askedPauseMs(answer: WebhookAnswer, now: number): number {
  if (answer.status !== 429 && answer.status !== 503) return 0;
  return Math.min(maxRetryAfterMs, retryAfterMs(answer.retryAfter, now) ?? 0);
}

export function attemptOf(answer: WebhookAnswer, at: number, endedAt: number): DeliveryAttempt {
  return {
    at, status: answer.status, error: attemptError(answer), body: answer.status === null ? null : answer.body,
    durationMs: Math.max(0, Math.round(endedAt - at)),
  };
}
