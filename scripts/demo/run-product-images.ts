import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname } from 'node:path';
import { createClient, type Client } from '../../src/main/client/index.ts';
import type { ProductImageView } from '../../src/kinds/product-image/cli/client.ts';
import { productImageText } from '../../src/kinds/product-image/cli/text.ts';
import { CommandFailure } from '../../src/transports/cli/failure.ts';
import { follow } from '../../src/transports/cli/job/follow.ts';
import type { Output } from '../../src/transports/cli/output.ts';
import { createProgress } from '../../src/transports/cli/terminal/progress.ts';
import { adminToken, TestShop } from '../../test/shops/shopify-server/server.ts';

/** A shop and a supplier on this machine: stand-ins for Shopify, and for whoever sends the webhooks. */
export interface Market {
  /** What a server needs to work with them. */
  readonly env: Readonly<Record<string, string>>;
  /** The shop has a product of the photo's name afterwards, and the server a job. */
  announce(server: string, photo: string, theme: string): Promise<{ readonly jobId: string; readonly sku: string }>;
  /** File names of what the shop has on a product. */
  imagesOn(sku: string): readonly string[];
  close(): Promise<void>;
}

const secret = 'the-demo-s-secret-of-webhooks';
const types: Readonly<Record<string, string>> = { '.png': 'image/png', '.webp': 'image/webp' };

export async function openMarket(): Promise<Market> {
  const shop = await new TestShop(Date).start();
  const photos = new Map<string, string>();
  const supplier = createServer((request, response) => {
    const path = photos.get(request.url ?? '');
    if (path === undefined) return void response.writeHead(404).end();
    readFile(path).then(
      (bytes) => response.writeHead(200, { 'content-type': types[extname(path)] ?? 'image/jpeg' }).end(bytes),
      () => response.writeHead(500).end(),
    );
  });
  await once(supplier.listen(0, '127.0.0.1'), 'listening');
  const address = `http://127.0.0.1:${(supplier.address() as AddressInfo).port}`;
  return {
    env: {
      SHOPIFY_STORE_DOMAIN: 'demo-shop.myshopify.com', SHOPIFY_ADMIN_TOKEN: adminToken,
      SHOPIFY_API_BASE_URL: shop.baseUrl, WEBHOOK_SECRET: secret, WEBHOOK_ALLOW_PRIVATE: 'true',
      AI_MAX_BG_VARIANTS: '1',
    },
    async announce(server, photo, theme) {
      const sku = skuOf(photo);
      shop.files.addProduct(sku, sku);
      const path = `/${encodeURIComponent(basename(photo))}`;
      photos.set(path, photo);
      const sha256 = createHash('sha256').update(await readFile(photo)).digest('hex');
      const body = JSON.stringify({ sku, imageUrl: `${address}${path}`, sha256, theme });
      const signature = createHmac('sha256', secret).update(body).digest('hex');
      const response = await fetch(`${server}/api/webhooks/3jms/images`, {
        method: 'POST', body, headers: { 'x-signature': signature },
      });
      const { data, error } = (await response.json()) as {
        data?: { jobId: string }; error?: { message: string };
      };
      if (data === undefined) throw new CommandFailure(`the webhook was refused: ${error?.message}`);
      return { jobId: data.jobId, sku };
    },
    imagesOn(sku) {
      const product = shop.files.products.find(({ variants }) => variants.some((one) => one.sku === sku));
      return product === undefined ? [] : shop.files.imagesOn(product);
    },
    async close() {
      supplier.closeAllConnections();
      await Promise.all([new Promise((resolve) => supplier.close(resolve)), shop.close()]);
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
