import type { ProviderCapabilities, ProviderHealth } from '../../../ports/provider.ts';
import { counters } from '../../../ports/store/counters.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { LiveProvider } from './live-providers.ts';
import { capacityOf, sparesOf, type StoredProvider } from './provider-records.ts';

/** A provider as it is shown. */
export interface ProviderReport {
  readonly provider: StoredProvider;
  readonly activeWorkers: number;
  /** Those of its warm pool that are idle or being made, and that any job may have. */
  readonly spareWorkers: number;
  /** Null where this server cannot talk to it. */
  readonly capabilities: ProviderCapabilities | null;
  /** Whether its workers are where another server reaches them, and this one does not. */
  readonly isElsewhere: boolean;
  /** Null before it was tested, and where this server cannot talk to it. */
  readonly health: (ProviderHealth & { readonly at: number }) | null;
}

type Deps = Pick<CommandDependencies, 'store' | 'providers'>;

export async function reportOf({ store }: Pick<Deps, 'store'>, live: LiveProvider): Promise<ProviderReport> {
  const { stored: provider, health, isElsewhere } = live;
  const [activeWorkers, spareWorkers] = (await Promise.all(
    [capacityOf, sparesOf].map(async (of) => {
      const { kind, scope, key } = of(provider.id);
      return (await store.records.get(counters, [kind, scope, key]))?.value ?? 0;
    }),
  )) as [number, number];
  const capabilities = live.provider?.capabilities ?? null;
  return { provider, isElsewhere, health, activeWorkers, spareWorkers, capabilities };
}

/** Of all that are registered, by name. */
export async function reportsOf(deps: Deps): Promise<readonly ProviderReport[]> {
  await deps.providers.refresh();
  const all = deps.providers.all().toSorted((a, b) => (a.stored.name < b.stored.name ? -1 : 1));
  return Promise.all(all.map((one) => reportOf(deps, one)));
}
