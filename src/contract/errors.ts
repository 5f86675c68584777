import { ok, refusal, refuse, type Refusal, type RefusalCode, type Result } from '../domain/errors.ts';
import type { ErrorCode } from './error-codes.ts';

export { ok, refusal, refuse, type ErrorCode, type Refusal, type RefusalCode, type Result };


/** Every answer that is not a success. */
export interface ErrorAnswer {
  readonly success: false;
  readonly error: {
    readonly code: ErrorCode;
    /** One sentence for a person. */
    readonly message: string;
    /** `fields` maps the path of each bad field to what is wrong with it; the rest depends on the code. */
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

export interface ErrorTraits {
  readonly http: number;
  readonly grpc: GrpcStatus;
  /**
   * Exit status of the command line, from the sysexits range, so that it is told apart from the exit
   * code of a command that the CLI passes on: 64 a bad request, 65 not in this state, 66 not there,
   * 69 server unavailable, 70 a fault of the server, 75 try again later, 77 not allowed, 78 the
   * account lacks something.
   */
  readonly exit: number;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** Seconds for `Retry-After` when the refusal's details name none; null: no such header. */
  readonly retryAfterSeconds: number | null;
  readonly description: string;
}

/** The statuses of gRPC that an answer may have: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const grpcStatuses = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcStatus = keyof typeof grpcStatuses;

/** Exhaustive: a code that the domain adds does not compile until it is here. */
export const errorTraits: Readonly<Record<ErrorCode, ErrorTraits>> = {
  invalid_request: traits(
    400, 'INVALID_ARGUMENT', 64, 'A field is missing or has a wrong value; `details.fields` names each of them.',
  ),
  not_found: traits(404, 'NOT_FOUND', 66, 'It does not exist, or it belongs to somebody else.'),
  invalid_state: traits(
    400, 'FAILED_PRECONDITION', 65, 'The state of the job does not allow this; `details.state` names it.',
  ),
  insufficient_credits: traits(
    403, 'RESOURCE_EXHAUSTED', 78, 'The credits do not cover the job; `details` has `needed` and `available`.',
  ),
  concurrency_limit: traits(
    429, 'RESOURCE_EXHAUSTED', 75, 'The account has as many running jobs as its plan allows.', 5,
  ),
  rate_limit: traits(429, 'RESOURCE_EXHAUSTED', 75, 'Too many requests: wait before you retry.', 60),
  rule_limit: traits(403, 'RESOURCE_EXHAUSTED', 78, 'The account has as many saved rules as its plan allows.'),
  quota_exceeded: traits(
    403, 'RESOURCE_EXHAUSTED', 78, 'A quota of the plan is used up; `details` has `kind`, `what`, `limit` and `used`.',
  ),
  limit_reached: traits(
    429, 'RESOURCE_EXHAUSTED', 75,
    'There are as many of something as there may be at once; `details` names it and the limit.', 3_600,
  ),
  missing_uploads: {
    ...traits(409, 'FAILED_PRECONDITION', 75, 'Files are missing; `details.missing` lists their indexes.'),
    retryable: true,
  },
  conflict: traits(409, 'ALREADY_EXISTS', 65, 'The request conflicts with what is stored.'),
  idempotency_mismatch: traits(
    422, 'ALREADY_EXISTS', 65, 'The Idempotency-Key was used before with a different payload.',
  ),
  idempotency_in_progress: traits(
    409, 'ABORTED', 75, 'The first request with this Idempotency-Key is still in progress.', 1,
  ),
  unauthenticated: traits(401, 'UNAUTHENTICATED', 77, 'The credentials are missing or invalid.'),
  forbidden: traits(403, 'PERMISSION_DENIED', 77, 'The credentials are valid, but they do not allow this.'),
  lease_lost: traits(409, 'FAILED_PRECONDITION', 65, 'The lease has expired, or it is not the current one.'),
  unavailable: traits(503, 'UNAVAILABLE', 69, 'A required part of the server is not available at the moment.', 2),
  internal: traits(
    500, 'INTERNAL', 70,
    'A bug or fault in the server; its log has the details under the `x-request-id` of the response.',
  ),
};

export const errorCodes = Object.keys(errorTraits) as ErrorCode[];

/** Where the page of a code is, below the server's address. */
export function errorPath(code: ErrorCode): string {
  return `/docs/errors/${code}`;
}

function traits(
  http: number, grpc: GrpcStatus, exit: number, description: string, retryAfter: number | null = null,
): ErrorTraits {
  return { http, grpc, exit, description, retryable: retryAfter !== null, retryAfterSeconds: retryAfter };
}

/** Seconds to wait before the same request, 1 to 3,600; null when waiting does not help. */
export function retryAfter(code: ErrorCode, details: Readonly<Record<string, unknown>> | undefined): number | null {
  const usual = errorTraits[code].retryAfterSeconds;
  const named = details?.['retryAfterSeconds'];
  if (usual === null || typeof named !== 'number' || !Number.isFinite(named)) return usual;
  return Math.min(3_600, Math.max(1, Math.ceil(named)));
}

/** For what is wrong with fields, by their paths; says the first ones in words too. */
export function badFields(fields: Readonly<Record<string, string>>): Refusal {
  const all = Object.entries(fields).map(([path, problem]) => `${path} ${problem}`);
  const rest = all.length > 3 ? `, and ${all.length - 3} more` : '';
  const told = `${all.slice(0, 3).join('; ')}${rest}`;
  const message = `The request is not valid: ${told}${told.endsWith('?') ? '' : '.'}`;
  return refusal('invalid_request', message, { fields });
}
