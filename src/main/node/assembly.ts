import type { Tracer } from '../../domain/trace.ts';
import type { FleetParts } from '../../ports/fleet.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import type { StoreClock } from '../../services/store-clock.ts';
import type { KindModule } from '../../kinds/module.ts';
import type { Authenticate } from '../../transports/access/authenticator.ts';
import type { Config } from '../config/config.ts';
import { openClock } from './clock.ts';
import { createHttpApp, type HttpApp } from './http-app.ts';
import { createIntake } from './intake.ts';
import { createNodeObjects, type NodeObjects } from './objects.ts';
import { createPeople, makeAdmin, type People } from './people.ts';
import { createPlatform, type Platform } from './platform.ts';
import type { ProductImageParts } from './product-images.ts';
import { StoreOutages } from './store-outages.ts';
import { openServerStore } from './store.ts';
import { assertRestored } from './unfinished-restore.ts';

/** A server without its ports: whoever has it hands requests to the app, starts the platform and stops both. */
export interface Assembly {
  readonly store: Store;
  readonly clock: StoreClock;
  readonly objects: NodeObjects;
  readonly platform: Platform;
  readonly people: People;
  readonly app: HttpApp;
}

export interface AssemblyParts {
  readonly config: Config;
  readonly logger: Logger;
  /** Where clients reach it; no trailing slash. */
  readonly publicUrl: string;
  readonly fleet: FleetParts;
  /** Beside Waybill's own, by names that those do not have. */
  readonly kinds?: Readonly<Record<string, KindModule>>;
  readonly productImages?: ProductImageParts;
  readonly hasher?: PasswordHasher | undefined;
  /** Whether the process is the server's alone; it is unless given. */
  readonly ownProcess?: boolean;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Knows callers beside those that the server knows, which are asked for by `known`. */
  readonly authenticate?: (known: Authenticate) => Authenticate;
}

/** Opens the store and makes everything over it. Throws with a clear message; nothing is left open then. */
export async function assemble(parts: AssemblyParts): Promise<Assembly> {
  assertRestored(parts.config.dataDir);
  const outages = new StoreOutages(parts.logger);
  const store = await openServerStore(parts.config, outages);
  try {
    return await over(store, outages, parts);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function over(store: Store, outages: StoreOutages, parts: AssemblyParts): Promise<Assembly> {
  const { config, logger, publicUrl, fleet, kinds = {}, productImages = {}, hasher, authenticate, tracer } = parts;
  const { ownProcess = true } = parts;
  const clock = await openClock(store, logger);
  const { guard, reserve, quotas, closed } = createIntake(config, {
    kinds, store, clock, logger, list: (prefix, options) => objects.store.list(prefix, options),
    ownerPrefixes: (ownerId) => platform.ownerPrefixes(ownerId),
  });
  const objects: NodeObjects = createNodeObjects(config, publicUrl, logger, guard, clock);
  const platform: Platform = createPlatform({
    config, kinds, store, clock, objects: objects.store, publicUrl, logger, closed, quotas, fleet,
    productImages, ownProcess, tracer,
    services: [clock.service(), outages.service(store), reserve.service(), ...objects.services],
  });
  const people = createPeople(config, { store, clock, disableSchedules: platform.disableSchedules }, hasher);
  await makeAdmin(people.users, config, logger);
  const app = createHttpApp({
    config, platform, people, clock, publicUrl, logger, store, objects, reserve, outages, tracer,
    ...(authenticate !== undefined && { authenticate }),
  });
  return { store, clock, objects, platform, people, app };
}
