import { describe, expect, it } from 'vitest';
import { createCron } from '../../src/main/cron/cron.ts';

const cron = createCron();
const at = (text: string): number => Date.parse(text);

function ticks(expression: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  for (let tick = cron.next(expression, timeZone, at(after)); tick !== null && found.length < count; ) {
    found.push(new Date(tick).toISOString().replace(':00.000Z', ''));
    tick = cron.next(expression, timeZone, tick);
  }
  return found;
}

describe('a cron expression', () => {
  it('has seconds with six fields, and whole minutes with five', () => {
    expect(cron.next('*/20 * * * * *', 'UTC', at('2026-11-22T10:00:05Z'))).toBe(at('2026-11-22T10:00:20Z'));
    expect(cron.next('* * * * *', 'UTC', at('2026-11-22T10:00:05Z'))).toBe(at('2026-11-22T10:01:00Z'));
  });

  it('follows the wall clock of its time zone', () => {
    const mondays = ['2026-11-23T00:00', '2026-11-30T00:00'];
    expect(ticks('0 9 * * 1', 'Asia/Tokyo', '2026-11-22T00:00:00Z', 2)).toEqual(mondays);
    expect(ticks('@daily', 'America/New_York', '2026-11-22T00:00:00Z', 1)).toEqual(['2026-11-22T05:00']);
  });

  it('happens once for a fixed time that does not exist: at the first moment after the gap', () => {
    // On 29 March 2026 Berlin's clocks go from 02:00 to 03:00, at 01:00 UTC.
    const days = ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'];
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual(days);
    const both = ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T00:30'];
    expect(ticks('0,30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 3)).toEqual(both);
  });

  it('happens once for a fixed time that occurs twice: the first time', () => {
    // On 25 October 2026 they go back from 03:00 to 02:00, at 01:00 UTC.
    const days = ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'];
    expect(ticks('30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00:00Z', 3)).toEqual(days);
  });

  it('repeats through both hours, and skips the hour that does not exist', () => {
    const twice = ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'];
    expect(ticks('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:10:00Z', 4)).toEqual(twice);
    const gap = ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'];
    expect(ticks('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z', 3)).toEqual(gap);
  });

  it('has the same ticks backwards as forwards', () => {
    for (const day of ['2026-03-29', '2026-10-25', '2026-11-22']) {
      for (const expression of ['*/17 * * * *', '30 2 * * *', '0,30 1-3 * * *', '59 59 1,2 * * *']) {
        const from = at(`${day}T00:00:00Z`) - 36 * 3_600_000;
        const until = at(`${day}T00:00:00Z`) + 36 * 3_600_000;
        const forwards: number[] = [];
        let tick = cron.next(expression, 'Europe/Berlin', from);
        for (; tick !== null && tick <= until; tick = cron.next(expression, 'Europe/Berlin', tick)) forwards.push(tick);
        expect(cron.newest(expression, 'Europe/Berlin', from + 1, until, 1_000)).toEqual(forwards);
      }
    }
  });

  it('counts a tick at the very time among the newest, and not as the next', () => {
    const noon = at('2026-11-22T12:00:00Z');
    expect(cron.newest('0 12 * * *', 'UTC', noon, noon, 1)).toEqual([noon]);
    expect(cron.next('0 12 * * *', 'UTC', noon)).toBe(noon + 86_400_000);
  });
});

describe('what is wrong with a cron expression', () => {
  const problems = (expression: string, timeZone = 'UTC') =>
    Object.keys(cron.problems(expression, timeZone, at('2026-11-22T00:00:00Z')) ?? {});

  it.each([
    '* * * * *', '0 0 * * * *', '@hourly', '@daily', '@weekly', '@monthly', '@yearly', '0 9 * * MON-FRI', '0 0 L * *',
    '0 0 29 2 *', '5-55/10 * * * *', '0  9 * * *',
  ])('is nothing with %s', (expression) => expect(problems(expression)).toEqual([]));

  it.each([
    '', '* * * *', '* * * * * * *', '61 * * * *', '* 24 * * *', '* * * * MOON', '@reboot', '@every 1s', '? * * * *',
    '2026-12-24T18:00:00', 'a b c d e', '*/0 * * * *', '0 0 30 2 *', '0 0 31 4,6 *',
  ])('is said of "%s"', (expression) => expect(problems(expression)).toEqual(['cron']));

  it.each(['Mars/Olympus', '+01:00', '', 'Europe'])('is reported for the time zone "%s"', (timeZone) => {
    expect(problems('* * * * *', timeZone)).toEqual(['timeZone']);
  });

  it('names both when both are wrong', () => {
    expect(problems('nonsense', 'nowhere')).toEqual(['cron', 'timeZone']);
  });
});
