import { describe, expect, test } from 'vitest';
import { backoffMs, parseRetryAfter, sleep } from '../../src/client/backoff.ts';

describe('backoff', () => {
  test('doubles from 200 ms to 5 s', () => {
    expect([0, 1, 2, 3, 4, 5, 20].map((attempt) => backoffMs(attempt, () => 0))).toEqual([
      200, 400, 800, 1600, 3200, 5000, 5000,
    ]);
  });

  test('takes off up to half of it', () => {
    expect(backoffMs(1, () => 1)).toBe(200);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T10:00:00.000Z');
  test.each([
    ['5', 5],
    ['0', 0],
    ['Sun, 22 Nov 2026 10:00:07 GMT', 7],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
    [null, null],
  ])('%j is %j seconds', (header, seconds) => expect(parseRetryAfter(header, now)).toBe(seconds));
});

test('a sleep that is stopped before it began rejects at once', async () => {
  await expect(sleep(60_000, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
});
