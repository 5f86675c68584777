import type { Store } from '../../ports/store/store.ts';
import type { Logger } from '../../ports/world.ts';
import { StoreClock } from '../../services/store-clock.ts';

/** The clock of a server: its store's, or this machine's where the store has none of its own. */
export function openClock(store: Pick<Store, 'time' | 'keptTime'>, logger: Logger): Promise<StoreClock> {
  return StoreClock.start({
    shared: store.time ?? null, wall: () => Date.now(), monotonic: () => performance.now(),
    kept: store.keptTime, logger,
  });
}
