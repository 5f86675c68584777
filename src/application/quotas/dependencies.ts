import type { PlanName } from '../../domain/account/plans.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';

export interface QuotaDependencies {
  readonly store: Pick<Store, 'usage' | 'accounts'>;
  readonly objects: Pick<ObjectStore, 'list'>;
  /** Keys with this prefix belong to the owner. */
  readonly ownerPrefixes: (ownerId: string) => readonly string[];
  readonly clock: Clock;
}

export async function planOf({ store }: Pick<QuotaDependencies, 'store'>, ownerId: string): Promise<PlanName> {
  return (await store.accounts.get(ownerId))?.plan ?? 'free';
}
