import { RequestError } from '../../http/request-error.ts';
import { ShopFailure, type ShopFailureCode } from '../../ports/shop.ts';
import type { UserErrors } from './documents.ts';

const maxTextLength = 300;

/** One line of what Shopify said. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= maxTextLength ? line : `${line.slice(0, maxTextLength)}…`;
}

/** What went wrong on the way, as the port says it. Everything else comes back as it is. */
export function asShopFailure(error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  const { retryable, retryAfterMs, status } = error;
  const options = { retryable, retryAfterMs, cause: error };
  return new ShopFailure(codeOf(error), `Shopify ${error.message}${adviceOn(status)}`, options);
}

function codeOf({ status, timedOut }: RequestError): ShopFailureCode {
  if (timedOut) return 'PROVIDER_TIMEOUT';
  return status === 429 ? 'PROVIDER_RATE_LIMITED' : 'SHOPIFY_PUSH_FAILED';
}

function adviceOn(status: number | null): string {
  if (status === 401) return ': check SHOPIFY_ADMIN_TOKEN, or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET';
  if (status === 402) return ': the shop is frozen because of an unpaid bill';
  if (status === 403) return ': the app is not allowed to do this in the shop; check its access scopes';
  if (status === 404) return ': check SHOPIFY_STORE_DOMAIN and SHOPIFY_API_VERSION';
  if (status === 423) return ': the shop is locked';
  return '';
}

/** What `userErrors` of a mutation say. */
export function refused(what: string, userErrors: UserErrors): ShopFailure {
  const text = userErrors.map(({ code, message }) => (code ? `${message} (${code})` : message)).join('; ');
  return new ShopFailure('SHOPIFY_PUSH_FAILED', `Shopify refused ${what}: ${excerpt(text)}`, { retryable: false });
}
