import type { Expression } from './expression.ts';
import type { ZoneClock } from './zone-clock.ts';

/**
 * What a time zone makes of a cron expression; the rule is told at the port `Cron`.
 *
 * A fixed time is due at the first instant at which the wall clock shows it or a later one: that is the end of the gap
 * where it does not exist, and the first of the two where it comes twice. A repeating pattern is due whenever the wall
 * clock shows one of its times.
 */
export interface Ticks {
  /** The first tick after an instant; the last one before it. Null when there is none. */
  after(instant: number): number | null;
  before(instant: number): number | null;
}

const dayMs = 86_400_000;
/** No clock is farther from UTC than this, and no change of a clock is larger than a day. */
const maxOffsetMs = 15 * 3_600_000;
/** How far a repeating pattern is followed under one offset, before the clock is looked at again. */
const strideMs = 2 * dayMs;

export function createTicks(expression: Expression, clock: ZoneClock): Ticks {
  return expression.isFixedTime ? fixedTicks(expression, clock) : repeatingTicks(expression, clock);
}

function fixedTicks(expression: Expression, clock: ZoneClock): Ticks {
  /** The first instant at which the wall clock shows `wall` or a later time. */
  const reached = (wall: number): number => {
    const changes = clock.changes(wall - maxOffsetMs, wall + maxOffsetMs);
    let instant = wall - maxOffsetMs;
    for (const { at, wallBefore } of changes) {
      if (wall < wallBefore) return at - (wallBefore - wall);
      instant = at;
    }
    const shown = clock.wallAt(instant);
    return shown >= wall ? instant : instant + (wall - shown);
  };
  /** The latest time that the wall clock has reached until an instant, or passed without showing it. */
  const latest = (instant: number): number => {
    const before = clock.changes(instant - dayMs - 1, instant).map(({ wallBefore }) => wallBefore - 1);
    return Math.max(clock.wallAt(instant), ...before);
  };
  return {
    after: (instant) => {
      const wall = expression.after(latest(instant));
      return wall === null ? null : reached(wall);
    },
    before: (instant) => {
      const wall = expression.before(latest(instant - 1) + 1);
      return wall === null ? null : reached(wall);
    },
  };
}

function repeatingTicks(expression: Expression, clock: ZoneClock): Ticks {
  return {
    after: (instant) => {
      for (let from = instant + 1; ; ) {
        const shown = clock.wallAt(from);
        const wall = expression.after(shown - 1);
        if (wall === null) return null;
        const tick = from + (wall - shown);
        const sure = Math.min(tick, from + strideMs);
        const change = clock.changes(from, sure)[0];
        if (change !== undefined) from = change.at;
        else if (tick === sure) return tick;
        // A time that is so far away is not shown before: no change of the clock is that large.
        else from = Math.max(sure, tick - strideMs);
      }
    },
    before: (instant) => {
      for (let until = instant - 1; ; ) {
        const shown = clock.wallAt(until);
        const wall = expression.before(shown + 1);
        if (wall === null) return null;
        const tick = until - (shown - wall);
        const sure = Math.max(tick, until - strideMs);
        const change = clock.changes(sure, until).at(-1);
        if (change !== undefined) until = change.at - 1;
        else if (tick === sure) return tick;
        else until = Math.min(sure, tick + strideMs);
      }
    },
  };
}
