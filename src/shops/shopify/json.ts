import { readJson, type Shape } from '../../http/json.ts';

/** @throws RequestError */
export function readShopJson<T>(bytes: Uint8Array, shape: Shape<T>): T {
  return readJson(bytes, shape, ': does SHOPIFY_STORE_DOMAIN name the shop?');
}
