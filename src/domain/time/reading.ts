/** One look at a clock that is elsewhere. Milliseconds; the first two by the looker's own monotonic source. */
export interface ClockReading {
  readonly askedAt: number;
  readonly answeredAt: number;
  /** What the clock said, some time in between. */
  readonly shown: number;
}

export interface ClockOffset {
  /** To be added to the monotonic source. */
  readonly offsetMs: number;
  /** It may be wrong by so much. */
  readonly errorMs: number;
}

/**
 * The clock was read in the middle between question and answer, give or take half the way there and back (as NTP has
 * it): the reading with the shortest way is the best one. Null when there is none.
 */
export function offsetOf(readings: readonly ClockReading[]): ClockOffset | null {
  let best: ClockOffset | null = null;
  for (const { askedAt, answeredAt, shown } of readings) {
    // A clock shows whole milliseconds.
    const errorMs = (answeredAt - askedAt) / 2 + 1;
    if (best === null || errorMs < best.errorMs) best = { offsetMs: shown - (askedAt + answeredAt) / 2, errorMs };
  }
  return best;
}
