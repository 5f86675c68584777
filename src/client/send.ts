import { errorTraits, type ErrorAnswer, type ErrorCode } from '../contract/errors.ts';
import { ApiError } from './api-error.ts';
import { backoffMs, maxRetryAfterSeconds, parseRetryAfter, sleep } from './backoff.ts';

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
}

/** Sends it, again if `repeatable` allows it, and gives back the first answer with a status of 2xx. */
export async function send(
  sender: Sender,
  url: string,
  init: () => RequestInit & { readonly duplex?: 'half' },
  repeatable: boolean,
  options: CallOptions = {},
): Promise<Response> {
  const { signal, timeoutMs = sender.timeoutMs, retries = sender.retries } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await sendOnce(sender, url, init(), timeoutMs, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || !repeatable || attempt >= retries || !sender.retryIf(error)) throw error;
      const seconds = error.retryAfterSeconds;
      if (seconds !== null && seconds > maxRetryAfterSeconds) throw error;
      const delayMs = Math.max((seconds ?? 0) * 1000, backoffMs(attempt));
      sender.onRetry(error, delayMs);
      await sleep(delayMs, signal).catch((cause: unknown) => {
        throw aborted(url, cause);
      });
    }
  }
}

/** The `data` of a success answer. */
export async function readData(response: Response, url: string): Promise<unknown> {
  try {
    const answer = (await response.json()) as { success?: unknown; data?: unknown } | null;
    if (answer?.success === true) return answer.data;
  } catch (cause) {
    throw new ApiError('network', `The answer of ${place(url)} broke off or is not JSON.`, { cause });
  }
  throw notOurs(url, response.status);
}

async function sendOnce(
  { fetch }: Sender,
  url: string,
  init: RequestInit,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (cause) {
    if (signal?.aborted) throw aborted(url, cause);
    if (timeout.aborted) {
      throw new ApiError('timeout', `${place(url)} did not answer within ${timeoutMs / 1000} s.`, { cause });
    }
    throw new ApiError('network', `${place(url)} cannot be reached: ${reasonOf(cause)}.`, { cause });
  }
  if (response.ok) return response;
  throw await refusalOf(response, url);
}

async function refusalOf(response: Response, url: string): Promise<ApiError> {
  const { status, headers } = response;
  const body = await response.text().catch(() => '');
  const facts = {
    status,
    requestId: headers.get('x-request-id'),
    retryAfterSeconds: parseRetryAfter(headers.get('retry-after'), Date.now()),
  };
  const error = parseRefusal(body);
  if (error !== null) return new ApiError(error.code, error.message, { ...facts, details: error.details ?? {} });
  const { message } = notOurs(url, status);
  return new ApiError('unexpected_answer', message, facts);
}

function parseRefusal(body: string): ErrorAnswer['error'] | null {
  try {
    const { error } = JSON.parse(body) as Partial<ErrorAnswer>;
    return error !== undefined && isErrorCode(error.code) && typeof error.message === 'string' ? error : null;
  } catch {
    return null;
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorTraits, code);
}

function notOurs(url: string, status: number): ApiError {
  return new ApiError('unexpected_answer', `${place(url)} answered ${status}, but not as Waybill does.`, { status });
}

function aborted(url: string, cause: unknown): ApiError {
  return new ApiError('aborted', `The request to ${place(url)} was stopped.`, { cause });
}

/** A presigned URL is a secret for as long as it is good: only its origin is named. */
function place(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'The server';
}

/** Node hides the reason in the cause, browsers do not tell it. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown; errors?: { code?: unknown }[] } };
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host';
  const reason = typeof code === 'string' ? code : (cause?.message ?? (error as Error).message);
  return String(reason).replace(/\.$/, '');
}
