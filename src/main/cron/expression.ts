import { Cron as Croner } from 'croner';

/** A parsed cron expression, on a wall clock without a zone: times are milliseconds since 1970, as if it were UTC. */
export interface Expression {
  /** Seconds, minutes and hours are numbers, lists or ranges, without `*` and steps. */
  readonly isFixedTime: boolean;
  /** The first time after, or the last one before, that it names; null when there is none. Whole seconds. */
  after(wall: number): number | null;
  before(wall: number): number | null;
}

const nicknames: ReadonlySet<string> = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@hourly']);

/** By croner, which knows the fields; what a time zone makes of them is not left to it. Throws at what is none. */
export function parseExpression(cron: string): Expression {
  // With an offset, croner reads the fields in UTC without asking for a zone.
  const pattern = new Croner(cron, { utcOffset: 0, mode: '5-or-6-parts', paused: true });
  return {
    isFixedTime: cron !== '@hourly' && (nicknames.has(cron) || hasFixedTime(cron)),
    after: (wall) => pattern.nextRun(new Date(wall))?.getTime() ?? null,
    before: (wall) => pattern.previousRuns(1, new Date(wall))[0]?.getTime() ?? null,
  };
}

function hasFixedTime(cron: string): boolean {
  const fields = cron.trim().split(/ +/);
  return fields.slice(0, fields.length - 3).every((field) => !/[*/]/.test(field));
}

/** What is wrong with its form. Croner has more than what is let through here: `?` is the time of the parsing. */
export function formProblem(cron: string): string | null {
  if (nicknames.has(cron)) return null;
  const fields = cron.trim().split(/ +/).length;
  if (fields !== 5 && fields !== 6) {
    return 'must have five fields (or six, with seconds first) between spaces, or be one of '
      + [...nicknames].join(', ');
  }
  return /^[0-9A-Za-z*,\-/# ]+$/.test(cron) ? null : 'has characters that are not allowed in a cron expression';
}
