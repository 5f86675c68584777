import { z } from 'zod';
import { RequestError } from '../../http/request-error.ts';
import { readBytes, request, type Fetch } from '../../http/request.ts';
import type { RetryTime } from '../../http/retry.ts';
import { readShopJson } from './json.ts';

/** Where the access token of each request comes from. */
export interface Access {
  /** @throws RequestError when none can be had */
  token(signal: AbortSignal): Promise<string>;
  /** Shopify has refused the token. Whether the next `token` will be another one. */
  refused(token: string): boolean;
}

/** A token of a custom app, `shpat_…`, which does not expire. */
export function staticToken(token: string): Access {
  return { token: async () => token, refused: () => false };
}

export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

const timeLimitMs = 15_000;
const maxAnswerBytes = 64 * 1024;
/** A token is replaced this long before it expires, so that no request carries one that expires on the way. */
const marginMs = 5 * 60_000;

const grant = z.object({ access_token: z.string().min(1).max(1_000), expires_in: z.number().positive() });

/**
 * Exchanges id and secret for a token, which lasts 24 hours, and does so again before it expires (the client
 * credentials grant, shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant).
 */
export function clientCredentials(
  credentials: ClientCredentials,
  { baseUrl, fetch, time }: { readonly baseUrl: string; readonly fetch: Fetch; readonly time: RetryTime },
): Access {
  let current: { readonly token: string; readonly until: number } | null = null;
  let coming: Promise<string> | null = null;
  const ask = async (): Promise<string> => {
    const answer = await requestGrant(fetch, `${baseUrl}/admin/oauth/access_token`, credentials);
    const lifeMs = answer.expires_in * 1_000;
    current = { token: answer.access_token, until: time.now() + lifeMs - Math.min(marginMs, lifeMs / 2) };
    return current.token;
  };
  return {
    token(signal) {
      signal.throwIfAborted();
      if (current !== null && time.now() < current.until) return Promise.resolve(current.token);
      // Everyone who needs a token waits for the same one, so nobody's signal may abort the request for it.
      coming ??= ask().finally(() => (coming = null));
      return untilAborted(coming, signal);
    },
    refused(token) {
      if (current?.token === token) current = null;
      return true;
    },
  };
}

async function requestGrant(fetch: Fetch, url: string, { clientId, clientSecret }: ClientCredentials) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret,
  });
  const options = { method: 'POST', body, headers: { accept: 'application/json' }, signal: undefined, timeLimitMs };
  try {
    return await request(fetch, url, options, async (response) =>
      readShopJson(await readBytes(response, maxAnswerBytes), grant));
  } catch (error) {
    // 400 for an unknown id or a wrong secret, and for an app that is not installed in the shop.
    if (!(error instanceof RequestError) || error.status !== 400) throw error;
    const message = 'refused SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET: check both, and that the app is installed';
    throw new RequestError(message, { status: 400, retryable: false, cause: error });
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
