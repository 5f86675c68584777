import type { ClockOffset } from './reading.ts';

/**
 * How a process keeps to a clock that it does not control. Its own time runs by a monotonic source, so that nothing
 * happens to it while the clock beneath is set; what the clock says is followed by these rules:
 *
 * - What is within the error of the measurement is none.
 * - A small difference is made up for by running faster or slower: time never goes back.
 * - When the clock is a little ahead (the process, or its machine, stood still), the process goes there at once.
 * - A jump is doubted first. A clock that is wrong for a few seconds changes nothing; one that stays where it is, is
 *   right, and the process follows, backwards too. What was stored by the other time is healed then.
 */
export type Correction =
  | { readonly type: 'keep' }
  | { readonly type: 'slew' }
  | { readonly type: 'step' }
  | { readonly type: 'doubt'; readonly doubt: Doubt };

/** A jump that is not believed yet. */
export interface Doubt {
  /** The offset that the clock has jumped to. */
  readonly offsetMs: number;
  /** When that was seen first, by the monotonic source. */
  readonly since: number;
}

/** Differences up to this are made up for gradually. Milliseconds. */
export const slewedMs = 1_000;
/** So far ahead is believed at once. */
const aheadMs = 10_000;
/** How long a jump has to last. */
const doubtMs = 20_000;

/** `offsetMs`: of the process's own time; `at`: now, by the monotonic source. */
export function correctionOf(
  offsetMs: number,
  measured: ClockOffset,
  doubt: Doubt | null,
  at: number,
): Correction {
  const difference = measured.offsetMs - offsetMs;
  if (Math.abs(difference) <= measured.errorMs) return { type: 'keep' };
  if (Math.abs(difference) <= slewedMs) return { type: 'slew' };
  if (difference > 0 && difference <= aheadMs) return { type: 'step' };
  const lasts = doubt !== null && Math.abs(doubt.offsetMs - measured.offsetMs) <= slewedMs + measured.errorMs;
  if (lasts && at - doubt.since >= doubtMs) return { type: 'step' };
  return { type: 'doubt', doubt: lasts ? doubt : { offsetMs: measured.offsetMs, since: at } };
}
