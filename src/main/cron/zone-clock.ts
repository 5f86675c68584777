/** The wall clock of a time zone. Wall times are written as milliseconds since 1970, as if they were UTC. */
export interface ZoneClock {
  /** What the wall clock shows at an instant. */
  wallAt(instant: number): number;
  /** Changes of the clock in (after, until], oldest first. Two within twelve hours may be missed; there are none. */
  changes(after: number, until: number): readonly ClockChange[];
}

export interface ClockChange {
  /** The first instant under the new offset. */
  readonly at: number;
  /** What the wall clock would show at that instant under the old offset, and what it shows. */
  readonly wallBefore: number;
  readonly wallAfter: number;
}

/** What the clock does in half a day of UTC: it goes by `offset`, and by another from `change` on, if there is one. */
interface HalfDay {
  readonly offset: number;
  readonly change: ClockChange | null;
}

const halfDayMs = 12 * 3_600_000;
/** Half days that are remembered, at most: asking Intl takes a hundred times as long. */
const maxRemembered = 4_000;

/** Throws a RangeError when there is no such zone. */
export function createZoneClock(timeZone: string): ZoneClock {
  const offsetAt = offsetReader(timeZone);
  const remembered = new Map<number, HalfDay>();
  const halfDay = (index: number): HalfDay => {
    const known = remembered.get(index);
    if (known !== undefined) return known;
    const [from, to] = [index * halfDayMs, (index + 1) * halfDayMs];
    const offset = offsetAt(from - 1);
    const made: HalfDay = { offset, change: offsetAt(to - 1) === offset ? null : changeIn(from - 1, to - 1, offsetAt) };
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(index, made);
    return made;
  };
  return {
    wallAt: (instant) => {
      const { offset, change } = halfDay(Math.floor(instant / halfDayMs));
      return change === null || instant < change.at ? instant + offset : instant + (change.wallAfter - change.at);
    },
    changes: (after, until) => {
      const found: ClockChange[] = [];
      for (let index = Math.floor((after + 1) / halfDayMs); index * halfDayMs <= until; index++) {
        const { change } = halfDay(index);
        if (change !== null && change.at > after && change.at <= until) found.push(change);
      }
      return found;
    },
  };
}

/** The offset at `low` is the old one and at `high` another: halved until both are neighbours. */
function changeIn(low: number, high: number, offsetAt: (instant: number) => number): ClockChange {
  const before = offsetAt(low);
  let [from, to] = [low, high];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsetAt(middle) === before) from = middle;
    else to = middle;
  }
  return { at: to, wallBefore: to + before, wallAfter: to + offsetAt(to) };
}

/** Reads how far the zone's wall clock is before UTC, in milliseconds. */
function offsetReader(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone, hourCycle: 'h23', era: 'short',
    year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  return (instant) => {
    const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(instant)) parts[type] = value;
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts[type]);
    const wall = new Date(0);
    const year = parts.era?.startsWith('B') ? 1 - number('year') : number('year');
    wall.setUTCFullYear(year, number('month') - 1, number('day'));
    wall.setUTCHours(number('hour'), number('minute'), number('second'));
    return wall.getTime() - Math.floor(instant / 1000) * 1000;
  };
}
