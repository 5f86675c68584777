import * as z from 'zod';

// A `+` that was not escaped is a space in a query.
const isoForm = /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:Z|([+ -])(\d{2}):?(\d{2})))?$/i;

/** A time as clients write it, with its zone, or a day, which is its midnight in UTC; milliseconds once parsed. */
export const moment = z
  .string()
  .max(40)
  .refine((text) => parseMoment(text) !== null, { error: 'must be an ISO 8601 time such as 2026-11-22T09:30:00Z' })
  .meta({ format: 'date-time' })
  .transform((text) => parseMoment(text) ?? 0);

/**
 * Milliseconds since 1970, or null: it is no time from 1970 to 9999, or a day that no month has. A leap second is the
 * first of the next day, since the time of computers has none.
 */
function parseMoment(text: string): number | null {
  const [, day, time = 'T00:00', second = '00', fraction = '', sign, hours = '00', minutes = '00'] =
    isoForm.exec(text) ?? [];
  if (day === undefined) return null;
  const isLeap = second === '60';
  const offset = sign === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${hours}:${minutes}`;
  const ms = Date.parse(`${day}${time.toUpperCase()}:${isLeap ? '59' : second}.${fraction.padEnd(3, '0')}${offset}`);
  const midnight = Date.parse(day);
  if (!(ms >= 0 && ms < 253_402_300_800_000) || Number.isNaN(midnight)) return null;
  if (!new Date(midnight).toISOString().startsWith(day)) return null;
  if (!isLeap) return ms;
  // They are inserted at the end of a day of UTC.
  return ms % 86_400_000 >= 86_399_000 ? ms - (ms % 1000) + 1000 : null;
}
