import { beforeAll, describe, expect, it } from 'vitest';
import { createCron } from '../../src/main/cron/cron.ts';

/**
 * Every change of the clocks from 2024 to 2030, in every time zone that Intl knows, against the rule of the port,
 * told once more in the plainest way: the wall clock is read at every minute around the change.
 */

const cron = createCron();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** The rule is checked for as long before and after a change. */
const around = 13 * hour;
const first = Date.UTC(2024, 0, 1);
const last = Date.UTC(2031, 0, 1);

interface Change {
  readonly timeZone: string;
  readonly at: number;
  /** Minutes that the wall clock goes forward (a gap) or back. */
  readonly forward: number;
  /** What the wall clock shows at the change, and what it would have shown; minutes of the day. */
  readonly to: number;
  readonly from: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** "2026-03-29 03:00" */
function wall(timeZone: string, instant: number): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', {
    timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  });
  formats.set(timeZone, format);
  return format.format(instant);
}

const utcOf = (shown: string): number => Date.parse(`${shown.replace(' ', 'T')}Z`);
const offset = (timeZone: string, instant: number): number => utcOf(wall(timeZone, instant)) - instant;
const minuteOfDay = (shown: number): number => (((shown % day) + day) % day) / minute;

function changesOf(timeZone: string): Change[] {
  const changes: Change[] = [];
  // The shortest time between two changes is that of Morocco's Ramadan.
  for (let low = first; low < last; low += 7 * day) {
    let [from, to] = [low, low + 7 * day];
    const before = offset(timeZone, from);
    const after = offset(timeZone, to);
    if (before === after) continue;
    while (to - from > minute) {
      const middle = from + Math.floor((to - from) / 2 / minute) * minute;
      if (offset(timeZone, middle) === before) from = middle;
      else to = middle;
    }
    const forward = (after - before) / minute;
    changes.push({ timeZone, at: to, forward, to: minuteOfDay(to + after), from: minuteOfDay(to + before) });
  }
  return changes;
}

/** Minutes of the day around the change and at midnight, as `minute hour`. */
function expressions({ forward, to, from }: Change): string[] {
  const low = Math.min(to, from);
  const width = Math.abs(forward);
  const times = [low - 1, low, low + 1, low + width / 2, low + width - 1, low + width, 0];
  const fixed = times.map((time) => {
    const of = minuteOfDay(time * minute);
    return `${of % 60} ${Math.floor(of / 60)} * * *`;
  });
  const hours = [...new Set([from, to, low + width / 2].map((time) => Math.floor(minuteOfDay(time * minute) / 60)))];
  return [
    ...new Set(fixed), `0,30 ${hours.sort((a, b) => a - b).join(',')} * * *`, '15 0-23 * * *', '@daily',
    '*/30 * * * *', '7-59/20 * * * *', `*/15 ${hours[0]} * * *`, '@hourly',
  ];
}

/** The minutes of the day that an expression of those above names. */
function minutesOf(expression: string): Set<number> {
  const text = expression.replace('@daily', '0 0 * * *').replace('@hourly', '0 * * * *');
  const [minutes = '', hours = ''] = text.split(' ');
  const values = (field: string, count: number): number[] =>
    field.split(',').flatMap((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [low = '', high = low] = range === '*' ? ['0', String(count - 1)] : range.split('-');
      const found: number[] = [];
      for (let value = Number(low); value <= Number(high); value += Number(step)) found.push(value);
      return found;
    });
  return new Set(values(hours, 24).flatMap((of) => values(minutes, 60).map((at) => of * 60 + at)));
}

function byTheRule({ at }: Change, expression: string, shown: readonly number[]): number[] {
  const named = minutesOf(expression);
  const start = at - around;
  const ticks: number[] = [];
  const isFixed = !/[*/]/.test(expression.split(' ').slice(0, 2).join('')) && expression !== '@hourly';
  let reached = shown[0] ?? 0;
  for (const [index, wallTime] of shown.entries()) {
    if (index === 0) continue;
    let isTick = !isFixed && named.has(minuteOfDay(wallTime));
    for (; isFixed && reached < wallTime; ) {
      reached += minute;
      isTick ||= named.has(minuteOfDay(reached));
    }
    if (isTick) ticks.push(start + index * minute);
  }
  return ticks;
}

function byCron({ timeZone, at }: Change, expression: string): number[] {
  const ticks: number[] = [];
  let tick = cron.next(expression, timeZone, at - around);
  for (; tick !== null && tick <= at + around; tick = cron.next(expression, timeZone, tick)) ticks.push(tick);
  return ticks;
}

describe('at every change of the clocks until 2030', () => {
  /** Zones that change at the same instant in the same way are looked at once by the minute. */
  const alike = new Map<string, Change[]>();
  beforeAll(() => {
    for (const change of Intl.supportedValuesOf('timeZone').flatMap(changesOf)) {
      const name = [change.at, change.from, change.to].join();
      alike.set(name, [...(alike.get(name) ?? []), change]);
    }
  });

  it('there are gaps that end at midnight, ones that begin there, and ones of half an hour', () => {
    const found = [...alike.values()].map(([change]) => change);
    expect(found.filter((change) => change?.to === 0 && change.forward > 0).length).toBeGreaterThan(0);
    expect(found.filter((change) => change?.from === 0 && change.forward > 0).length).toBeGreaterThan(0);
    expect(found.filter((change) => change?.forward === 30).length).toBeGreaterThan(0);
    expect(found.length).toBeGreaterThan(100);
  });

  it('every zone has the ticks that the rule says, forwards and backwards', () => {
    for (const [one, ...others] of alike.values()) {
      if (one === undefined) continue;
      const shown = Array.from({ length: (2 * around) / minute + 1 }, (_, index) => {
        const instant = one.at - around + index * minute;
        return utcOf(wall(one.timeZone, instant));
      });
      for (const expression of expressions(one)) {
        const expected = byTheRule(one, expression, shown);
        const where = `${expression} in ${one.timeZone} at ${new Date(one.at).toISOString()}`;
        expect(byCron(one, expression), where).toEqual(expected);
        const { timeZone, at } = one;
        const backwards = cron.newest(expression, timeZone, at - around + 1, at + around, 1_000);
        expect(backwards, where).toEqual(expected);
      }
      const [inside = ''] = expressions(one).slice(3);
      const expected = byCron(one, inside);
      for (const other of others) expect(byCron(other, inside), other.timeZone).toEqual(expected);
    }
  }, 120_000);
});
