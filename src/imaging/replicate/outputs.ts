import { maxProviderBytes } from '../../domain/picture-limits.ts';
import { RequestError } from '../../http/request-error.ts';
import { readBytes, request, type Fetch } from '../../http/request.ts';
import { retryUntilAnswered, type RetryTime } from '../../http/retry.ts';
import { retries } from './api.ts';

export interface Output {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const timeLimitMs = 60_000;
const patienceMs = 60_000;
const maxOutputs = 4;

/** What files of each type begin with. */
const types: readonly { readonly contentType: string; begins(bytes: Uint8Array): boolean }[] = [
  { contentType: 'image/png', begins: (bytes) => text(bytes, 1, 4) === 'PNG' },
  { contentType: 'image/jpeg', begins: ([a, b, c]) => a === 0xff && b === 0xd8 && c === 0xff },
  { contentType: 'image/webp', begins: (bytes) => text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 12) === 'WEBP' },
];

/**
 * The addresses in a prediction's output: one, or a list.
 *
 * @throws RequestError when it is something else
 */
export function outputUrls(output: unknown, allowHttp: boolean): readonly string[] {
  const urls = typeof output === 'string' ? [output] : output;
  const scheme = allowHttp ? /^https?:\/\// : /^https:\/\//;
  const isGood = Array.isArray(urls) && urls.length <= maxOutputs
    && urls.every((url) => typeof url === 'string' && scheme.test(url));
  if (isGood) return urls as string[];
  throw new RequestError(`gave an output that is not a list of up to ${maxOutputs} addresses`, { retryable: false });
}

/**
 * Fetches what a prediction made, at once: Replicate deletes it after an hour. Needs no token, and sends none.
 *
 * @throws RequestError, of status 404 when it was deleted
 */
export async function download(
  url: string,
  { fetch, time }: { readonly fetch: Fetch; readonly time: RetryTime },
  signal: AbortSignal,
): Promise<Output> {
  const read = (response: Response) => readBytes(response, maxProviderBytes);
  const attempt = () => request(fetch, url, { signal, timeLimitMs }, read);
  const bytes = await retryUntilAnswered(attempt, { ...retries, patienceMs, time, signal });
  const type = types.find(({ begins }) => begins(bytes));
  if (type !== undefined) return { bytes, contentType: type.contentType };
  throw new RequestError('made something that is no PNG, JPEG or WebP', { retryable: false });
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
