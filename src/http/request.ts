import { retryAfterMs } from '../domain/retry.ts';
import { RequestError } from './request-error.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Statuses below 500 after which the same request may work later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** `code` of the error with an answer that is too large. */
export const tooManyBytes = 'too_many_bytes';

/** Of a refusal's body, which names every field that is wrong. */
const maxRefusalBytes = 1024 ** 2;

/**
 * One try of a request; `read` gets the successful answer, within the same time limit.
 *
 * Redirects are refused unless `redirect` says otherwise: they would carry the secret, or a file, to somewhere nobody
 * signed for.
 *
 * @throws {RequestError} for every other answer, no answer, and one that takes longer than `timeLimitMs`
 * @throws the signal's reason, once it is aborted
 */
export async function request<T>(
  fetch: Fetch,
  url: string,
  options: Omit<RequestInit, 'signal'> & { readonly signal: AbortSignal | undefined; readonly timeLimitMs: number },
  read: (response: Response) => T | Promise<T>,
): Promise<T> {
  const { signal, timeLimitMs, ...init } = options;
  signal?.throwIfAborted();
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new RequestError('has a URL that is not http:// or https://', { retryable: false });
  }
  const time = AbortSignal.timeout(timeLimitMs);
  const either = signal === undefined ? time : AbortSignal.any([signal, time]);
  try {
    const response = await fetch(url, { redirect: 'manual', ...init, signal: either });
    if (response.ok) return await read(response);
    throw await refused(response);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof RequestError) throw error;
    const facts = { retryable: true, timedOut: time.aborted, cause: error };
    if (time.aborted) throw new RequestError(`did not answer within ${timeLimitMs / 1000} s`, facts);
    throw new RequestError(`cannot be reached: ${networkReason(error)}`, facts);
  }
}

async function refused(response: Response): Promise<RequestError> {
  const { status, headers } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return new RequestError(`answered with a redirect (${status}), which is refused`, { status, retryable: false });
  }
  const body = await readBytes(response, maxRefusalBytes).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );
  return new RequestError(`answered ${status}`, {
    status,
    ...told(body),
    retryable: status >= 500 || passing.has(status),
    retryAfterMs: retryAfterMs(headers.get('retry-after'), Date.now()),
    body,
    requestId: headers.get('x-request-id'),
  });
}

/** @throws {RequestError} that is not retryable when there are more than `max` bytes */
export async function readBytes(response: Response, max: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): RequestError => new RequestError(`sent more than ${max} bytes`, {
    status: response.status, code: tooManyBytes, retryable: false,
  });
  if (Number(response.headers.get('content-length') ?? 0) > max) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > max) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  for (let at = 0; chunks.length > 0; ) {
    const chunk = chunks.shift()!;
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** What the server says of it. */
function told(text: string): { readonly code: string | null; readonly reason: string | null } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    const textOr = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return { code: textOr(error?.code), reason: textOr(error?.message) };
  } catch {
    return { code: null, reason: null };
  }
}

/**
 * Node hides the reason in the cause, browsers do not tell it. Never the message, which may have the URL in it: a
 * presigned one is a secret for as long as it is good.
 */
function networkReason(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown; name?: unknown; errors?: Coded[] }; name?: unknown };
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no such host';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'the connection broke';
  return String(code ?? cause?.name ?? name ?? 'unknown');
}

interface Coded {
  readonly code?: unknown;
}
