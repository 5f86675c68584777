import { Cron as Croner } from 'croner';
import type { Cron } from '../../ports/cron.ts';

const nicknames: ReadonlySet<string> = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@hourly']);

/** Parsed expressions that are kept, at most: parsing one takes 50 times as long as finding its next tick. */
const maxParsed = 1_000;

/** By croner, whose patterns have more than what is let through here: `?` is the time of the parsing. */
export function createCron(): Cron {
  const parsed = new Map<string, Croner>();
  const parse = (cron: string, timeZone: string): Croner => {
    const name = `${timeZone}\n${cron}`;
    const known = parsed.get(name);
    if (known !== undefined) return known;
    const made = new Croner(cron, {
      timezone: timeZone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard', paused: true,
    });
    if (parsed.size >= maxParsed) parsed.clear();
    parsed.set(name, made);
    return made;
  };
  const next = (cron: string, timeZone: string, after: number): number | null =>
    parse(cron, timeZone).nextRun(new Date(after))?.getTime() ?? null;
  return {
    next,
    newest: (cron, timeZone, until, count) =>
      parse(cron, timeZone)
        .previousRuns(count, new Date(until + 1))
        .map((tick) => tick.getTime())
        .reverse(),
    problems: (cron, timeZone, now) => {
      const zoneProblem = timeZoneProblem(timeZone);
      const zone = zoneProblem === null ? timeZone : 'UTC';
      const cronProblem = formProblem(cron) ?? tickProblem(() => next(cron, zone, now));
      if (cronProblem === null && zoneProblem === null) return null;
      return {
        ...(cronProblem === null ? {} : { cron: cronProblem }),
        ...(zoneProblem === null ? {} : { timeZone: zoneProblem }),
      };
    },
  };
}

function formProblem(cron: string): string | null {
  if (nicknames.has(cron)) return null;
  const fields = cron.trim().split(/ +/).length;
  if (fields !== 5 && fields !== 6) {
    return 'must have five fields (or six, with seconds first) between spaces, or be one of '
      + [...nicknames].join(', ');
  }
  return /^[0-9A-Za-z*,\-/# ]+$/.test(cron) ? null : 'has characters that no cron expression has';
}

function tickProblem(next: () => number | null): string | null {
  try {
    return next() === null ? 'names a time that never comes' : null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `is no cron expression: ${reason}`;
  }
}

function timeZoneProblem(timeZone: string): string | null {
  const problem = 'is no IANA time zone, such as Europe/Berlin or UTC';
  if (!/^[A-Za-z]/.test(timeZone)) return problem;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return null;
  } catch {
    return problem;
  }
}
