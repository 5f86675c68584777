import type { ShopifySettings } from '../../shops/shopify/index.ts';
import type { OptionValues } from './options.ts';
import type { OptionProblem } from './read.ts';

/** Null when all that belongs together is there, or nothing of it. */
export function shopProblem(values: OptionValues): OptionProblem | null {
  const { shopifyStoreDomain, shopifyAdminToken, shopifyClientId, shopifyClientSecret } = values;
  const hasApp = shopifyClientId !== undefined || shopifyClientSecret !== undefined;
  const ways = 'SHOPIFY_ADMIN_TOKEN, or SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET';
  if (shopifyStoreDomain === undefined && (shopifyAdminToken !== undefined || hasApp)) {
    return { option: 'shopifyStoreDomain', message: 'SHOPIFY_STORE_DOMAIN is not set, and the access to a shop is' };
  }
  if (shopifyAdminToken !== undefined && hasApp) {
    return { option: 'shopifyAdminToken', message: `the access to the shop is set twice: leave one out of ${ways}` };
  }
  if (hasApp && shopifyClientSecret === undefined) {
    return { option: 'shopifyClientSecret', message: 'SHOPIFY_CLIENT_ID is set, and SHOPIFY_CLIENT_SECRET is not' };
  }
  if (hasApp && shopifyClientId === undefined) {
    return { option: 'shopifyClientId', message: 'SHOPIFY_CLIENT_SECRET is set, and SHOPIFY_CLIENT_ID is not' };
  }
  if (shopifyStoreDomain === undefined || shopifyAdminToken !== undefined || hasApp) return null;
  const message = `SHOPIFY_STORE_DOMAIN is set, and no access to the shop: set ${ways}`;
  return { option: 'shopifyAdminToken', message };
}

/** Null when no shop is set. Requires that `shopProblem` found nothing. */
export function shopFrom(values: OptionValues): ShopifySettings | null {
  const { shopifyStoreDomain: storeDomain, shopifyApiVersion: apiVersion, shopifyApiBaseUrl } = values;
  const { shopifyAdminToken: adminToken, shopifyClientId: clientId, shopifyClientSecret: clientSecret } = values;
  if (storeDomain === undefined || apiVersion === undefined) return null;
  const common = { storeDomain, apiVersion, baseUrl: shopifyApiBaseUrl ?? null };
  if (adminToken !== undefined) return { ...common, access: { adminToken } };
  if (clientId === undefined || clientSecret === undefined) return null;
  return { ...common, access: { clientId, clientSecret } };
}
