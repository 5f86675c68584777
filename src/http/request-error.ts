/** A request that did not end well. The message says how, to be put after what was asked: "answered 503". */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** Null when there was no answer. */
  readonly status: number | null;
  /** `error.code` of the server's answer, where it has one. */
  readonly code: string | null;
  /** `error.message` of the server's answer, where it has one. */
  readonly reason: string | null;
  /** Whether the same request may work later. */
  readonly retryable: boolean;
  /** What the other side asked for by `Retry-After`. */
  readonly retryAfterMs: number | null;
  /** Whether there was no answer within the time limit. */
  readonly timedOut: boolean;
  /** The answer's body as text, the beginning of a long one; empty when there was none. */
  readonly body: string;
  /** Under which the server's log has the request; null when it did not say so. */
  readonly requestId: string | null;

  constructor(
    message: string,
    details: {
      readonly status?: number;
      readonly code?: string | null;
      readonly reason?: string | null;
      readonly retryable: boolean;
      readonly retryAfterMs?: number | null;
      readonly timedOut?: boolean;
      readonly body?: string;
      readonly requestId?: string | null;
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status ?? null;
    this.code = details.code ?? null;
    this.reason = details.reason ?? null;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.timedOut = details.timedOut ?? false;
    this.body = details.body ?? '';
    this.requestId = details.requestId ?? null;
  }
}
