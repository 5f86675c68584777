import { readBytes, request, type Fetch } from '../../http/request.ts';
import { RequestError } from '../../http/request-error.ts';

/**
 * One try of a POST with JSON both ways; gives `data` of the answer (`result` in Cloudflare's).
 *
 * @throws {RequestError} also when the answer is not in that envelope: something else answered
 * @throws the signal's reason, once it is aborted
 */
export async function call(
  fetch: Fetch,
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    readonly signal: AbortSignal;
    readonly timeLimitMs: number;
    readonly maxAnswerBytes: number;
  },
): Promise<unknown> {
  const { headers, body, signal, timeLimitMs, maxAnswerBytes } = options;
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
    timeLimitMs,
  };
  return request(fetch, url, init, async (response) => {
    const text = new TextDecoder().decode(await readBytes(response, maxAnswerBytes));
    return unwrap(text, response.status);
  });
}

function unwrap(text: string, status: number): unknown {
  try {
    const answer = JSON.parse(text) as { success?: unknown; data?: unknown; result?: unknown };
    if (answer.success === true) return answer.data ?? answer.result;
  } catch {
    // Said below.
  }
  throw new RequestError(`answered ${status} with something other than the API's JSON`, { status, retryable: true });
}
