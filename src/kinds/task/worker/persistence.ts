import { pauseAfter, retryUntilAnswered } from '../../../http/retry.ts';
import { RequestError } from '../../../http/request-error.ts';
import { messageOf } from '../../../worker/thrown.ts';

const pauses = { backoff: { firstMs: 200, maxMs: 10_000 }, maxRetryAfterMs: 60_000 };

/** What a request failed with, so that a person can do something about it. */
export function describe(error: unknown): string {
  return error instanceof RequestError ? `the server ${error.message}` : messageOf(error);
}

/** Whether saying the same again is vain. */
export function isRefusal(error: unknown): error is RequestError {
  return error instanceof RequestError && !error.retryable;
}

/** Whether the server does not know the worker, or does not let it work. */
export function isLockedOut(error: unknown): error is RequestError {
  return isRefusal(error) && (error.status === 401 || error.status === 403);
}

/** What may be wrong, beside what `describe` says. */
export function hint({ status, reason }: RequestError): string {
  if (status === 401) return ': the token is wrong, or has expired';
  if (status === 403) return ': the token is not one of somebody with the role operator';
  if (status !== 404) return '';
  return `: ${reason ?? 'there is no Waybill server with tasks at that address'}`;
}

/** Milliseconds before the try after `tries` (from 1), and never before the server wants it. */
export function pauseOf(error: unknown, tries: number): number {
  return pauseAfter(error, tries, pauses);
}

/**
 * Tries until there is an answer.
 *
 * @throws {RequestError} when the same request would never work
 * @throws the signal's reason, once it is aborted
 */
export function untilAnswered<T>(
  attempt: () => Promise<T>,
  options: {
    readonly signal: AbortSignal;
    readonly onTrouble: (trouble: string, tries: number, nextInMs: number) => void;
    /** Said once it works again after trouble. */
    readonly onRecovery: (tries: number) => void;
  },
): Promise<T> {
  const { signal, onTrouble, onRecovery } = options;
  return retryUntilAnswered(attempt, {
    ...pauses,
    signal,
    mayHelp: (error) => !isRefusal(error),
    onFailure: (error, tries, pauseMs) => onTrouble(describe(error), tries, pauseMs),
    onRecovery,
  });
}
