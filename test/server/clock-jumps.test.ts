import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../cli/program.ts';
import { createShiftedClock, type ShiftedClock } from './shifted-clock.ts';
import { startServeIn, type StartedServer } from './started.ts';

/** One server with its own file; its machine's clock is set while it runs, and while it does not. */

const hour = 3_600_000;
const month = 30 * 24 * hour;
let folder = makeFolder();
let clock: ShiftedClock;
let server: StartedServer | null = null;

afterEach(async () => {
  await server?.stop();
  folder.remove();
  folder = makeFolder();
});

async function start(): Promise<StartedServer> {
  server = await startServeIn({ env: clock.env, data: `${folder.path}/data` });
  return server;
}

async function restart(): Promise<StartedServer> {
  await server?.stop();
  return start();
}

const post = (path: string, body: object): Promise<any> => server!.request(`/api/v1/${path}`, { method: 'POST', body });
const take = async (type: string, more: object = {}): Promise<readonly { leaseId: string; id: string }[]> => {
  const wanted = { workerId: 'w', types: [type], limit: 10, leaseMs: 2_000, waitMs: 8_000 };
  return (await post('workers/take', { ...wanted, ...more })).tasks;
};
/** A set of photos that may be uploaded for a day. */
const photos = (): Promise<any> =>
  server!.request('/api/jobs', { method: 'POST', body: { preset: 'seller', itemCount: 1 } });
/** How long it is until the only job's deadline, from the right time on. */
async function left(): Promise<number> {
  const { jobs } = (await server!.request('/api/jobs?kind=image-set')) as { jobs: { deadlineAt: string }[] };
  return Date.parse(jobs[0]!.deadlineAt) - Date.now();
}
const healed = () => server!.log().find(({ message }) => message.startsWith('stored times that cannot be were healed'));

describe('a server that ran while the clock was 30 days ahead, and is started again,', () => {
  it('runs schedules, starts rate-limited tasks, and takes a dead worker’s task back', async () => {
    clock = createShiftedClock(folder.path, month);
    const { request, submit } = await start();
    await request('/api/v1/types/rated', { method: 'PUT', body: { limits: { rate: { count: 1, windowMs: 1_000 } } } });
    await submit('rated');
    await submit('rated');
    const [begun] = await take('rated', { limit: 1, leaseMs: 60_000 });
    const { scheduleId } = await post('schedules', { name: 'often', cron: '* * * * * *', type: 'ticked' });
    await take('ticked', { leaseMs: 60_000 });
    await submit('dead');
    await take('dead');
    const failing = await submit('failing', { backoff: { firstMs: 1_000, maxMs: 1_000 } });
    const [lease] = await take('failing');
    const report = { leaseId: lease?.leaseId, type: 'fail', message: 'no' };
    await post('workers/report', { workerId: 'w', reports: [report] });
    await photos();
    clock.set(0);
    await restart();
    await vi.waitFor(() => expect(healed()).toMatchObject({
      level: 'warn', leases: expect.any(Number), starts: 1, schedules: 1, deadlines: 1,
    }), 10_000);
    expect(Math.ceil((await left()) / hour)).toBe(24);
    const [next] = await take('rated');
    expect(next?.id).not.toBe(begun?.id);
    const ticked = await take('ticked');
    expect(ticked.length).toBeGreaterThan(0);
    const schedule = (await server!.request(`/api/v1/schedules/${scheduleId}`)) as { nextAt: string; lastAt: string };
    expect(Date.parse(schedule.nextAt)).toBeLessThan(Date.now() + 2_000);
    expect(await take('dead')).toHaveLength(1);
    expect((await take('failing'))[0]?.id).toBe(failing);
  });
});

describe('a server’s clock that jumps', () => {
  it('30 days ahead for some seconds changes no schedule and ends no lease', async () => {
    clock = createShiftedClock(folder.path, 0);
    const { submit, request, log } = await start();
    const { scheduleId } = await post('schedules', { name: 'often', cron: '*/2 * * * * *', type: 'ticked' });
    await submit('kept');
    const [lease] = await take('kept', { leaseMs: 60_000 });
    clock.set(month);
    const said = (what: RegExp) =>
      vi.waitFor(() => expect(log().map(({ message }) => message).join('\n')).toMatch(what), 8_000);
    await said(/^a clock has jumped/m);
    await take('ticked');
    await take('ticked');
    clock.set(0);
    await said(/^the clock is back where it was$/m);
    const schedule = (await request(`/api/v1/schedules/${scheduleId}`)) as { nextAt: string };
    expect(Date.parse(schedule.nextAt)).toBeLessThan(Date.now() + 4_000);
    const { leases } = await post('workers/heartbeat', { workerId: 'w', leaseIds: [lease?.leaseId] });
    expect(leases[0].leasedUntil).not.toBeNull();
  });

  it('an hour back lets a dead worker’s task be taken soon after its lease', async () => {
    clock = createShiftedClock(folder.path, 0);
    const { submit } = await start();
    await submit('dead');
    expect(await take('dead')).toHaveLength(1);
    clock.set(-hour);
    const began = performance.now();
    expect(await take('dead', { waitMs: 20_000 })).toHaveLength(1);
    expect(performance.now() - began).toBeGreaterThan(1_000);
  });

  it('two hours ahead, as it was behind, shortens no time for an upload', async () => {
    clock = createShiftedClock(folder.path, -2 * hour);
    await start();
    const { jobId } = await photos();
    clock.set(0);
    await vi.waitFor(() => expect(healed()).toMatchObject({ level: 'warn', deadlines: 1 }), 40_000);
    expect(Math.ceil((await left()) / hour)).toBe(24);
    const { events } = (await server!.request(`/api/jobs/${jobId}/events`)) as { events: { type: string }[] };
    expect(events.map(({ type }) => type)).toEqual(['JobCreated', 'DeadlineCorrected']);
  }, 60_000);

  it('an hour back across a restart lets a dead worker’s task be taken soon', async () => {
    clock = createShiftedClock(folder.path, 0);
    const { submit } = await start();
    await submit('dead');
    expect(await take('dead')).toHaveLength(1);
    clock.set(-hour);
    await restart();
    expect(await take('dead', { waitMs: 20_000 })).toHaveLength(1);
    expect(healed()).toMatchObject({ leases: 1 });
  });
});
