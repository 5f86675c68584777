import { z } from 'zod';
import { readJson } from '../../http/json.ts';
import { RequestError } from '../../http/request-error.ts';
import { readBytes, request, type Fetch } from '../../http/request.ts';

export interface ReplicateApi {
  /**
   * One try of a request.
   *
   * @throws RequestError
   */
  send<T>(options: ApiRequest<T>, signal: AbortSignal): Promise<T>;
}

export interface ApiRequest<T> {
  readonly method: 'GET' | 'POST';
  /** Below `/v1`. */
  readonly path: string;
  /** A form, or what becomes JSON. */
  readonly body?: FormData | Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly shape: z.ZodType<T>;
}

export const retries = { backoff: { firstMs: 500, maxMs: 10_000 }, maxRetryAfterMs: 60_000 };

const timeLimitMs = 30_000;
const uploadTimeLimitMs = 120_000;
/** A page has 100 predictions, each with its input, output and log. */
const maxAnswerBytes = 16 * 1024 ** 2;
const maxTextLength = 300;

export function createReplicateApi(parts: {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: Fetch;
}): ReplicateApi {
  const { baseUrl, token, fetch } = parts;
  return {
    async send({ method, path, body, headers, shape }, signal) {
      const isForm = body instanceof FormData;
      const type = body === undefined || isForm ? {} : { 'content-type': 'application/json' };
      const options = {
        method,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...type, ...headers },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
        signal,
        timeLimitMs: isForm ? uploadTimeLimitMs : timeLimitMs,
      };
      try {
        return await request(fetch, `${baseUrl}/v1${path}`, options, async (response) =>
          readJson(await readBytes(response, maxAnswerBytes), shape));
      } catch (error) {
        throw error instanceof RequestError ? withDetail(error) : error;
      }
    },
  };
}

const refusal = z.object({ detail: z.string() });

/** Replicate says in `detail` what is wrong, and how long to wait: "Your rate limit resets in ~30s." */
function withDetail(error: RequestError): RequestError {
  const { status, retryable, timedOut, retryAfterMs } = error;
  if (status === null || status < 400) return error;
  const detail = detailIn(error.body);
  const seconds = status === 429 ? /resets in ~?(\d{1,6}) ?s/.exec(detail)?.[1] : undefined;
  const advice = adviceOn(status);
  const message = [error.message, detail, advice].filter((text) => text !== '').join(': ');
  return new RequestError(message, {
    status, retryable, timedOut, cause: error,
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? null : Number(seconds) * 1_000),
  });
}

function detailIn(body: string): string {
  try {
    const text = refusal.parse(JSON.parse(body)).detail.replace(/\s+/g, ' ').trim();
    return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
  } catch {
    return '';
  }
}

function adviceOn(status: number): string {
  if (status === 401) return 'check REPLICATE_API_TOKEN';
  if (status === 402) return 'add credit to the account';
  if (status === 404) return 'check AI_SEGMENT_MODEL and AI_BG_MODEL';
  return '';
}
