/** A request that did not end well. The message says how, to be put after what was asked: "answered 503". */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  /** Null when there was no answer. */
  readonly status: number | null;
  /** `error.code` of the server's answer, where it has one. */
  readonly code: string | null;
  /** Whether the same request may work later. */
  readonly retryable: boolean;
  /** What the other side asked for by `Retry-After`. */
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    details: {
      readonly status?: number;
      readonly code?: string | null;
      readonly retryable: boolean;
      readonly retryAfterMs?: number | null;
    },
  ) {
    super(message);
    this.status = details.status ?? null;
    this.code = details.code ?? null;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}
