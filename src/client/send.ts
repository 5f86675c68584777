import { isErrorCode } from '../contract/error-codes.ts';
import type { ErrorAnswer } from '../contract/errors.ts';
import { RequestError } from '../http/request-error.ts';
import { request } from '../http/request.ts';
import { retryUntilAnswered } from '../http/retry.ts';
import { ApiError } from './api-error.ts';

export interface Sender {
  readonly fetch: typeof fetch;
  /** Of each attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Which errors of a call that may be repeated are worth another attempt. */
  readonly retryIf: (error: ApiError) => boolean;
  /** Hears of every attempt that failed and is going to be repeated. */
  readonly onRetry: (error: ApiError, delayMs: number) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly retries?: number;
  /** Of a stream: whenever the server has begun to answer. */
  readonly onConnected?: () => void;
}

const pauses = {
  backoff: { firstMs: 200, maxMs: 5_000 },
  /** A longer one is given back to the caller at once. */
  maxRetryAfterMs: 60_000,
};

/** Sends it, again if `repeatable` allows it, and gives back the first answer with a status of 2xx. */
export async function send(
  sender: Sender,
  url: string,
  init: () => RequestInit & { readonly duplex?: 'half' },
  repeatable: boolean,
  options: CallOptions = {},
): Promise<Response> {
  const { signal, timeoutMs: timeLimitMs = sender.timeoutMs, retries = sender.retries } = options;
  const once = (): Promise<Response> =>
    request(sender.fetch, url, { redirect: 'follow', ...init(), signal, timeLimitMs }, (response) => response);
  try {
    return await retryUntilAnswered(once, {
      ...pauses,
      signal,
      mayHelp: (error, tries) =>
        error instanceof RequestError &&
        repeatable &&
        tries <= retries &&
        (error.retryAfterMs ?? 0) <= pauses.maxRetryAfterMs &&
        sender.retryIf(asApiError(error, url)),
      onFailure: (error, _, delayMs) => sender.onRetry(asApiError(error as RequestError, url), delayMs),
    });
  } catch (error) {
    if (error instanceof RequestError) throw asApiError(error, url);
    if (signal?.aborted) throw new ApiError('aborted', `The request to ${place(url)} was stopped.`, { cause: error });
    throw error;
  }
}

/** The `data` of a success answer. */
export async function readData(response: Response, url: string): Promise<unknown> {
  try {
    const answer = (await response.json()) as { success?: unknown; data?: unknown } | null;
    if (answer?.success === true) return answer.data;
  } catch (cause) {
    throw new ApiError('network', `The response from ${place(url)} was cut short or is not JSON.`, { cause });
  }
  const { status } = response;
  throw new ApiError('unexpected_answer', notOurs(url, status), { status });
}

function asApiError(failed: RequestError, url: string): ApiError {
  const { status, body, requestId, retryAfterMs, timedOut, message, cause } = failed;
  if (status === null) return new ApiError(timedOut ? 'timeout' : 'network', `${place(url)} ${message}.`, { cause });
  const retryAfterSeconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000);
  const facts = { status, requestId, retryAfterSeconds };
  const error = parseRefusal(body);
  if (error === null) return new ApiError('unexpected_answer', notOurs(url, status), facts);
  return new ApiError(error.code, error.message, { ...facts, details: error.details ?? {} });
}

function parseRefusal(body: string): ErrorAnswer['error'] | null {
  try {
    const { error } = JSON.parse(body) as Partial<ErrorAnswer>;
    return error !== undefined && isErrorCode(error.code) && typeof error.message === 'string' ? error : null;
  } catch {
    return null;
  }
}

function notOurs(url: string, status: number): string {
  return `${place(url)} answered ${status}, but not as Waybill does.`;
}

/** A presigned URL is a secret for as long as it is good: only its origin is named. */
function place(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'The server';
}
