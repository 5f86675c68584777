import { ShopFailure, type ShopProduct } from '../../ports/shop.ts';
import { InvariantViolation } from '../../domain/errors.ts';
import type { AdminApi } from './admin-api.ts';
import { productMedia, variantsBySku, type MediaPage, type VariantPage } from './documents.ts';
import { searchTerm } from './search.ts';

const maxSkuLength = 200;
/** Of 50 variants each; the search also finds skus that only contain the words of this one. */
const maxPages = 10;
/** Of 50 media each: 250 is the most that a product has. */
const maxMediaPages = 5;

export async function findBySku(api: AdminApi, sku: string, signal: AbortSignal): Promise<ShopProduct> {
  if (sku === '' || sku.length > maxSkuLength) {
    throw new InvariantViolation(`a sku has 1 to ${maxSkuLength} characters, and this one has ${sku.length}`);
  }
  const found = await productsWithSku(api, sku, signal);
  const shown = JSON.stringify(sku);
  const [only, another] = [...found];
  if (only === undefined) {
    throw new ShopFailure('PRODUCT_NOT_FOUND', `no product in the shop has the sku ${shown}`, { retryable: false });
  }
  if (another !== undefined) {
    const names = [...found].slice(0, 5).map(([id, title]) => `"${title}" (${numberOf(id)})`).join(', ');
    const message = `${found.size} products have the sku ${shown}: ${names}. Give all but one another sku.`;
    throw new ShopFailure('SKU_AMBIGUOUS', message, { retryable: false });
  }
  const [productId, title] = only;
  const images = (await imagesOf(api, productId, signal)).map(({ mediaId, filename }) => ({ mediaId, filename }));
  return { productId, title, sku, images };
}

/** Titles by id. */
async function productsWithSku(api: AdminApi, sku: string, signal: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let after: string | null = null;
  for (let page = 1; page <= maxPages; page++) {
    const data: VariantPage = await api.run(variantsBySku, { query: searchTerm('sku', sku), after }, signal);
    const { nodes, pageInfo } = data.productVariants;
    for (const { sku: theirs, product } of nodes) if (theirs === sku) found.set(product.id, product.title);
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return found;
    after = pageInfo.endCursor;
  }
  if (found.size > 1) return found;
  // What is on the pages that were not read could be another product with this sku.
  const message = `more than ${maxPages * 50} variants match the sku ${JSON.stringify(sku)} in part: give the ` +
    'product a sku that is less like others';
  throw new ShopFailure('SKU_AMBIGUOUS', message, { retryable: false });
}

/** @throws ShopFailure PRODUCT_NOT_FOUND when the product is gone */
export async function imagesOf(api: AdminApi, productId: string, signal: AbortSignal) {
  const images = [];
  let after: string | null = null;
  for (let page = 1; page <= maxMediaPages; page++) {
    const data: MediaPage = await api.run(productMedia, { id: productId, after }, signal);
    const { product } = data;
    if (product === null) {
      throw new ShopFailure('PRODUCT_NOT_FOUND', `the shop has no product ${productId}`, { retryable: false });
    }
    const { nodes, pageInfo } = product.media;
    for (const { id, status, image } of nodes) {
      if (image === undefined) continue;
      images.push({ mediaId: id, isReady: status === 'READY', filename: filenameIn(image?.url) });
    }
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) break;
    after = pageInfo.endCursor;
  }
  return images;
}

/** The file's name as its address says it, `…/files/front.jpg?v=1`; null while it has no address. */
export function filenameIn(url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** `gid://shopify/Product/1` as people see it in the admin. */
function numberOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
