import { expect, it } from 'vitest';
import { iso, isoOrNull } from '../../src/contract/times.ts';

it('a time is written as ISO 8601 in UTC, the same again and again, whatever was written between', () => {
  const all = Array.from({ length: 1_000 }, (_, at) => 1_764_500_000_000 + at * 37);
  for (const ms of [...all, ...all, 0, 64, 128, 64, -1, 63, 1.5, 1]) expect(iso(ms)).toBe(new Date(ms).toISOString());
  expect(isoOrNull(null)).toBe(null);
  for (const ms of [Number.NaN, Infinity, 9e15]) expect(() => iso(ms)).toThrow(RangeError);
});
