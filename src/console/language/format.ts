import { language } from './language.ts';

/*
 * Numbers, money and times as the chosen language writes them. Whatever reads one of these is shown again when another
 * language is chosen.
 */

/** Making one takes longer than using it. */
const made = new Map<string, unknown>();

function one<T>(make: (language: string) => T, name: string): T {
  const key = `${language.value} ${name}`;
  const known = (made.get(key) as T | undefined) ?? make(language.value);
  made.set(key, known);
  return known;
}

function numbers(name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return one((tag) => new Intl.NumberFormat(tag, options), name);
}

function dates(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return one((tag) => new Intl.DateTimeFormat(tag, options), name);
}

/** 4,312 */
export function count(value: number): string {
  return numbers('count', {}).format(value);
}

/** 94 %, rounded down: what is a little less than certain must not look certain. */
export function share(value: number): string {
  return numbers('share', { style: 'percent' }).format(Math.floor(value * 100) / 100);
}

/** US dollars of micro-dollars; to the cent, or with as many digits as show that it is not nothing. */
export function money(microUsd: number): string {
  const digits = microUsd !== 0 && Math.abs(microUsd) < 10_000 ? 4 : 2;
  const format = numbers(`usd${digits}`, {
    style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: digits,
  });
  return format.format(microUsd / 1e6);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** 3.4 MB, in powers of 1,000. */
export function bytes(size: number): string {
  const at = Math.min(byteUnits.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
  const unit = byteUnits[at]!;
  // The short form of a byte has no plural.
  const unitDisplay = at === 0 ? 'long' : 'short';
  const options = { style: 'unit', unit, unitDisplay, maximumFractionDigits: at < 2 ? 0 : 1 } as const;
  return numbers(unit, options).format(size / 1000 ** at);
}

const durationUnits = [
  ['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000], ['millisecond', 1],
] as const;

/** The two largest units: 2 h 5 min, 3.4 s, 210 ms. */
export function duration(ms: number): string {
  const size = Math.max(0, ms);
  const at = durationUnits.findIndex(([, length]) => size >= length);
  const [unit, length] = durationUnits[at === -1 ? durationUnits.length - 1 : at]!;
  const write = (value: number, of: string, digits = 0): string =>
    numbers(`${of}${digits}`, { style: 'unit', unit: of, unitDisplay: 'short', maximumFractionDigits: digits })
      .format(value);
  if (unit === 'millisecond') return write(Math.round(size), unit);
  if (unit === 'second') return write(Math.floor(size / 100) / 10, unit, size < 10_000 ? 1 : 0);
  const [nextUnit, nextLength] = durationUnits[at + 1]!;
  const rest = Math.floor((size % length) / nextLength);
  const whole = write(Math.floor(size / length), unit);
  return rest === 0 ? whole : `${whole} ${write(rest, nextUnit)}`;
}

/** 28 Nov 2026, 14:03:22 */
export function moment(at: number): string {
  return dates('moment', { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
}

/** 14:03:22 */
export function clockTime(at: number): string {
  return dates('clock', { timeStyle: 'medium' }).format(at);
}

/** 28 Nov */
export function day(at: number): string {
  return dates('day', { day: 'numeric', month: 'short' }).format(at);
}

/** 3 minutes ago, in 2 hours. */
export function distance(at: number, now: number): string {
  const ms = at - now;
  const fits = ([, size]: (typeof durationUnits)[number]): boolean => Math.abs(ms) >= size && size >= 1_000;
  const [unit, length] = durationUnits.find(fits) ?? ['second', 1_000];
  const format = one((tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }), 'relative');
  return format.format(Math.trunc(ms / length), unit as Intl.RelativeTimeFormatUnit);
}

/** The form of a plural that a number takes: `plural(1, { one: 'photo', other: 'photos' })`. */
export function plural(value: number, forms: { readonly one: string; readonly other: string }): string {
  const rule = one((tag) => new Intl.PluralRules(tag), 'plural').select(value);
  return rule === 'one' ? forms.one : forms.other;
}

/** Names in the order that people of the language look for them. */
export function byName(a: string, b: string): number {
  return one((tag) => new Intl.Collator(tag, { numeric: true, sensitivity: 'base' }), 'order').compare(a, b);
}
