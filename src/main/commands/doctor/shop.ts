import { createShopify, type ShopifySettings } from '../../../shops/shopify/index.ts';
import { fail, ok, type Finding } from './finding.ts';

const patienceMs = 10_000;

/** Whether the shop answers and grants what is needed; only looks. */
export async function checkShop(settings: ShopifySettings): Promise<Finding> {
  const shop = createShopify(settings, { patienceMs });
  const { healthy, message } = await shop.test(AbortSignal.timeout(3 * patienceMs)).catch((error: Error) => {
    return { healthy: false, message: `${settings.storeDomain}: ${error.message}` };
  });
  if (healthy) return ok('shop', message);
  return fail('shop', message, 'docs/guides/shopify.md says how to set up the access.');
}
