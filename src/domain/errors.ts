/**
 * Expected errors are values. A broken invariant (a bug, a corrupt row) throws instead.
 *
 * Every code is listed here once; `contract/errors.ts` maps each of them to a status of HTTP and
 * of gRPC and an exit status, exhaustively, so a code that is added here does not compile until it is mapped.
 */
export const refusalCodes = [
  /** The request's shape or a field's value is wrong; `details.fields` names the fields. */
  'invalid_request',
  /** No such thing, or it is another user's: the two are not told apart. */
  'not_found',
  /** The command is not allowed in the aggregate's state; `details.state` names it. */
  'invalid_state',
  /** The account's available credits do not cover what the job needs. */
  'insufficient_credits',
  /** Every running-job slot of the account's plan is taken. */
  'concurrency_limit',
  /** Too many tries in a row; `details.retryAfterSeconds` says how long to wait. */
  'rate_limit',
  /** Every rule slot of the account's plan is taken. */
  'rule_limit',
  /** What the account's plan keeps is used up; `details` has `what`, `limit` and `used`. */
  'quota_exceeded',
  /** There are as many of something as there may be at once; `details` names it and the limit. */
  'limit_reached',
  /** The declared uploads are not all there; `details.missing` lists their indexes. */
  'missing_uploads',
  /** The thing exists already with other contents. */
  'conflict',
  /** The Idempotency-Key was used before with another payload. */
  'idempotency_mismatch',
  /** The first request with this Idempotency-Key is still under way. */
  'idempotency_in_progress',
  /** No credentials, or wrong ones. */
  'unauthenticated',
  /** The credentials are good, but their role is not enough. */
  'forbidden',
  /** The lease that the caller names is not (any longer) the live one. */
  'lease_lost',
  /** The store or another needed part cannot answer now. */
  'unavailable',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

export interface Refusal {
  readonly code: RefusalCode;
  /** One sentence for a person: what is wrong and what to do. */
  readonly message: string;
  /** Machine-readable facts, camelCase. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

const retryableCodes: ReadonlySet<RefusalCode> = new Set([
  'concurrency_limit',
  'rate_limit',
  'limit_reached',
  'missing_uploads',
  'idempotency_in_progress',
  'unavailable',
]);

export function refusal(code: RefusalCode, message: string, details?: Readonly<Record<string, unknown>>): Refusal {
  const retryable = retryableCodes.has(code);
  return details === undefined ? { code, message, retryable } : { code, message, details, retryable };
}

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function refuse(
  code: RefusalCode,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refusal(code, message, details) };
}

/** Thrown when something that can never be is: a bug or a damaged row, never bad input. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
}
