import type { Clock } from '../ports/world.ts';

/** Time that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Milliseconds, 0 or more: time does not run backwards. */
  advance(ms: number): void;
}

/** 2026-11-22T00:00Z, unless told otherwise. */
export function createFakeClock(startAt = Date.UTC(2026, 10, 22)): FakeClock {
  let now = startAt;
  return {
    now: () => now,
    advance: (ms) => {
      if (!(ms >= 0)) throw new RangeError(`a clock goes forward, not by ${ms} ms`);
      now += ms;
    },
  };
}
