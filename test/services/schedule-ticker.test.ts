import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDueJobs } from '../../src/application/schedules/make-due-jobs.ts';
import type { ScheduleInput } from '../../src/application/schedules/content.ts';
import { createSchedules } from '../../src/application/schedules/schedules.ts';
import { ok, refuse } from '../../src/domain/errors.ts';
import { submitScheduled } from '../../src/kinds/task/rest/submission.ts';
import { createCron } from '../../src/main/cron/cron.ts';
import type { StoredSchedule } from '../../src/ports/store/schedule-store.ts';
import { createScheduleTicker } from '../../src/services/schedule-ticker.ts';
import { accepted, as, createMemoryLogger } from '../application/platform.ts';
import { createSqliteFile } from '../application/sqlite-file.ts';
import { createTaskServer } from '../application/task-server.ts';
import { createTime } from './services.ts';

const cron = createCron();
const ada = as('ada', 'operator');
const everyTwoSeconds: ScheduleInput = {
  name: 'tidy', cron: '*/2 * * * * *', timeZone: 'UTC', kind: 'task', job: { type: 'tidy', data: null },
  missed: 'all', enabled: true,
};

let file: ReturnType<typeof createSqliteFile>;
beforeEach(() => {
  file = createSqliteFile();
});
afterEach(() => file.remove());

/** A server whose ticker waits by a clock of its own; `make` instead of making jobs. */
function startTicker(make?: (schedule: StoredSchedule) => ReturnType<typeof makeDueJobs>) {
  const { clock, wakeUp, pass } = createTime();
  const store = file.open();
  const { tasks, deps } = createTaskServer(store, clock);
  const { writePath } = deps;
  const submitters = new Map([['task', submitScheduled(tasks)]]);
  /** What another server can submit too. */
  const more = new Map([...submitters, ['foreign', submitScheduled(tasks)]]);
  const logger = createMemoryLogger();
  const { schedules: stored } = store;
  const schedules = createSchedules({
    store, writePath, submitters: more, cron, clock, ids: deps.ids,
    webhookUrlProblem: () => null, onChanged: () => wakeUp.notify(),
  });
  const parts = { writePath, users: store.users, submitters, cron, clock, logger };
  const ticker = createScheduleTicker({
    schedules: stored, clock, logger, wakeUp,
    makeDueJobs: make ?? ((due) => makeDueJobs(parts, due)),
  });
  ticker.start();
  const made = async () => (await accepted(tasks.list(as('ada'), { limit: 100 }))).tasks.length;
  return { ticker, clock, wakeUp, pass, schedules, made, logger };
}

describe('the schedule ticker', () => {
  it('makes each tick when it is due, not before', async () => {
    const { ticker, pass, schedules, made, wakeUp } = startTicker();
    await wakeUp.asleep();
    await accepted(schedules.create(ada, everyTwoSeconds));
    const counts: number[] = [];
    for (const ms of [0, 999, 1_000, 1, 1_000, 999, 1]) {
      await pass(ms);
      counts.push(await made());
    }
    expect(counts).toEqual([0, 0, 0, 1, 1, 1, 2]);
    await ticker.stop();
  });

  it('finds within a second what was made at another server', async () => {
    const one = startTicker();
    const other = startTicker();
    await one.wakeUp.asleep();
    await accepted(other.schedules.create(ada, { ...everyTwoSeconds, cron: '* * * * * *' }));
    await one.pass(1_000);
    expect(await one.made()).toBe(1);
    await Promise.all([one.ticker.stop(), other.ticker.stop()]);
  });

  it('goes on with the others, and does not spin, when one does not tick', async () => {
    const tried: string[] = [];
    const { ticker, pass, schedules, logger, wakeUp } = startTicker(async ({ name }) => {
      tried.push(name);
      if (name === 'broken') throw new Error('odd');
      return name === 'away' ? refuse('unavailable', 'the store is away') : ok({ made: 1, paused: null });
    });
    await wakeUp.asleep();
    for (const name of ['broken', 'away', 'good']) await accepted(schedules.create(ada, { ...everyTwoSeconds, name }));
    await pass(2_000);
    await pass(999);
    expect([...tried].sort()).toEqual(['away', 'broken', 'good']);
    await pass(1);
    expect(tried).toHaveLength(6);
    expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(4);
    await ticker.stop();
  });

  it('comes to the others, however many do not tick', async () => {
    const good: string[] = [];
    const { ticker, pass, schedules, wakeUp } = startTicker(async ({ name }) => {
      if (name === 'broken') throw new Error('odd');
      good.push(name);
      return ok({ made: 1, paused: null });
    });
    await wakeUp.asleep();
    const broken = { ...everyTwoSeconds, name: 'broken', cron: '* * * * * *' };
    for (let nth = 0; nth < 120; nth += 1) await accepted(schedules.create(ada, broken));
    await accepted(schedules.create(ada, { ...everyTwoSeconds, name: 'good' }));
    await pass(1_000);
    await pass(1_000);
    expect(good).toEqual(['good']);
    await ticker.stop();
  });

  it('says once that it cannot submit a kind, and comes to the others, however many are of that kind', async () => {
    const { ticker, pass, schedules, logger, wakeUp, made } = startTicker();
    await wakeUp.asleep();
    const foreign = { ...everyTwoSeconds, name: 'foreign', cron: '* * * * * *', kind: 'foreign' };
    for (let nth = 0; nth < 120; nth += 1) await accepted(schedules.create(ada, foreign));
    await accepted(schedules.create(ada, everyTwoSeconds));
    await pass(2_000);
    expect(await made()).toBe(1);
    await pass(2_000);
    expect(await made()).toBe(2);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields: { kind: 'foreign' } }]);
    await ticker.stop();
  });
});
