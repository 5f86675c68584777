/**
 * Reads cron expressions: five fields (minute, hour, day of month, month, day of week), six with seconds before them,
 * or `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`; in the wall clock of an IANA time zone.
 *
 * Where the clocks go forward, a tick at a fixed time that does not exist is made at the first moment after the gap
 * (once, however many fall into it); one of a repeating pattern is left out. Where they go back, a tick at a fixed
 * time is made once, the first time; a repeating pattern goes on through both hours. A time is fixed when seconds,
 * minutes and hours are numbers, lists or ranges, without `*` and steps. No moment is ever two ticks. The gap may
 * end at midnight or on another day: a tick of the day before is then made on the day that begins.
 */
export interface Cron {
  /** What is wrong, by field; null when both are good and there is a tick after `now`. */
  problems(cron: string, timeZone: string, now: number): CronProblems | null;
  /** The first tick after a time; null when there is none. Whole seconds, in milliseconds since 1970. */
  next(cron: string, timeZone: string, after: number): number | null;
  /** The newest ticks from `from` to `until`, both included, oldest first; `count` 1 to 1,000. */
  newest(cron: string, timeZone: string, from: number, until: number, count: number): readonly number[];
}

export interface CronProblems {
  readonly cron?: string;
  readonly timeZone?: string;
}
