import { language, type Language } from '../../language/language.ts';

/*
 * Cron expressions in words: those that people write. Another one stays as it is written, which is better than words
 * that are hard to follow.
 */

const macros: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *',
};
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const mostListed = 6;

/** Null: it is too special for words, or no cron expression at all. */
export function cronWords(expression: string): string | null {
  const given = expression.trim().toLowerCase();
  const fields = (macros[given] ?? given).split(/\s+/);
  const [second, minute, hour, day, month, weekday] = fields.length === 5 ? ['0', ...fields] : fields;
  if (fields.length > 6 || weekday === undefined) return null;
  const isEveryDay = isAny(day!) && isAny(month!) && isAny(weekday);
  const often = isEveryDay ? oftenWords(second!, minute!, hour!) : null;
  if (often !== null) return often;
  if (second !== '0') return null;
  const when = timesWords(minute!, hour!);
  const days = daysWords(day!, month!, weekday);
  return when === null || days === null ? null : say().at(days, when);
}

function isAny(field: string): boolean {
  return field === '*' || field === '?';
}

/** "*\/15": 15; "*": 1; null: it is something else. */
function step(field: string): number | null {
  if (field === '*') return 1;
  const [, by] = /^(?:\*|0)\/(\d{1,2})$/.exec(field) ?? [];
  return by === undefined || Number(by) === 0 ? null : Number(by);
}

function oftenWords(second: string, minute: string, hour: string): string | null {
  const [seconds, minutes, hours] = [step(second), step(minute), step(hour)];
  if (seconds !== null && minutes === 1 && hours === 1) return divides(seconds, 60) ? say().everySecond(seconds) : null;
  if (second !== '0') return null;
  if (minutes !== null && hours === 1) return divides(minutes, 60) ? say().everyMinute(minutes) : null;
  const at = numbers(minute, 0, 59);
  if (hours === null || at?.length !== 1 || !divides(hours, 24)) return null;
  return say().everyHour(hours, at[0]!);
}

/** Another step begins anew after the hour or the day: "every 7 minutes" would not be true. */
function divides(by: number, whole: number): boolean {
  return whole % by === 0;
}

function timesWords(minute: string, hour: string): string | null {
  const [minutes, hours] = [numbers(minute, 0, 59), numbers(hour, 0, 23)];
  if (minutes === null || hours === null || minutes.length * hours.length > mostListed) return null;
  return list(hours.flatMap((h) => minutes.map((m) => clock(h, m))));
}

function daysWords(day: string, month: string, weekday: string): string | null {
  const months = isAny(month) ? [] : numbers(named(month, monthNames, 1), 1, 12);
  if (months === null) return null;
  if (isAny(day)) {
    const days = isAny(weekday) ? [] : numbers(named(weekday, dayNames, 0), 0, 7);
    if (days === null) return null;
    const words = weekdaysWords([...new Set(days.map((one) => one % 7))]);
    return months.length === 0 ? words : say().inMonths(words, list(months.map(monthName)));
  }
  // With both, it is either of them.
  if (!isAny(weekday)) return null;
  const days = day === 'l' ? ['l' as const] : numbers(day, 1, 31);
  if (days === null || days.length > mostListed) return null;
  if (months.length === 1 && days.length === 1 && days[0] !== 'l') return say().yearly(dateOf(months[0]!, days[0]!));
  const which = list(days.map((one) => (one === 'l' ? say().lastDay : say().dayOfMonth(one))));
  return months.length === 0 ? say().monthly(which) : say().monthlyIn(which, list(months.map(monthName)));
}

/** From 0, Sunday; none: every day. */
function weekdaysWords(days: readonly number[]): string {
  const key = [...days].sort((a, b) => a - b).join();
  if (days.length === 0 || days.length === 7) return say().daily;
  if (key === '1,2,3,4,5') return say().weekdays;
  if (key === '0,6') return say().weekends;
  // Weeks begin with Monday, here as in most calendars.
  const week = [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  return list(week.map((one) => say().everyWeekday(weekdayName(one))));
}

function named(field: string, names: readonly string[], first: number): string {
  return field.replace(/[a-z]{3}/g, (name) => {
    const at = names.indexOf(name);
    return at === -1 ? name : String(at + first);
  });
}

/** Of "5", "1-5", "8,20", "0-30/10"; null: something else. */
function numbers(field: string, min: number, max: number): readonly number[] | null {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [, from, to, by] = /^(\d{1,2})(?:-(\d{1,2})(?:\/(\d{1,2}))?)?$/.exec(part) ?? [];
    if (from === undefined) return null;
    const [first, last, every] = [Number(from), Number(to ?? from), Number(by ?? 1)];
    if (first < min || last > max || first > last || every === 0) return null;
    for (let one = first; one <= last; one += every) found.add(one);
  }
  return [...found].sort((a, b) => a - b);
}

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language.value, { timeZone: 'UTC', ...options });
}

function clock(hour: number, minute: number): string {
  return `${hour}:${String(minute).padStart(2, '0')}`;
}

function weekdayName(day: number): string {
  return format({ weekday: 'long' }).format(Date.UTC(2023, 0, 1 + day));
}

function monthName(month: number): string {
  return format({ month: 'long' }).format(Date.UTC(2023, month - 1, 1));
}

function dateOf(month: number, day: number): string {
  return format({ month: 'long', day: 'numeric' }).format(Date.UTC(2024, month - 1, day));
}

function list(parts: readonly string[]): string {
  return new Intl.ListFormat(language.value, { type: 'conjunction' }).format(parts);
}

function ordinal(day: number): string {
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(day);
  return `${day}${({ one: 'st', two: 'nd', few: 'rd', other: 'th' } as Readonly<Record<string, string>>)[rule]}`;
}

interface Words {
  readonly everySecond: (n: number) => string;
  readonly everyMinute: (n: number) => string;
  readonly everyHour: (n: number, minute: number) => string;
  readonly daily: string;
  readonly weekdays: string;
  readonly weekends: string;
  readonly lastDay: string;
  readonly everyWeekday: (name: string) => string;
  readonly dayOfMonth: (day: number) => string;
  readonly monthly: (days: string) => string;
  readonly monthlyIn: (days: string, months: string) => string;
  readonly inMonths: (days: string, months: string) => string;
  readonly yearly: (date: string) => string;
  readonly at: (days: string, times: string) => string;
}

const words: Readonly<Record<Language, Words>> = {
  en: {
    everySecond: (n) => (n === 1 ? 'Every second' : `Every ${n} seconds`),
    everyMinute: (n) => (n === 1 ? 'Every minute' : `Every ${n} minutes`),
    everyHour: (n, minute) => {
      const often = n === 1 ? 'Every hour' : `Every ${n} hours`;
      return minute === 0 ? often : `${often}, at ${minute} past`;
    },
    daily: 'Every day', weekdays: 'Weekdays', weekends: 'Weekends', lastDay: 'last day',
    everyWeekday: (name) => `${name}s`,
    dayOfMonth: ordinal,
    monthly: (days) => `On the ${days} of each month`,
    monthlyIn: (days, months) => `On the ${days} of ${months}`,
    inMonths: (days, months) => `${days} in ${months}`,
    yearly: (date) => `Every year on ${date}`,
    at: (days, times) => `${days} at ${times}`,
  },
  de: {
    everySecond: (n) => (n === 1 ? 'Jede Sekunde' : `Alle ${n} Sekunden`),
    everyMinute: (n) => (n === 1 ? 'Jede Minute' : `Alle ${n} Minuten`),
    everyHour: (n, minute) => {
      const often = n === 1 ? 'Jede Stunde' : `Alle ${n} Stunden`;
      return minute === 0 ? often : `${often}, zur Minute ${minute}`;
    },
    daily: 'Täglich', weekdays: 'Montags bis freitags', weekends: 'Samstags und sonntags', lastDay: 'letzten Tag',
    everyWeekday: (name) => `${name}s`.toLowerCase(),
    dayOfMonth: (day) => `${day}.`,
    monthly: (days) => `Am ${days} jedes Monats`,
    monthlyIn: (days, months) => `Am ${days} im ${months}`,
    inMonths: (days, months) => `${days} im ${months}`,
    yearly: (date) => `Jedes Jahr am ${date}`,
    at: (days, times) => `${days.charAt(0).toUpperCase()}${days.slice(1)} um ${times} Uhr`,
  },
};

function say(): Words {
  return words[language.value];
}
