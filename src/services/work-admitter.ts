import type { WakeUp } from '../application/wake-up.ts';
import type { WorkStore } from '../ports/store/work-store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, type Service } from './service.ts';

/** How often it polls without a wake-up: another server may have died before it sent one. */
const pollMs = 1_000;

/**
 * Makes work ready that has become due, or that its limits allow, and wakes those who wait for it. The protocol is
 * described in ports/store/work-store.ts.
 */
export function createWorkAdmitter(options: {
  readonly work: Pick<WorkStore, 'admit'>;
  /** Work of these types became ready, by their keys. */
  readonly onReady: (keys: readonly string[]) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service & { readonly isWaiting: () => boolean } {
  const { work, onReady, clock, logger, wakeUp } = options;
  let waiting = true;
  const loop = createLoop({
    name: 'work-admitter',
    logger,
    wakeUp,
    round: async () => {
      const admission = await work.admit(clock.now());
      waiting = admission.waiting;
      if (admission.types.length > 0) onReady(admission.types);
      if (admission.nextAt === null) return pollMs;
      return Math.min(pollMs, Math.max(0, admission.nextAt - clock.now()));
    },
  });
  return { ...loop, isWaiting: () => waiting };
}
