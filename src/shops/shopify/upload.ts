import type { Fetch } from '../../http/request.ts';
import { request } from '../../http/request.ts';
import { retryUntilAnswered, type RetryTime } from '../../http/retry.ts';
import { ShopFailure, type ShopImage } from '../../ports/shop.ts';
import type { AdminApi } from './admin-api.ts';
import { stageUpload } from './documents.ts';
import { asShopFailure, refused } from './failures.ts';

const timeLimitMs = 120_000;
const retries = { backoff: { firstMs: 500, maxMs: 10_000 }, maxRetryAfterMs: 60_000, patienceMs: 60_000 };

/** Uploads the bytes to where Shopify takes them from. The address to create a file of. */
export async function upload(
  parts: {
    readonly api: AdminApi;
    readonly fetch: Fetch;
    readonly time: RetryTime;
    /** Whether the bytes may go to an address without TLS. */
    readonly allowHttp: boolean;
  },
  { filename, contentType, bytes }: ShopImage,
  signal: AbortSignal,
): Promise<string> {
  const { api, fetch, time, allowHttp } = parts;
  const input = {
    filename, mimeType: contentType, resource: 'IMAGE', httpMethod: 'POST', fileSize: String(bytes.length),
  };
  const { stagedTargets, userErrors } = (await api.run(stageUpload, { input: [input] }, signal)).stagedUploadsCreate;
  if (userErrors.length > 0) throw refused('the upload', userErrors);
  const target = stagedTargets?.[0];
  if (target === undefined || !(allowHttp ? /^https?:\/\// : /^https:\/\//).test(target.url)) {
    throw new ShopFailure('SHOPIFY_PUSH_FAILED', 'Shopify gave no usable address for the upload', { retryable: true });
  }
  const form = new FormData();
  // The file comes last: what stands behind it is not looked at.
  for (const { name, value } of target.parameters) form.append(name, value);
  form.append('file', new Blob([bytes], { type: contentType }), filename);
  const options = { method: 'POST', body: form, signal, timeLimitMs };
  const attempt = () => request(fetch, target.url, options, async (response) => response.body?.cancel());
  try {
    await retryUntilAnswered(attempt, { ...retries, signal, time });
  } catch (error) {
    throw asShopFailure(error);
  }
  return target.resourceUrl;
}
