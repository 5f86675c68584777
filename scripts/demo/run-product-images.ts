import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { createClient, type Client } from '../../src/main/client/index.ts';
import type { ProductImageView } from '../../src/kinds/product-image/cli/client.ts';
import { sendImage } from '../../src/kinds/product-image/cli/send.ts';
import { productImageText } from '../../src/kinds/product-image/cli/text.ts';
import { follow } from '../../src/transports/cli/job/follow.ts';
import type { Output } from '../../src/transports/cli/output.ts';
import { createProgress } from '../../src/transports/cli/terminal/progress.ts';
import { PhotoServer } from '../../test/product-image/pipeline/photo-server.ts';
import { adminToken, TestShop } from '../../test/shops/shopify-server/server.ts';

/** A shop and a supplier on this machine: stand-ins for Shopify, and for whoever sends the webhooks. */
export interface Market {
  /** What a server needs to work with them. */
  readonly env: Readonly<Record<string, string>>;
  /** The shop has a product of the photo's name afterwards, and the server a job. */
  announce(
    server: string,
    photo: string,
    theme: string,
    signal: AbortSignal,
  ): Promise<{ readonly jobId: string; readonly sku: string }>;
  /** File names of what the shop has on a product. */
  imagesOn(sku: string): readonly string[];
  close(): Promise<void>;
}

const secret = 'the-demo-s-secret-of-webhooks';

export async function openMarket(): Promise<Market> {
  const [shop, photos] = await Promise.all([new TestShop(Date).start(), new PhotoServer().start()]);
  return {
    env: {
      SHOPIFY_STORE_DOMAIN: 'demo-shop.myshopify.com', SHOPIFY_ADMIN_TOKEN: adminToken,
      SHOPIFY_API_BASE_URL: shop.baseUrl, WEBHOOK_SECRET: secret, WEBHOOK_ALLOW_PRIVATE: 'true',
      AI_MAX_BG_VARIANTS: '1',
    },
    async announce(server, photo, theme, signal) {
      const sku = skuOf(photo);
      shop.files.addProduct(sku, sku);
      const announced = photos.put(await readFile(photo), encodeURIComponent(basename(photo)));
      const { jobId } = await sendImage(server, { sku, ...announced, theme }, secret, signal);
      return { jobId, sku };
    },
    imagesOn(sku) {
      const product = shop.files.productOf(sku);
      return product === undefined ? [] : shop.files.imagesOn(product);
    },
    async close() {
      await Promise.all([photos.close(), shop.close()]);
    },
  };
}

/** BLUE-SHIRT of `blue shirt.jpg`. */
function skuOf(photo: string): string {
  return basename(photo, extname(photo)).toUpperCase().replace(/[^A-Z0-9]+/g, '-');
}

export interface ProductImageResult {
  readonly job: ProductImageView;
  /** Paths of its composites, downloaded. */
  readonly saved: readonly string[];
}

/** Waits for the end of a job of the pipeline, and downloads what it has made. */
export async function runProductImage(
  server: string,
  jobId: string,
  folder: string,
  output: Output,
  signal: AbortSignal,
): Promise<ProductImageResult> {
  const client: Client = createClient({ server, token: 'demo-operator' });
  const look = async () => (await client.getJob({ params: { id: jobId } }, { signal })) as never as ProductImageView;
  const job = await follow({ output, signal }, look, createProgress(output, process.env));
  if (job.status !== 'DONE') return { job, saved: [] };
  const context = { output, env: process.env, signal, client: () => client as never };
  return { job, saved: (await productImageText.download?.(context, job, folder)) ?? [] };
}
