import type { ObjectStore } from '../../../ports/object-store.ts';
import type { RemoteFiles } from '../../../ports/remote-files.ts';
import type { Studio } from '../../../ports/studio.ts';
import type { KindParts } from '../../../services/kind-runtime.ts';
import type { Life } from '../../../testing/simulator/life.ts';
import { Lives, type LivesOptions } from '../../../testing/simulator/lives.ts';
import type { ServerParts } from '../../../testing/simulator/server.ts';
import type { ProductImageSettings } from '../application/settings.ts';
import { shippedThemes } from '../domain/themes.ts';
import { Audit } from './audit.ts';
import { SimulatedImages } from './provider.ts';
import { reach, type Outside } from './reach.ts';
import { SimulatedShop } from './shop.ts';

const bytes = (...of: number[]): Uint8Array<ArrayBuffer> => new Uint8Array([0xff, 0xd8, ...of, 0xff, 0xd9]);
/** Each photo is what its address says. */
const photoAt = (url: string): Uint8Array => new TextEncoder().encode(url);

/** Makes a server's part for product images of its settings. */
export type PartsOf = (settings: ProductImageSettings) => KindParts;

/** Servers that do product images on one store, a shop, a provider and the time. */
export class ImageWorld extends Lives implements Outside {
  override readonly audit: Audit;
  readonly shop = new SimulatedShop(this);
  readonly provider = new SimulatedImages(this);
  readonly #partsWith: PartsOf;

  constructor(options: LivesOptions, partsWith: PartsOf) {
    super(options, 'image');
    this.#partsWith = partsWith;
    this.audit = new Audit(options.store.open());
    this.bootAll();
  }

  protected override partsOf(life: Life): Pick<ServerParts, 'kinds' | 'objects'> {
    const provider = this.provider.of(life);
    const parts = this.#partsWith({
      secrets: null, maxPerSku: 100, themes: null, defaultTheme: 'default', looks: shippedThemes,
      timeLimitMs: 1_800_000, maxRetries: 3, files: this.#files(life),
      making: { studio: this.#studio(life), local: provider },
      pipeline: {
        shop: this.shop.of(life), segmentProvider: provider, bgProvider: provider, maxVariants: 1,
        backgroundPixels: 512, jobLimitMicroUsd: null, dailyLimitMicroUsd: null, stepsAtOnce: 4,
        maxOriginalBytes: 1_000_000, times: { leaseMs: 15_000, pickUpMs: 60_000, pausedMs: 60_000 },
      },
    });
    return { kinds: [parts], objects: this.#objects(life) };
  }

  #files(life: Life): RemoteFiles {
    return {
      fetch: (url, { signal }) => reach(this, life, signal ?? null, () => {
        const failed = this.isWild && this.random.chance(0.05);
        if (failed) return { ok: false, problem: 'does not answer', retryable: true } as const;
        return { ok: true, bytes: photoAt(url) } as const;
      }),
    };
  }

  #studio(life: Life): Studio {
    return {
      inspect: (_, signal) => reach(this, life, signal, () => {
        return { width: 4, height: 3, contentType: 'image/jpeg', extension: 'jpg' } as const;
      }),
      cutOut: (_, signal) => reach(this, life, signal, () => ({ png: bytes(1), width: 4, height: 3 })),
      compose: ({ aspects }, signal) => reach(this, life, signal, () => aspects.map((aspect, at) => ({
        aspect, master: bytes(2, at), thumb: bytes(3, at), width: 4, height: 4,
      }))),
      derive: async () => [],
    };
  }

  /** The one object store of all servers, as one of them reaches it. */
  #objects(life: Life): ObjectStore {
    const { objects } = this;
    const reached = new Set<string | symbol>(['put', 'get', 'head', 'delete']);
    return new Proxy(objects, {
      get: (of, key) => {
        const value: unknown = Reflect.get(of, key);
        if (typeof value !== 'function' || !reached.has(key)) return value;
        const method = value as (...args: unknown[]) => Promise<unknown>;
        // `reach` answers the promise that the method answers: what it resolves with.
        return (...args: unknown[]) => reach(this, life, null, () => method.apply(of, args), 0);
      },
    });
  }
}
