import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDueJobs } from '../../src/application/schedules/make-due-jobs.ts';
import type { ScheduleInput } from '../../src/application/schedules/content.ts';
import type { SubmitScheduled, Submitters } from '../../src/application/schedules/dependencies.ts';
import { createSchedules, type Schedules } from '../../src/application/schedules/schedules.ts';
import { dueTicks } from '../../src/application/schedules/ticks.ts';
import type { Tasks } from '../../src/kinds/task/application/tasks.ts';
import { submitScheduled } from '../../src/kinds/task/rest/submission.ts';
import { refuse } from '../../src/domain/errors.ts';
import { nothing } from '../../src/testing/store-suite/bookkeeper.ts';
import { createCron } from '../../src/main/cron/cron.ts';
import { webhookUrlProblem } from '../../src/main/webhook-address.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { scheduleTable, type StoredSchedule } from '../../src/ports/store/schedule-store.ts';
import { accepted, admin, as, createMemoryLogger, outcome } from './platform.ts';
import { createSqliteFile } from './sqlite-file.ts';
import { createJumpingClock, createTaskServer } from './task-server.ts';

const cron = createCron();
const noon = Date.parse('2026-11-22T12:00:00Z');
const minute = 60_000;
const all = { exceptKinds: [], limit: 100 };
const ada = as('ada', 'user', 'operator');

const everyMinute: ScheduleInput = {
  name: 'tidy', cron: '* * * * *', timeZone: 'UTC', kind: 'task', job: { type: 'tidy', data: { deep: true } },
  missed: 'once', enabled: true,
};

let file: ReturnType<typeof createSqliteFile>;
let clock: ReturnType<typeof createJumpingClock>;
let seeds = 0;
beforeEach(() => {
  file = createSqliteFile();
  clock = createJumpingClock(noon + 1);
});
afterEach(() => file.remove());

interface Server {
  readonly store: Store;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  /** What the ticker does with a schedule that it found due. */
  tick(schedule: StoredSchedule, submit?: SubmitScheduled): ReturnType<typeof makeDueJobs>;
  stored(scheduleId: string): Promise<StoredSchedule | null>;
  /** A round of the ticker. */
  tickAll(): Promise<void>;
}

/** A server of its own over the same file. */
function openServer(serverClock = clock): Server {
  const store = file.open();
  const { tasks, deps } = createTaskServer(store, serverClock, { seed: ++seeds });
  const logger = createMemoryLogger();
  const { writePath } = deps;
  const submitters: Submitters = new Map([['task', submitScheduled(tasks)]]);
  const schedules = createSchedules({
    store, writePath, submitters, cron, clock: serverClock, ids: deps.ids,
    onChanged: () => {},
    webhookUrlProblem: (url) => webhookUrlProblem(url, false),
  });
  const tick: Server['tick'] = (schedule, submit) =>
    makeDueJobs(
      {
        writePath, users: store.users, cron, clock: serverClock, logger,
        submitters: submit === undefined ? submitters : new Map([['task', submit]]),
      },
      schedule,
    );
  const tickAll = async (): Promise<void> => {
    for (const schedule of await store.schedules.due(serverClock.now(), all)) await accepted(tick(schedule));
  };
  const stored = (id: string) => store.records.get(scheduleTable, [id]);
  return { store, tasks, schedules, tick, tickAll, stored };
}

/** The ticks that jobs were made for, in minutes after noon; sorted. */
async function made({ tasks }: Server): Promise<number[]> {
  const { tasks: all } = await accepted(tasks.list(as('ada'), { limit: 1_000 }));
  return all.map(({ fields }) => (fields.runAt - noon) / minute).sort((a, b) => a - b);
}

describe('the ticks that are due', () => {
  const due = (missed: StoredSchedule['missed'], now: number, expression = '* * * * *') =>
    dueTicks(cron, { cron: expression, timeZone: 'UTC', missed, nextAt: noon }, now);
  const after = ({ ticks }: ReturnType<typeof due>) => ticks.map((tick) => (tick - noon) / minute);

  it('are none before the first', () => expect(due('all', noon - 1)).toEqual({ ticks: [], nextAt: noon }));

  it.each(['skip', 'once', 'all'] as const)('are the one that has just come, whatever the policy (%s)', (missed) => {
    expect(due(missed, noon + 5)).toEqual({ ticks: [noon], nextAt: noon + minute });
  });

  it('are by the policy when nobody was there for them', () => {
    const now = noon + 5 * minute + 30_000;
    expect(due('skip', now)).toEqual({ ticks: [], nextAt: noon + 6 * minute });
    expect(after(due('once', now))).toEqual([5]);
    expect(after(due('all', now))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are the one that is on time, which stands for those that were missed', () => {
    const now = noon + 5 * minute + 3_000;
    expect(after(due('skip', now))).toEqual([5]);
    expect(after(due('once', now))).toEqual([5]);
  });

  it('are each of those in the last ten seconds when it ticks every second', () => {
    expect(due('skip', noon + 4_200, '* * * * * *').ticks).toHaveLength(5);
    expect(due('once', noon + 60_000, '* * * * * *').ticks).toHaveLength(11);
  });

  it('are the newest hundred at most, after however long, and found at once', () => {
    const year = noon + 365 * 86_400_000;
    const { ticks, nextAt } = due('all', year, '* * * * * *');
    expect([ticks.length, ticks[0], ticks.at(-1), nextAt]).toEqual([100, year - 99_000, year, year + 1_000]);
  });
});

describe('a schedule', () => {
  it('submits its task as its owner at each tick, with the tick as runAt', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + minute + 20);
    await server.tickAll();
    const { tasks } = await accepted(server.tasks.list(as('ada'), { limit: 10 }));
    expect(tasks).toMatchObject([
      { type: 'tidy', ownerId: 'ada', fields: { runAt: noon + minute },
        input: { data: { deep: true }, scheduleId: schedule.id } },
    ]);
    const after = await accepted(server.schedules.get(ada, schedule.id));
    expect(after.schedule).toMatchObject({
      lastAt: noon + minute, lastJobId: tasks[0]?.id, nextAt: noon + 2 * minute, version: schedule.version + 1,
    });
    expect(after.upcoming).toEqual([2, 3, 4, 5, 6].map((minutes) => noon + minutes * minute));
  });

  it('has exactly one job for each tick, however many servers tick at once', async () => {
    const servers = Array.from({ length: 4 }, () => openServer());
    const first = servers[0]!;
    await accepted(first.schedules.create(ada, { ...everyMinute, missed: 'all' }));
    for (let minutes = 1; minutes <= 6; minutes += 1) {
      clock.jumpTo(noon + minutes * minute + 3);
      await Promise.all(servers.map((server) => server.tickAll()));
    }
    expect(await made(first)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('has exactly one job for each tick when servers die before they move it on', async () => {
    const dying = openServer();
    const living = openServer();
    const { schedule } = await accepted(dying.schedules.create(ada, { ...everyMinute, missed: 'all' }));
    for (const minutes of [1, 2, 3]) {
      clock.jumpTo(noon + minutes * minute + 3);
      const [due] = await dying.store.schedules.due(clock.now(), { ...all, limit: 1 });
      // It submits all that is due, and is gone before it can store that.
      const dead = { ...due!, version: due!.version + 1_000 };
      await accepted(dying.tick(dead));
      expect((await living.stored(schedule.id))?.nextAt).toBe(noon + minute);
    }
    await living.tickAll();
    expect(await made(living)).toEqual([1, 2, 3]);
    expect(await living.stored(schedule.id)).toMatchObject({ lastAt: noon + 3 * minute });
  });

  it('has exactly one job for a tick when a server comes to it long after another did', async () => {
    const [slow, quick] = [openServer(), openServer()];
    await accepted(slow.schedules.create(ada, { ...everyMinute, missed: 'all' }));
    clock.jumpTo(noon + minute + 3);
    const [seen] = await slow.store.schedules.due(clock.now(), { ...all, limit: 1 });
    await quick.tickAll();
    clock.jumpTo(noon + 3 * minute + 3);
    await quick.tickAll();
    await accepted(slow.tick(seen!));
    expect(await made(quick)).toEqual([1, 2, 3]);
  });

  it('makes no second job for a tick when the clock jumps back, and goes on when it has caught up', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + 3 * minute + 3);
    await server.tickAll();
    clock.jumpTo(noon + minute);
    await server.tickAll();
    await accepted(server.tick((await server.stored(schedule.id))!));
    for (const minutes of [2, 3, 4]) {
      clock.jumpTo(noon + minutes * minute);
      await server.tickAll();
    }
    expect(await made(server)).toEqual([3, 4]);
  });

  it('makes what was missed once when the clock jumps ahead', async () => {
    const server = openServer();
    await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + 600 * minute + 30_000);
    await server.tickAll();
    expect(await made(server)).toEqual([600]);
  });

  it('makes no second job of a tick after it was changed while it ticked', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + minute + 3);
    const [due] = await server.store.schedules.due(clock.now(), { ...all, limit: 1 });
    await accepted(server.schedules.replace(ada, schedule.id, { ...everyMinute, job: { type: 'tidy', data: 2 } }));
    await accepted(server.tick(due!));
    await server.tickAll();
    expect(await made(server)).toEqual([1]);
    expect(await server.stored(schedule.id)).toMatchObject({ nextAt: noon + 2 * minute });
  });

  it('waits with a tick that cannot be stored now, and gives up one that never can', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + minute + 3);
    const [due] = await server.store.schedules.due(clock.now(), { ...all, limit: 1 });
    const away = await server.tick(due!, async () => refuse('unavailable', 'the store is away'));
    expect(outcome(away)).toBe('unavailable');
    expect((await server.stored(schedule.id))?.nextAt).toBe(noon + minute);
    await accepted(server.tick(due!, async () => refuse('invalid_request', 'not any more')));
    expect((await server.stored(schedule.id))?.nextAt).toBe(noon + 2 * minute);
  });

  it('skips ticks while the task with its dedupe key has not ended', async () => {
    const server = openServer();
    await accepted(server.schedules.create(ada, { ...everyMinute, job: { type: 'tidy', data: 1, dedupeKey: 'one' } }));
    for (const minutes of [1, 2, 3]) {
      clock.jumpTo(noon + minutes * minute + 3);
      await server.tickAll();
    }
    expect(await made(server)).toEqual([1]);
  });
});

describe('schedules of operators', () => {
  it('are created once under an Idempotency-Key', async () => {
    const { schedules } = openServer();
    const created = await Promise.all([1, 2, 3].map(() => accepted(schedules.create(ada, everyMinute, 'nightly'))));
    expect(new Set(created.map(({ schedule }) => schedule.id)).size).toBe(1);
    expect(outcome(await schedules.create(ada, { ...everyMinute, name: 'other' }, 'nightly'))).toBe(
      'idempotency_mismatch',
    );
    const bob = as('bob', 'operator');
    expect((await accepted(schedules.create(bob, everyMinute, 'nightly'))).schedule.ownerId).toBe('bob');
    expect((await accepted(schedules.list(admin, { limit: 10 }))).schedules).toHaveLength(2);
  });

  it('are refused with what is wrong by field', async () => {
    const { schedules } = openServer();
    const task = { type: 'tidy', data: 1, webhookUrl: 'http://127.0.0.1/' };
    const refused = await schedules.create(ada, { ...everyMinute, cron: '* *', timeZone: 'Moon', job: task });
    expect(refused).toMatchObject({
      ok: false,
      refusal: {
        code: 'invalid_request',
        details: { fields: { cron: expect.any(String), timeZone: expect.any(String), webhookUrl: expect.any(String) } },
      },
    });
  });

  it('are seen by their owner and admins, and by nobody without the role', async () => {
    const { schedules } = openServer();
    const { schedule } = await accepted(schedules.create(ada, everyMinute));
    const bob = as('bob', 'operator');
    const all = [
      schedules.get(bob, schedule.id), schedules.delete(bob, schedule.id), schedules.trigger(bob, schedule.id),
      schedules.replace(bob, schedule.id, everyMinute),
    ];
    for (const result of await Promise.all(all)) expect(outcome(result)).toBe('not_found');
    expect((await accepted(schedules.list(bob, { limit: 10 }))).schedules).toEqual([]);
    expect(outcome(await schedules.list(bob, { ownerId: 'ada', limit: 10 }))).toBe('forbidden');
    expect(outcome(await schedules.list(as('ada'), { limit: 10 }))).toBe('forbidden');
    expect(outcome(await schedules.create(as('ada'), everyMinute))).toBe('forbidden');
    expect(outcome(await schedules.get(admin, schedule.id))).toBe('ok');
  });

  it('come page by page by name', async () => {
    const { schedules } = openServer();
    for (const name of ['c', 'a', 'd', 'b']) await accepted(schedules.create(ada, { ...everyMinute, name }));
    const first = await accepted(schedules.list(ada, { limit: 3 }));
    const second = await accepted(schedules.list(ada, { limit: 3, cursor: first.nextCursor ?? '' }));
    const names = [...first.schedules, ...second.schedules].map(({ schedule }) => schedule.name);
    expect([names.join(''), second.nextCursor]).toEqual(['abcd', null]);
  });

  it('that are disabled do not tick, and start afresh when they are enabled', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, { ...everyMinute, enabled: false }));
    expect(schedule.nextAt).toBeNull();
    clock.jumpTo(noon + 5 * minute + 3);
    await server.tickAll();
    const on = await accepted(server.schedules.replace(ada, schedule.id, everyMinute));
    expect(on.schedule.nextAt).toBe(noon + 6 * minute);
    expect(await made(server)).toEqual([]);
  });

  it('keep what is due when they are changed but for their time', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + 3 * minute);
    const renamed = await accepted(server.schedules.replace(ada, schedule.id, { ...everyMinute, name: 'x' }));
    expect(renamed.schedule.nextAt).toBe(noon + minute);
    const moved = await accepted(server.schedules.replace(ada, schedule.id, { ...everyMinute, cron: '0 * * * *' }));
    expect(moved.schedule.nextAt).toBe(noon + 60 * minute);
  });

  it('are triggered once under an Idempotency-Key, for their owner', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, { ...everyMinute, enabled: false }));
    const [one, two] = await Promise.all([1, 2].map(() => accepted(server.schedules.trigger(admin, schedule.id, 'k'))));
    expect(one?.jobId).toBe(two?.jobId);
    const job = await server.store.jobs.get(one?.jobId ?? '');
    expect(job).toMatchObject({ ownerId: 'ada', input: { scheduleId: schedule.id } });
    await accepted(server.schedules.trigger(ada, schedule.id));
    expect(await made(server)).toHaveLength(2);
  });

  it('are gone when they are deleted, their tasks not', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    clock.jumpTo(noon + minute);
    await server.tickAll();
    await accepted(server.schedules.delete(ada, schedule.id));
    clock.jumpTo(noon + 2 * minute);
    await server.tickAll();
    expect(await made(server)).toEqual([1]);
    expect(outcome(await server.schedules.get(ada, schedule.id))).toBe('not_found');
  });

  it('keep to the limit of their owner, and give a place back when they are deleted', async () => {
    const server = openServer();
    const creating = Array.from({ length: 1_003 }, () => server.schedules.create(ada, everyMinute));
    const made = (await Promise.all(creating)).map(outcome);
    expect([made.filter((each) => each === 'ok').length, new Set(made)]).toEqual([1_000, new Set(['ok', 'conflict'])]);
    const [first] = (await accepted(server.schedules.list(ada, { limit: 1 }))).schedules;
    await accepted(server.schedules.delete(ada, first?.schedule.id ?? ''));
    expect(outcome(await server.schedules.create(ada, everyMinute))).toBe('ok');
    expect(outcome(await server.schedules.create(ada, everyMinute))).toBe('conflict');
    expect(outcome(await server.schedules.create(as('bob', 'operator'), everyMinute))).toBe('ok');
  });
});

describe('a schedule of a kind that the server cannot schedule', () => {
  const errands = { ...everyMinute, kind: 'errand' };

  it('is refused with the kinds that can be', async () => {
    const refused = await openServer().schedules.create(ada, errands);
    expect(refused).toMatchObject({
      refusal: { code: 'invalid_request', details: { fields: { kind: expect.stringContaining('must be task') } } },
    });
  });

  it('is paused and stays due, for servers that know the kind', async () => {
    const server = openServer();
    const { schedule } = await accepted(server.schedules.create(ada, everyMinute));
    const { id, version } = schedule;
    const row = { ...schedule, kind: 'errand', version: version + 1 };
    const change = { table: scheduleTable, key: [id], expectedVersion: version, row };
    expect(await server.store.commit({ ...nothing, records: [change] })).toEqual({ ok: true });
    clock.jumpTo(noon + minute + 3);
    const [due] = await server.store.schedules.due(clock.now(), all);
    expect(await accepted(server.tick(due!))).toEqual({ made: 0, paused: 'kind-unknown' });
    expect(await server.stored(schedule.id)).toEqual(due);
    const shown = await accepted(server.schedules.get(ada, schedule.id));
    expect(shown).toMatchObject({ kindUnknown: true, ownerDisabled: false, upcoming: [] });
    expect(outcome(await server.schedules.trigger(ada, schedule.id))).toBe('conflict');
    // It can be given a job of another kind.
    await accepted(server.schedules.replace(ada, schedule.id, everyMinute));
    await server.tickAll();
    expect(await made(server)).toEqual([1]);
  });
});
