/**
 * How far it is certain that time has gone. A process that is started cannot tell a clock that is ahead from a long
 * rest, and what is deleted because its time is over does not come back: so certainty follows a clock that has leapt
 * at a pace that leaves hours to notice it, by the time that the process itself has run.
 */
export interface CertainTime {
  /** Milliseconds since 1970; never after the clock. */
  readonly at: number;
  /** When that was so, by the monotonic source. */
  readonly since: number;
}

/** A day is caught up with in an hour. */
const pace = 24;

/** `now`: by the clock; `at`: by the monotonic source. */
export function certainAt(last: CertainTime, now: number, at: number): CertainTime {
  return { at: Math.min(now, last.at + Math.max(0, at - last.since) * pace), since: at };
}
