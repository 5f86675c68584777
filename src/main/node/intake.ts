import { createCommandUploadGuard } from '../../kinds/command/application/upload-guard.ts';
import { commandObjects } from '../../kinds/command/domain/keys.ts';
import { createProductUploadGuard } from '../../kinds/product-image/application/upload-guard.ts';
import { keyFolders } from '../../kinds/product-image/domain/keys.ts';
import { createUploadGuard } from '../../kinds/image-set/application/upload-guard.ts';
import { createOwnerQuotas, type OwnerQuotas } from '../../application/quotas/quotas.ts';
import type { KindModule } from '../../kinds/module.ts';
import { quotasOf } from '../kinds.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import type { Config } from '../config/config.ts';
import { createDiskReserve, type DiskReserve } from './disk-reserve.ts';

/** What decides how much a server takes in: room on the disk, and what its owners may have kept. */
export interface Intake {
  readonly reserve: DiskReserve;
  readonly quotas: OwnerQuotas;
  readonly guard: UploadGuard;
  /** Why nothing new is taken now, or null. */
  closed(): Refusal | null;
}

/** `list` is the object store's, which itself needs the guard. */
export function createIntake(
  config: Config,
  parts: {
    /** Beside Waybill's own. */
    readonly kinds: Readonly<Record<string, KindModule>>;
    readonly store: Store;
    readonly clock: Clock;
    readonly list: ObjectStore['list'];
    /** What begins like this is the owner's. */
    readonly ownerPrefixes: (ownerId: string) => readonly string[];
    readonly logger: Logger;
  },
): Intake {
  const { store, clock, list, ownerPrefixes, logger } = parts;
  const reserve = createDiskReserve(config, logger);
  const changes = config.limits.quotas;
  const kinds = new Map(Object.entries(quotasOf(parts.kinds)));
  const quotas = createOwnerQuotas({ store, objects: { list }, ownerPrefixes, kinds, clock, changes });
  const guarding = { store, closed: (use: 'new' | 'results') => reserve.problem(use), quota: quotas.objects };
  const guard = byPrefix(
    [commandObjects], createCommandUploadGuard(guarding),
    byPrefix(keyFolders, createProductUploadGuard(guarding), createUploadGuard(guarding)),
  );
  return { reserve, quotas, guard, closed: () => reserve.problem('new') };
}

/** `guard` for keys that begin with one of these, `others` for the others. */
function byPrefix(prefixes: readonly string[], guard: UploadGuard, others: UploadGuard): UploadGuard {
  const of = (key: string): UploadGuard => (prefixes.some((prefix) => key.startsWith(prefix)) ? guard : others);
  return {
    problem: (key, size) => of(key).problem(key, size),
    halfway: (key) => of(key).halfway(key),
    place: (key, size) => of(key).place(key, size),
  };
}
