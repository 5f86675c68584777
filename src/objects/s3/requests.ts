/**
 * Requests of our own to the bucket: presigned like everybody else's, with time limits, and retried.
 * Each of them may be repeated (PUT replaces, DELETE of nothing is no error), so all of them are retried.
 */
import { backoffMs, retryAfterMs } from '../../domain/retry.ts';
import { ObjectStoreFailure, type ObjectParts } from '../../ports/object-store.ts';
import type { Clock } from '../../ports/world.ts';
import type { BucketAddress } from './address.ts';
import { parseError } from './list-xml.ts';
import { limitIdle, readText, streamOf } from './bodies.ts';
import type { QueryPair, SigV4Signer } from './sigv4.ts';

export interface RetryOptions {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; doubled with each one, and shortened by up to half. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Null: the bucket itself. */
  readonly key: string | null;
  readonly query?: readonly QueryPair[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ObjectParts;
  /** Statuses besides 2xx that are answers and not failures. */
  readonly alsoGood?: readonly number[];
}

export interface RequesterParts {
  readonly address: BucketAddress;
  readonly signer: SigV4Signer;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
}

/** Enough for one attempt; each attempt is signed anew. */
const signatureSeconds = 900;

/** The slowest link that an upload of ours is given time for: 64 KiB a second. */
const slowestBytesPerMs = 64;

const retriedStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A failure that came with a Retry-After. */
class AskedToWait extends ObjectStoreFailure {
  readonly waitMs: number;
  constructor(failure: ObjectStoreFailure, waitMs: number) {
    super(failure.message, failure);
    this.waitMs = waitMs;
  }
}

/**
 * What `consume` makes of the answer; it belongs to the attempt, so that a body that breaks off is
 * asked for again. Throws ObjectStoreFailure after the last attempt, or at once when another would end alike.
 */
export async function sendRequest<T>(
  parts: RequesterParts,
  request: S3Request,
  consume: (response: Response) => T | Promise<T>,
): Promise<T> {
  const { attempts, baseDelayMs, maxDelayMs } = parts.retry;
  for (let attempt = 1; ; attempt++) {
    try {
      return await consume(await attemptOnce(parts, request));
    } catch (error) {
      if (!(error instanceof ObjectStoreFailure) || !error.retryable || attempt >= attempts) throw error;
      const backoff = backoffMs({ firstMs: baseDelayMs, maxMs: maxDelayMs }, attempt, Math.random());
      const asked = error instanceof AskedToWait ? Math.min(error.waitMs, maxDelayMs) : 0;
      await new Promise((resolve) => setTimeout(resolve, Math.max(backoff, asked)));
    }
  }
}

async function attemptOnce(parts: RequesterParts, request: S3Request): Promise<Response> {
  const { address, signer, clock } = parts;
  const headers = request.headers ?? {};
  const url = await signer.presign({
    method: request.method,
    origin: address.origin,
    path: address.path(request.key),
    ...(request.query === undefined ? {} : { query: request.query }),
    headers,
    expiresInSeconds: signatureSeconds,
    at: clock.now(),
  });
  const abort = new AbortController();
  const limitMs = parts.timeoutMs + Math.ceil((request.body?.byteLength ?? 0) / slowestBytesPerMs);
  const timer = setTimeout(() => abort.abort(new DOMException(`no answer in ${limitMs} ms`, 'TimeoutError')), limitMs);
  const init: RequestInit = { method: request.method, headers, redirect: 'manual', signal: abort.signal };
  // What goes wrong while a body is made is not the bucket's fault.
  let fault: { readonly thrown: unknown } | null = null as { readonly thrown: unknown } | null;
  if (request.body !== undefined) {
    Object.assign(init, bodyOf(request.body, headers, (thrown) => void (fault = { thrown })));
  }
  let response: Response;
  try {
    response = await parts.fetch(url, init);
  } catch (error) {
    throw fault === null ? unreachable(address.origin, error) : fault.thrown;
  } finally {
    clearTimeout(timer);
  }
  const limited = limitIdle(response, parts.timeoutMs, abort);
  if (response.ok || request.alsoGood?.includes(response.status) === true) return limited;
  const failure = await refusedBy(request, limited);
  const waitMs = retryAfterMs(response.headers.get('retry-after'), clock.now()) ?? 0;
  throw waitMs > 0 ? new AskedToWait(failure, waitMs) : failure;
}

/** S3 takes no body whose length it is not told. */
function bodyOf(
  body: Uint8Array | ObjectParts,
  headers: Readonly<Record<string, string>>,
  onFault: (thrown: unknown) => void,
): RequestInit {
  if (body instanceof Uint8Array) return { body: body as Uint8Array<ArrayBuffer> };
  const sized = { ...headers, 'content-length': String(body.byteLength) };
  return { body: streamOf(body.parts(), onFault), headers: sized, duplex: 'half' } as RequestInit;
}

function unreachable(origin: string, error: unknown): ObjectStoreFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as { code?: string; message?: string };
  const why = [code, message].filter((part) => part !== undefined && part !== '').join(': ');
  return new ObjectStoreFailure(`S3 at ${origin} cannot be reached: ${why}`, { retryable: true, cause: error });
}

const hints: Readonly<Record<string, string>> = {
  AccessDenied: 'the access key has no right to this bucket',
  InvalidAccessKeyId: 'the access key is unknown there',
  SignatureDoesNotMatch: 'the secret access key or the region is wrong',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  AuthorizationHeaderMalformed: 'the region is wrong',
  AuthorizationQueryParametersError: 'the region is wrong',
  NoSuchBucket: 'there is no such bucket',
  PermanentRedirect: 'the bucket is in another region or at another endpoint',
};

/** Longest body read of an answer that is not an object or a list. */
export const maxErrorBytes = 64 * 1024;

async function refusedBy(request: S3Request, response: Response): Promise<ObjectStoreFailure> {
  const { status } = response;
  const error = parseError(await readText(response, maxErrorBytes).catch(() => ''));
  const what = `${request.method} ${request.key === null ? 'bucket' : JSON.stringify(request.key)}`;
  const said = error === null ? '' : ` ${error.code}${error.message === '' ? '' : ` (${error.message})`}`;
  const hint = hints[error?.code ?? codeOfStatus(status)];
  const message = `S3 answered ${what} with ${status}${said}${hint === undefined ? '' : `: ${hint}`}`;
  return new ObjectStoreFailure(message, { retryable: retriedStatuses.has(status) });
}

/** What a status without a body (the answer to a HEAD) most likely means. */
function codeOfStatus(status: number): string {
  if (status === 401 || status === 403) return 'AccessDenied';
  return status >= 300 && status < 400 ? 'PermanentRedirect' : '';
}
