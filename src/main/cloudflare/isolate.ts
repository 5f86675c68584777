import type { ObjectStore } from '../../ports/object-store.ts';
import type { Logger } from '../../ports/world.ts';
import { createLogger } from '../node/logger.ts';
import type { Bindings } from './bindings.ts';
import { edgeConfig, type EdgeConfig } from './config.ts';
import { createEdgeObjects } from './objects.ts';

/** What all objects and requests of an isolate share: to read the settings and derive keys takes each of them time. */
export interface Isolate {
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly objects: ObjectStore;
}

const made = new WeakMap<Bindings, Isolate>();

/** Throws WrongConfig. */
export function isolateOf(env: Bindings): Isolate {
  let isolate = made.get(env);
  if (isolate === undefined) {
    const config = edgeConfig(env);
    const logger = createLogger(config.logLevel, (line) => console.log(line.trimEnd()));
    isolate = { config, logger, objects: createEdgeObjects(config, env.R2) };
    made.set(env, isolate);
  }
  return isolate;
}
