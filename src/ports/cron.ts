/**
 * Reads cron expressions: five fields (minute, hour, day of month, month, day of week), six with seconds before them,
 * or `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`; in the wall clock of an IANA time zone.
 *
 * When the clocks go forward, a fixed time that does not exist ticks at the first moment after the gap (once, however
 * many fixed times fall into the gap); a tick of a repeating pattern is skipped. When they go back, a fixed time ticks
 * once, the first time; a repeating pattern continues through both hours. A time is fixed if its seconds, minutes and
 * hours are numbers, lists or ranges, without `*` and steps. No moment is ever two ticks. The gap may end at midnight
 * or on another day: a tick of the day before then happens on the new day.
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
