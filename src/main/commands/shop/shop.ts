import { createShopify } from '../../../shops/shopify/index.ts';
import { ShopFailure, type Shop } from '../../../ports/shop.ts';
import { CommandFailure, exits } from '../../../transports/cli/failure.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';
import { readOptions, type Sources } from '../../config/read.ts';
import { shopFrom, shopProblem } from '../../config/shop.ts';

/** Those of the shop that can be given as flags; the others are secrets, or belong to one. */
export const shopFlagNames = ['shopifyStoreDomain', 'shopifyApiVersion', 'shopifyApiBaseUrl'] as const;

/**
 * The shop that is set. The commands ask it themselves and need no server: they are for the person who sets it up.
 *
 * @throws UsageProblem when none is set, or it is set wrongly
 */
export function openShop(sources: Sources): Shop {
  const { values, problems } = readOptions(sources);
  const problem = problems.find(({ option }) => option.startsWith('shopify')) ?? shopProblem(values);
  if (problem !== null) throw new UsageProblem(problem.message);
  const settings = shopFrom(values);
  if (settings === null) throw new UsageProblem('no shop is set: set SHOPIFY_STORE_DOMAIN and SHOPIFY_ADMIN_TOKEN');
  return createShopify(settings);
}

/** What the command ends with when the shop did not do what was asked. */
export function asCommandFailure(error: unknown): unknown {
  if (!(error instanceof ShopFailure)) return error;
  const passing = error.code === 'PROVIDER_TIMEOUT' || error.code === 'PROVIDER_RATE_LIMITED';
  return new CommandFailure(error.message, passing ? exits.unreachable : exits.failed);
}
