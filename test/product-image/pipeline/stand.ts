import { afterAll, beforeAll, expect } from 'vitest';
import { TestReplicate, token } from '../../imaging/replicate-server/server.ts';
import { openTestServer, type StartedServer } from '../../server/server.ts';
import { adminToken, TestShop } from '../../shops/shopify-server/server.ts';
import { secret, Shop } from '../shop.ts';
import { PhotoServer, photoBytes, type TestPhoto } from './photo-server.ts';
import { TestImaging } from './test-imaging.ts';

/** So many times as fast as real time: predictions take seconds, and buckets of queries fill slowly. */
const pace = 40;

export interface Stand {
  readonly shop: TestShop;
  readonly replicate: TestReplicate;
  readonly photos: PhotoServer;
  readonly imaging: TestImaging;
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Everything around a server: shop, provider and supplier, which no client may treat as it should not. */
export async function openStand(): Promise<Stand> {
  const began = Date.now();
  const clock = { now: () => began + (Date.now() - began) * pace };
  const [shop, replicate, photos] = await Promise.all([
    new TestShop(clock).start(), new TestReplicate(clock).start(), new PhotoServer().start(),
  ]);
  const env = {
    WEBHOOK_SECRET: secret, WAYBILL_WORKERS: 'pipeline', AI_MAX_BG_VARIANTS: '1', IMAGE_MAX_PER_SKU: '1000',
    SHOPIFY_STORE_DOMAIN: 'test-shop.myshopify.com', SHOPIFY_ADMIN_TOKEN: adminToken,
    SHOPIFY_API_BASE_URL: shop.baseUrl, REPLICATE_API_BASE_URL: replicate.baseUrl,
  };
  return {
    shop, replicate, photos, imaging: new TestImaging(), env,
    close: async () => {
      await Promise.all([shop.close(), replicate.close(), photos.close()]);
      expect([...shop.breaches, ...replicate.breaches]).toEqual([]);
    },
  };
}

export const withReplicate = { REPLICATE_API_TOKEN: token };

/** A server with the pipeline, and somebody who talks to it. */
export class PipelineServer extends Shop {
  readonly stand: Stand;
  readonly server: StartedServer & { remove(): Promise<void> };

  constructor(stand: Stand, server: StartedServer & { remove(): Promise<void> }) {
    super(() => server.url);
    this.stand = stand;
    this.server = server;
  }

  static async open(stand: Stand, env: Readonly<Record<string, string>> = {}): Promise<PipelineServer> {
    const server = await openTestServer({ ...stand.env, ...env }, 'dev', {
      productImages: { imaging: stand.imaging, times: { leaseMs: 1_500, pickUpMs: 500, pausedMs: 1_000 } },
    });
    return new PipelineServer(stand, server);
  }

  /** Announces a photo of a product that the shop has. */
  async announcePhoto(
    sku: string,
    given: { readonly photo?: TestPhoto; readonly theme?: string } = {},
  ): Promise<string> {
    const { photo = this.stand.photos.put(photoBytes()), ...more } = given;
    const { files } = this.stand.shop;
    if (files.productOf(sku) === undefined) files.addProduct(`Product ${sku}`, sku);
    return this.announce(sku, { ...photo, ...more });
  }

  /** The job once it is in one of these states: DONE or FAILED unless said. */
  async until(id: string, states: readonly string[] = ['DONE', 'FAILED'], withinMs = 15_000): Promise<any> {
    const giveUpAt = Date.now() + withinMs;
    for (let pauseMs = 10; ; pauseMs = Math.min(200, pauseMs * 1.5)) {
      const job = await this.job(id);
      if (states.includes(job.status)) return job;
      if (Date.now() > giveUpAt) throw new Error(`still ${job.status} after ${withinMs} ms: ${JSON.stringify(job)}`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async events(id: string): Promise<any[]> {
    return (await this.ask('GET', `/api/jobs/${id}/events`)).body.data.events;
  }

  /** File names of what the shop has on the product of a sku. */
  imagesOn(sku: string): string[] {
    const { files } = this.stand.shop;
    const product = files.productOf(sku);
    return product === undefined ? [] : files.imagesOn(product);
  }
}

/** One stand and one server for all tests of a file. */
export function pipelineForAll(env: Readonly<Record<string, string>> = {}): {
  readonly stand: Stand; readonly server: PipelineServer;
} {
  const current = {} as { stand: Stand; server: PipelineServer };
  beforeAll(async () => {
    current.stand = await openStand();
    current.server = await PipelineServer.open(current.stand, env);
  }, 60_000);
  afterAll(async () => {
    await current.server.server.remove();
    await current.stand.close();
  });
  return current;
}
