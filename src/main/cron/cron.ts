import type { Cron } from '../../ports/cron.ts';
import { formProblem, parseExpression } from './expression.ts';
import { createTicks, type Ticks } from './ticks.ts';
import { createZoneClock, type ZoneClock } from './zone-clock.ts';

/** Expressions with their zone that are kept, at most: parsing one takes 50 times as long as finding its next tick. */
const maxParsed = 1_000;

export function createCron(): Cron {
  const clockOf = remembering((timeZone: string): ZoneClock => createZoneClock(timeZone));
  const parsed = remembering((name: string): Ticks => {
    const [timeZone = '', cron = ''] = name.split('\n');
    return createTicks(parseExpression(cron), clockOf(timeZone));
  });
  const ticksOf = (cron: string, timeZone: string): Ticks => parsed(`${timeZone}\n${cron}`);
  const next = (cron: string, timeZone: string, after: number): number | null => ticksOf(cron, timeZone).after(after);
  return {
    next,
    newest: (cron, timeZone, from, until, count) => {
      const ticks = ticksOf(cron, timeZone);
      const found: number[] = [];
      let tick = ticks.before(until + 1);
      for (; tick !== null && tick >= from && found.length < count; tick = ticks.before(tick)) found.push(tick);
      return found.reverse();
    },
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

function remembering<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const one = make(name);
    if (made.size >= maxParsed) made.clear();
    made.set(name, one);
    return one;
  };
}

function tickProblem(next: () => number | null): string | null {
  try {
    return next() === null ? 'names a time that never comes' : null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return `is not a cron expression: ${reason}`;
  }
}

function timeZoneProblem(timeZone: string): string | null {
  const problem = 'is not an IANA time zone: use one such as Europe/Berlin or UTC';
  if (!/^[A-Za-z]/.test(timeZone)) return problem;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return null;
  } catch {
    return problem;
  }
}
