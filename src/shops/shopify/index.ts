import type { Fetch } from '../../http/request.ts';
import { realTime, type RetryTime } from '../../http/retry.ts';
import type { Shop } from '../../ports/shop.ts';
import { clientCredentials, staticToken, type ClientCredentials } from './access.ts';
import { createAdminApi } from './admin-api.ts';
import { checkHealth } from './health.ts';
import { addImage } from './images.ts';
import { findBySku } from './products.ts';

export interface ShopifySettings {
  /** `SHOP.myshopify.com`. */
  readonly storeDomain: string;
  /** `2026-10`. */
  readonly apiVersion: string;
  /** Where the Admin API is; null: `https://` and the domain. */
  readonly baseUrl: string | null;
  readonly access: { readonly adminToken: string } | ClientCredentials;
}

export interface ShopifyWorld {
  readonly fetch?: Fetch;
  readonly time?: RetryTime;
  /** For all tries of one query, 60 s unless given. */
  readonly patienceMs?: number;
  /** For each thing that is waited for in the shop, 2 minutes unless given. */
  readonly waitLimitMs?: number;
}

/** A shop on Shopify, by its Admin GraphQL API. */
export function createShopify(settings: ShopifySettings, world: ShopifyWorld = {}): Shop {
  const { storeDomain, apiVersion, access: how } = settings;
  const { fetch = globalThis.fetch, time = realTime, patienceMs = 60_000, waitLimitMs = 120_000 } = world;
  const baseUrl = settings.baseUrl ?? `https://${storeDomain}`;
  const access = 'adminToken' in how ? staticToken(how.adminToken) : clientCredentials(how, { baseUrl, fetch, time });
  const api = createAdminApi({ baseUrl, apiVersion, access, fetch, time, patienceMs });
  const images = { api, fetch, time, waitLimitMs, allowHttp: baseUrl.startsWith('http:') };
  return {
    name: 'shopify',
    test: (signal) => checkHealth(api, storeDomain, signal),
    findBySku: (sku, signal) => findBySku(api, sku, signal),
    addImage: (image, on, signal) => addImage(images, image, on, signal),
  };
}
