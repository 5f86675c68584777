import type { WakeUp } from '../application/wake-up.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, isSettled, type Service } from './service.ts';

/** Servers do not follow a clock that was set at the same moment: what others stored meanwhile is looked at again. */
const againMs = 40_000;
const everyMs = 3_600_000;

/** Brings stored times back that cannot be at `now`; returns how many there were, by what they are. */
export type Heal = (now: number) => Promise<Readonly<Record<string, number>>>;

/**
 * After the start, and whenever the time was set: stored times that cannot be, since a clock was ahead when they were
 * stored, are brought to where they can. Each subject has its own rule of what can be.
 */
export function createTimeHealer(options: {
  readonly heals: readonly Heal[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { heals, clock, logger, wakeUp } = options;
  clock.onStep?.(() => wakeUp.notify());
  return createLoop({
    name: 'time-healer',
    logger,
    wakeUp,
    round: async () => {
      const found = await Promise.all(heals.map((heal) => heal(clock.now())));
      const healed = Object.entries(Object.assign({}, ...found) as Record<string, number>).filter(([, n]) => n > 0);
      if (healed.length > 0) {
        logger.warn('stored times that cannot be were healed: a clock was ahead', Object.fromEntries(healed));
      }
      return isSettled(clock) ? everyMs : againMs;
    },
  });
}
