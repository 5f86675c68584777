import { ShopFailure, type Shop } from '../../../ports/shop.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { reach, type Outside } from './reach.ts';

interface SimulatedFile {
  readonly id: string;
  readonly filename: string;
  readonly readyAt: number;
}

interface Product {
  readonly productId: string;
  /** In the order in which they were put there. */
  readonly images: SimulatedFile[];
}

/**
 * A shop that makes whatever file it is asked for, and puts on a product whatever it is told to: that nothing is there
 * twice is the matter of those who ask.
 */
export class SimulatedShop {
  readonly #products = new Map<string, Product>();
  readonly #files: SimulatedFile[] = [];
  readonly #outside: Outside;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  addProduct(sku: string): void {
    this.#products.set(sku, { productId: `product-${sku}`, images: [] });
  }

  /** Names of the files on a product. */
  imagesOn(sku: string): readonly string[] {
    return this.#products.get(sku)?.images.map(({ filename }) => filename) ?? [];
  }

  /** As one server reaches it. */
  of(life: Life): Shop {
    const outside = this.#outside;
    const request = <T>(signal: AbortSignal, act: () => T): Promise<T> =>
      reach(outside, life, signal, () => {
        this.#mayFail();
        return act();
      });
    return {
      name: 'simulated',
      test: async () => ({ healthy: true, message: 'It is there.' }),
      findBySku: (sku, signal) => request(signal, () => {
        const { productId } = this.#product(sku);
        return { productId, title: sku, sku, images: [] };
      }),
      addImage: async ({ productId, filename, knownFileId }, on, signal) => {
        const product = this.#product(productId.slice('product-'.length));
        const found = await request(signal, () => this.#files.find((one) =>
          (knownFileId === null ? one.filename === filename : one.id === knownFileId)));
        const file = found ?? await request(signal, () => this.#makeFile(filename));
        if (knownFileId === null) await on.fileCreated(file.id);
        while (!(await request(signal, () => file.readyAt <= outside.clock.now()))) continue;
        await on.turn?.();
        await request(signal, () => {
          if (!product.images.includes(file)) product.images.push(file);
        });
        return { mediaId: file.id };
      },
    };
  }

  #product(sku: string): Product {
    const product = this.#products.get(sku);
    if (product !== undefined) return product;
    throw new ShopFailure('PRODUCT_NOT_FOUND', `There is no product ${sku}.`, { retryable: false });
  }

  #makeFile(filename: string): SimulatedFile {
    const { random, clock } = this.#outside;
    const readyAt = clock.now() + random.integer(0, 3_000);
    const file = { id: `file-${this.#files.length + 1}`, filename, readyAt };
    this.#files.push(file);
    return file;
  }

  #mayFail(): void {
    const { random, isWild } = this.#outside;
    if (!isWild || !random.chance(0.03)) return;
    throw new ShopFailure('PROVIDER_RATE_LIMITED', 'It asks for patience.', { retryable: true, retryAfterMs: 3_000 });
  }
}
