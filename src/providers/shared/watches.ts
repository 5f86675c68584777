import type { ProviderWatch } from '../../ports/provider.ts';

/** The watches of one provider, which end with it. */
export class Watches {
  readonly #watches = new Set<ProviderWatch>();

  keep(watch: ProviderWatch): ProviderWatch {
    this.#watches.add(watch);
    return watch;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches].map((watch) => watch.stop()));
    this.#watches.clear();
  }
}
