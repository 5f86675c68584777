import type { ErrorCode } from '../contract/error-codes.ts';

export type ClientErrorCode =
  | ErrorCode
  /** No answer: the server cannot be reached, or the connection broke. */
  | 'network'
  /** No answer within the time limit. */
  | 'timeout'
  /** The caller's signal was aborted. */
  | 'aborted'
  /** An answer that is none of Waybill's: a proxy's error page, another program on the port. */
  | 'unexpected_answer';

/** Everything that a call can fail with. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ClientErrorCode;
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** What the server adds, by code: `fields`, `needed`, `missing` and the like; empty when there is nothing. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Under which the server's log has this request; null when there was no answer. */
  readonly requestId: string | null;
  /** Seconds to wait before the same call may succeed, as the server said; null when it did not. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ClientErrorCode,
    message: string,
    facts: {
      readonly status?: number;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly requestId?: string | null;
      readonly retryAfterSeconds?: number | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? 0;
    this.details = facts.details ?? {};
    this.requestId = facts.requestId ?? null;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}

/** Whether waiting and saying the same again may help: no answer, 429, 502, 503, 504. */
export function isTransient({ code, status }: ApiError): boolean {
  return code === 'network' || code === 'timeout' || status === 429 || (status >= 502 && status <= 504);
}
