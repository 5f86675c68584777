import { describe, expect, it } from 'vitest';
import { healedSchedule } from '../../src/application/schedules/healed-schedule.ts';
import { createCron } from '../../src/main/cron/cron.ts';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';

const cron = createCron();
const now = Date.UTC(2026, 10, 22, 12, 0, 30);
const hourly = { cron: '0 * * * *', timeZone: 'UTC', enabled: true, nextAt: now + 3_570_000, lastAt: now - 30_000 };

describe('a schedule', () => {
  it('stays as it is while it can be so', () => {
    for (const schedule of [
      hourly, { ...hourly, nextAt: now - 86_400_000 }, { ...hourly, nextAt: null }, { ...hourly, lastAt: null },
      { ...hourly, enabled: false, nextAt: null },
      // Another server, whose clock is a little ahead, has made the tick that is about to come.
      { ...hourly, cron: '31 0 12 * * *', nextAt: now + 86_401_000, lastAt: now + 1_000 },
    ]) expect(healedSchedule(cron, schedule, now)).toBeNull();
  });

  it('ticks next when its cron says, whatever a clock that was ahead has made of it', () => {
    const random = createSeededRandom(5);
    for (let round = 0; round < 100; round++) {
      const aheadMs = random.integer(3_700_000, 400 * 86_400_000);
      const nextAt = cron.next(hourly.cron, hourly.timeZone, now + aheadMs);
      const schedule = { ...hourly, nextAt, lastAt: now + aheadMs };
      const healed = healedSchedule(cron, schedule, now);
      expect(healed).toEqual({ ...schedule, nextAt: now + 3_570_000, lastAt: now });
      expect(healed && healedSchedule(cron, healed, now)).toBeNull();
    }
  });
});
