import type { WakeUp } from '../application/wake-up.ts';
import { unaskedTypes } from '../application/work/asked.ts';
import type { Kinds } from '../domain/kinds.ts';
import type { Store } from '../ports/store/store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

const pollMs = 5_000;

/**
 * Says in the log, once, when jobs of a type are ready and no worker asks for it: a misspelled type or a worker that
 * was never started would else be waited for without a word. Those that were there in two looks in a row are meant.
 */
export function createUnaskedTypesWatch(options: {
  readonly store: Pick<Store, 'work' | 'askedTypes'>;
  readonly kinds: Kinds;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
  /** Between two looks; 5 s unless given. */
  readonly everyMs?: number;
}): Service {
  const { store, kinds, clock, logger, wakeUp, everyMs = pollMs } = options;
  let before: ReadonlySet<string> = new Set();
  const told = new Set<string>();
  return createLoop({
    name: 'unasked-types',
    logger,
    wakeUp,
    round: async () => {
      // Jobs that are assigned to workers are asked for by nobody.
      const isClaimed = (kind: string): boolean => (kinds.find(kind)?.lifecycle.claims.length ?? 0) > 0;
      const unasked = (await unaskedTypes(store, clock.now())).filter(({ kind }) => isClaimed(kind));
      const now = new Set(unasked.map(({ kind, type }) => `${kind}/${type}`));
      for (const key of told) if (!now.has(key)) told.delete(key);
      for (const { kind, type, waiting } of unasked) {
        const key = `${kind}/${type}`;
        if (!before.has(key) || told.has(key)) continue;
        told.add(key);
        logger.warn('no worker asks for a type of which jobs are waiting', {
          kind, type, waiting, advice: 'start a worker with a handler for it, or cancel them',
        });
      }
      before = now;
      return everyMs;
    },
  });
}
