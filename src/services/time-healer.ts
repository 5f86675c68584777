import type { WakeUp } from '../application/wake-up.ts';
import type { TimeStep } from '../domain/time/deadline.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { createLoop, isSettled, type Service } from './service.ts';

/** Servers do not follow a clock that was set at the same moment: what others stored meanwhile is looked at again. */
const againMs = 40_000;
const everyMs = 3_600_000;

/**
 * Brings stored times to where they can be at `now`; returns how many there were, by what they are. `steps`: how the
 * time was set since the last time.
 */
export type Heal = (now: number, steps: readonly TimeStep[]) => Promise<Readonly<Record<string, number>>>;

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
  let steps: readonly TimeStep[] = [];
  clock.onStep?.((step) => {
    steps = [...steps, step];
    wakeUp.notify();
  });
  return createLoop({
    name: 'time-healer',
    logger,
    wakeUp,
    round: async () => {
      const seen = steps;
      const found = await Promise.all(heals.map((heal) => heal(clock.now(), seen)));
      steps = steps.slice(seen.length);
      const healed = Object.entries(Object.assign({}, ...found) as Record<string, number>).filter(([, n]) => n > 0);
      if (healed.length > 0) {
        logger.warn('stored times that cannot be were healed: a clock was wrong', Object.fromEntries(healed));
      }
      return seen.length === 0 && isSettled(clock) ? everyMs : againMs;
    },
  });
}
