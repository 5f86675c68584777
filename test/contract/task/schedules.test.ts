import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { newUser, type User } from '../user.ts';
import { newType, newWorker, show } from './tasks.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.close());

const nightly = (more: object = {}) => ({
  name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', type: newType(), data: { source: 'county' }, ...more,
});

async function create(user: User, body: object = nightly()): Promise<any> {
  const { status, body: answer } = await user.post('/api/v1/schedules', body);
  if (status !== 201) throw new Error(JSON.stringify(answer));
  return answer.data;
}

describe('schedules', () => {
  test('are created with what was sent, and say when they tick next', async () => {
    const user = newUser(target);
    const body = nightly({ priority: 3, timeout: 60_000, backoff: { firstMs: 1, maxMs: 2 }, dedupeKey: 'd' });
    const made = await create(user, body);
    expect(made).toMatchObject({
      ...body, ownerId: user.id, missed: 'once', enabled: true, lastAt: null, lastJobId: null,
    });
    expect(made.nextTicks).toHaveLength(5);
    expect(made.nextTicks[0]).toBe(made.nextAt);
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
    expect(new Set(made.nextTicks.map((tick: string) => clock.format(new Date(tick))))).toEqual(new Set(['02:30']));
    expect((await user.get(`/api/v1/schedules/${made.scheduleId}`)).body.data).toEqual(made);
  });

  test('tick right after a gap of the clocks, also where it ends at midnight', async () => {
    // In Nuuk 23:00 on the eve of March's last Sunday is midnight. Of five Saturdays in March one at least is that one.
    const made = await create(newUser(target), nightly({ cron: '30 23 * 3 SAT', timeZone: 'America/Nuuk' }));
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'America/Nuuk', weekday: 'short', hour: '2-digit', minute: '2-digit',
    });
    const shown = made.nextTicks.map((tick: string) => clock.format(new Date(tick)));
    expect(new Set(shown)).toEqual(new Set(['Sat 23:30', 'Sun 00:00']));
  });

  test('are refused with the fields named', async () => {
    const user = newUser(target);
    for (const [wrong, field] of [
      [{ cron: '61 * * * *' }, 'cron'], [{ cron: '0 0 30 2 *' }, 'cron'], [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
      [{ type: 'no spaces' }, 'type'], [{ missed: 'never' }, 'missed'], [{ name: '' }, 'name'],
      [{ webhookUrl: 'http://169.254.169.254/' }, 'webhookUrl'], [{ maxAttempts: 0 }, 'maxAttempts'],
    ] as const) {
      const { status, body } = await user.post('/api/v1/schedules', nightly(wrong));
      expect([field, status, Object.keys(body.error.details.fields)]).toEqual([field, 400, [field]]);
    }
  });

  test('are created once under an Idempotency-Key', async () => {
    const user = newUser(target);
    const body = nightly();
    const headers = { 'idempotency-key': 'one' };
    const [first, second] = await Promise.all([1, 2].map(() => user.post('/api/v1/schedules', body, headers)));
    expect([first?.status, second?.status]).toEqual([201, 201]);
    expect(first?.body.data.scheduleId).toBe(second?.body.data.scheduleId);
    expect((await user.post('/api/v1/schedules', { ...body, name: 'x' }, headers)).status).toBe(422);
  });

  test('submit a task at each tick, once', async () => {
    const user = newUser(target);
    const type = newType();
    const { scheduleId } = await create(user, nightly({ cron: '* * * * * *', timeZone: 'UTC', type }));
    const worker = newWorker(target);
    const runs: string[] = [];
    while (runs.length < 3) {
      for (const { id, leaseId } of await worker.take(type)) {
        const task = await show(user, id);
        expect(task).toMatchObject({ scheduleId, createdById: user.id, data: { source: 'county' } });
        runs.push(task['runAt']);
        await worker.report({ leaseId, type: 'complete' });
      }
    }
    expect((await user.delete(`/api/v1/schedules/${scheduleId}`)).status).toBe(200);
    const { jobs } = (await user.get(`/api/v1/jobs?type=${type}&limit=100`)).body.data;
    const ticks = jobs.map(({ runAt }: { runAt: string }) => Date.parse(runAt)).sort();
    expect(ticks).toEqual(ticks.map((_: number, index: number) => ticks[0] + index * 1_000));
    expect(ticks[0] % 1_000).toBe(0);
  });

  test('are replaced, triggered and deleted', async () => {
    const user = newUser(target);
    const { scheduleId, createdAt } = await create(user);
    const path = `/api/v1/schedules/${scheduleId}`;
    const off = nightly({ enabled: false, name: 'off' });
    const replaced = (await user.put(path, off)).body.data;
    expect(replaced).toMatchObject({ ...off, scheduleId, createdAt, nextAt: null, nextTicks: [] });
    const { status, body } = await user.post(`${path}/trigger`);
    expect(status).toBe(201);
    expect(await show(user, body.data.jobId)).toMatchObject({ type: off.type, scheduleId, status: 'pending' });
    expect((await user.delete(path)).body.data).toEqual({ scheduleId, deleted: true });
    expect((await user.get(path)).status).toBe(404);
    expect((await user.delete(path)).status).toBe(404);
  });

  test('are listed page by page, and are nobody else’s', async () => {
    const user = newUser(target);
    for (const name of ['b', 'a', 'c']) await create(user, nightly({ name }));
    const first = (await user.get('/api/v1/schedules?limit=2')).body.data;
    const second = (await user.get(`/api/v1/schedules?limit=2&cursor=${first.nextCursor}`)).body.data;
    const names = [...first.schedules, ...second.schedules].map(({ name }: { name: string }) => name);
    expect([names, second.nextCursor]).toEqual([['a', 'b', 'c'], null]);
    const other = newUser(target);
    expect((await other.get('/api/v1/schedules')).body.data.schedules).toEqual([]);
    expect((await other.get(`/api/v1/schedules/${first.schedules[0].scheduleId}`)).status).toBe(404);
    const all = (await newUser(target, 'admin').get(`/api/v1/schedules?owner=${user.id}`)).body.data.schedules;
    expect(all).toHaveLength(3);
  });
});
