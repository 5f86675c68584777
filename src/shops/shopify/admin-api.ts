import { z } from 'zod';
import { inShape } from '../../http/json.ts';
import { RequestError } from '../../http/request-error.ts';
import { readBytes, request, type Fetch } from '../../http/request.ts';
import { retryUntilAnswered, type RetryTime } from '../../http/retry.ts';
import type { Access } from './access.ts';
import type { GraphqlDocument } from './documents.ts';
import { asShopFailure, excerpt } from './failures.ts';
import { readShopJson } from './json.ts';
import { throttleWaitMs } from './throttle.ts';

export interface AdminApi {
  /**
   * Runs a query or mutation, and again as often as it is throttled or fails in passing. Mutations may thus run twice.
   *
   * @throws ShopFailure
   */
  run<T>(document: GraphqlDocument<T>, variables: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<T>;
}

export interface AdminApiParts {
  /** `https://SHOP.myshopify.com`. */
  readonly baseUrl: string;
  /** `2026-10`. */
  readonly apiVersion: string;
  readonly access: Access;
  readonly fetch: Fetch;
  readonly time: RetryTime;
  /** For all tries of one query together, in milliseconds. */
  readonly patienceMs: number;
}

const timeLimitMs = 30_000;
const maxAnswerBytes = 4 * 1024 ** 2;
const retries = { backoff: { firstMs: 500, maxMs: 10_000 }, maxRetryAfterMs: 60_000 };

const answerShape = z.object({
  // A throttled query has none.
  data: z.unknown().optional(),
  errors: z.array(z.object({
    message: z.string(),
    extensions: z.object({ code: z.string().optional() }).optional(),
  })).optional(),
  extensions: z.object({
    cost: z.object({
      requestedQueryCost: z.number(),
      throttleStatus: z.object({
        maximumAvailable: z.number(), currentlyAvailable: z.number(), restoreRate: z.number(),
      }),
    }).optional(),
  }).optional(),
});
type Answer = z.infer<typeof answerShape>;

export function createAdminApi(parts: AdminApiParts): AdminApi {
  const { access, time, patienceMs } = parts;
  return {
    async run(document, variables, signal) {
      const body = JSON.stringify({ query: document.text, variables });
      const attempt = async () => {
        const token = await access.token(signal);
        try {
          return await post(parts, body, token, signal);
        } catch (error) {
          // A token that was withdrawn before its time; another one, where there can be, is tried once.
          const isRefused = error instanceof RequestError && error.status === 401;
          if (!isRefused || !access.refused(token)) throw error;
          return post(parts, body, await access.token(signal), signal);
        }
      };
      try {
        return inShape(await retryUntilAnswered(attempt, { ...retries, signal, patienceMs, time }), document.data);
      } catch (error) {
        throw asShopFailure(error);
      }
    },
  };
}

async function post({ fetch, baseUrl, apiVersion }: AdminApiParts, body: string, token: string, signal: AbortSignal) {
  const headers = {
    'content-type': 'application/json', accept: 'application/json', 'x-shopify-access-token': token,
  };
  const url = `${baseUrl}/admin/api/${apiVersion}/graphql.json`;
  const options = { method: 'POST', body, headers, signal, timeLimitMs };
  return request(fetch, url, options, async (response) =>
    dataOf(readShopJson(await readBytes(response, maxAnswerBytes), answerShape)));
}

/** Errors of GraphQL come with status 200. */
function dataOf({ data, errors = [], extensions }: Answer): unknown {
  const codes = errors.map((error) => error.extensions?.code);
  if (codes.includes('THROTTLED')) throw throttled(extensions?.cost);
  if (errors.length === 0) return data;
  const text = excerpt(errors.map(({ message }) => message).join('; '));
  const refused = codes.includes('ACCESS_DENIED');
  // Shopify asks to try again after its own internal errors.
  throw new RequestError(`${refused ? 'refused' : 'answered'}: ${text}`, {
    status: refused ? 403 : 200, retryable: codes.includes('INTERNAL_SERVER_ERROR'),
  });
}

function throttled(cost: NonNullable<Answer['extensions']>['cost']): RequestError {
  if (cost === undefined) return new RequestError('throttles requests', { status: 429, retryable: true });
  const { requestedQueryCost: requested, throttleStatus } = cost;
  const retryAfterMs = throttleWaitMs({ requested, ...throttleStatus });
  if (retryAfterMs !== null) {
    return new RequestError('throttles requests', { status: 429, retryable: true, retryAfterMs });
  }
  const { maximumAvailable } = throttleStatus;
  const message = `refused a query that costs ${requested} points, when ${maximumAvailable} is the most`;
  return new RequestError(message, { status: 200, retryable: false });
}
