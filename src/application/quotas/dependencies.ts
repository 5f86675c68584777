import type { Quotas } from '../../domain/account/quotas.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock } from '../../ports/world.ts';

export interface QuotaDependencies {
  readonly store: Pick<Store, 'usage' | 'accounts'>;
  readonly objects: Pick<ObjectStore, 'list'>;
  /** What begins like this is the owner's. */
  readonly ownerPrefixes: (ownerId: string) => readonly string[];
  /** Of whose jobs the number and the bytes are limited, and of whose the number alone. */
  readonly kinds: { readonly tasks: string; readonly sets: string };
  readonly clock: Clock;
  /** The owner's, as its plan has them. */
  readonly limitsOf: (ownerId: string) => Promise<Quotas>;
}
