import { afterEach, beforeEach, expect } from 'vitest';
import type { Shop, ShopImage } from '../../src/ports/shop.ts';
import { createShopify, type ShopifySettings, type ShopifyWorld } from '../../src/shops/shopify/index.ts';
import { adminToken, TestShop } from './shopify-server/server.ts';
import { TestTime } from '../http/test-time.ts';

/** Never aborted. */
export const signal = new AbortController().signal;

/** A shop for each test of a file, which no client may have treated as it should not. */
export function shopForEach() {
  const current = {} as { server: TestShop; time: TestTime };
  beforeEach(async () => {
    current.time = new TestTime();
    current.server = await new TestShop(current.time).start();
  });
  afterEach(async () => {
    await current.server.close();
    expect(current.server.breaches).toEqual([]);
  });
  return current;
}

export function clientOf(
  { server, time }: { readonly server: TestShop; readonly time: TestTime },
  settings: Partial<ShopifySettings> = {},
  world: ShopifyWorld = {},
): Shop {
  const standard = { storeDomain: 'test-shop.myshopify.com', apiVersion: '2026-10', baseUrl: server.baseUrl };
  return createShopify({ ...standard, access: { adminToken }, ...settings }, { time, ...world });
}

export const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5]);

export function imageOf(productId: string, changes: Partial<ShopImage> = {}): ShopImage {
  const filename = 'waybill-abc123-1x1-1.jpg';
  return { productId, filename, contentType: 'image/jpeg', alt: 'A shirt', bytes: jpeg, knownFileId: null, ...changes };
}
