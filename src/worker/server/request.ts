import { Trouble } from './trouble.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Statuses below 500 after which the same request may work later. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** `code` of the trouble with an answer that is too large. */
export const tooManyBytes = 'too_many_bytes';

/** As much of a refusal's body is read as its error code can be found in. */
const maxRefusalBytes = 16_384;

/**
 * One try of a request; `read` gets the successful answer, within the same time limit.
 *
 * Redirects are refused: they would carry the secret, or a photo, to somewhere nobody signed for.
 *
 * @throws {Trouble} for every other answer, no answer, and one that takes longer than `timeLimitMs`
 * @throws the signal's reason, once it is aborted
 */
export async function request<T>(
  fetch: Fetch,
  url: string,
  options: RequestInit & { readonly signal: AbortSignal; readonly timeLimitMs: number },
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { signal, timeLimitMs, ...init } = options;
  signal.throwIfAborted();
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Trouble('has an address that is not an http(s) URL', { retryable: false });
  }
  const time = AbortSignal.timeout(timeLimitMs);
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any([signal, time]) });
    if (response.ok) return await read(response);
    throw await refused(response);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Trouble) throw error;
    if (time.aborted) throw new Trouble(`did not answer within ${timeLimitMs / 1000} s`, { retryable: true });
    throw new Trouble(`could not be reached (${networkReason(error)})`, { retryable: true });
  }
}

async function refused(response: Response): Promise<Trouble> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return new Trouble(`answered with a redirect (${status}), which is refused`, { status, retryable: false });
  }
  const text = await readBytes(response, maxRefusalBytes).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );
  return new Trouble(`answered ${status}`, {
    status,
    code: codeIn(text),
    retryable: status >= 500 || passing.has(status),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  });
}

/** @throws {Trouble} that is not retryable when there are more than `max` bytes */
export async function readBytes(response: Response, max: number): Promise<Uint8Array> {
  const tooLarge = new Trouble(`sent more than ${max} bytes`, {
    status: response.status, code: tooManyBytes, retryable: false,
  });
  if (Number(response.headers.get('content-length') ?? 0) > max) {
    await response.body?.cancel();
    throw tooLarge;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > max) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function codeIn(text: string): string | null {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown } };
    return typeof error?.code === 'string' ? error.code : null;
  } catch {
    return null;
  }
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** `fetch failed` says nothing; the code below it does. Never the message, which may have the URL in it. */
function networkReason(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown; name?: unknown }; name?: unknown };
  return String(cause?.code ?? cause?.name ?? name ?? 'unknown');
}
