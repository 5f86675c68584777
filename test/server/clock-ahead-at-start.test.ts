import Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeFolder } from '../cli/program.ts';
import { createShiftedClock } from './shifted-clock.ts';
import { startServeIn, type StartedServer } from './started.ts';

/** A server with its own file that is started while its machine's clock is ahead: nothing goes before its time. */

const day = 86_400_000;
const folder = makeFolder();
const data = `${folder.path}/data`;
let server: StartedServer | null = null;

afterEach(async () => {
  await server?.stop();
  folder.remove();
});

async function startAt(clock: { readonly env: Readonly<Record<string, string>> }): Promise<StartedServer> {
  await server?.stop();
  server = await startServeIn({ env: { ...clock.env, RETENTION_DAYS: '30' }, data });
  return server;
}

async function done(type: string): Promise<string> {
  const id = await server!.submit(type);
  const post = (path: string, body: object) => server!.request(`/api/v1/workers/${path}`, { method: 'POST', body });
  const wanted = { workerId: 'w', types: [type], limit: 1, leaseMs: 60_000, waitMs: 5_000 };
  const { tasks } = (await post('take', wanted)) as { tasks: { leaseId: string }[] };
  await post('report', { workerId: 'w', reports: [{ leaseId: tasks[0]?.leaseId, type: 'complete', result: 1 }] });
  await server!.ended(id);
  return id;
}

/** A set that was canceled when its photo had come. */
async function canceledSet(): Promise<{ readonly id: string; readonly photo: string }> {
  const made = await server!.request('/api/jobs', { method: 'POST', body: { preset: 'seller', itemCount: 1 } });
  const { jobId, urls } = made as { jobId: string; urls: { url: string }[] };
  const put = await fetch(urls[0]!.url, { method: 'PUT', body: 'a photo', headers: { 'content-type': 'image/jpeg' } });
  expect(put.status).toBe(200);
  await server!.request(`/api/jobs/${jobId}/cancel`, { method: 'POST', body: {} });
  return { id: jobId, photo: join(data, 'objects/objects/inputs.d/mira.d', `${jobId}.d`, '0.jpg.f') };
}

const isThere = (id: string): Promise<boolean> => server!.get(id).then(() => true, () => false);
const waits = { timeout: 15_000, interval: 100 };

describe('a server that is started while the clock is 400 days ahead', () => {
  it('purges only what was due when the store was last used, logs it, and goes on', async () => {
    const clock = createShiftedClock(folder.path, -40 * day);
    await startAt(clock);
    const old = await done('old');
    const oldSet = await canceledSet();
    clock.set(0);
    await startAt(clock);
    const young = await done('young');
    const set = await canceledSet();
    const open = (await server!.request('/api/jobs', { method: 'POST', body: { preset: 'seller', itemCount: 1 } })) as
      { jobId: string };
    expect(await isThere(old), 'forty days are not made up for in seconds').toBe(true);
    await server!.stop();
    // As after an hour or two.
    const database = new Database(join(data, 'waybill.sqlite'));
    database.prepare('UPDATE certain_time SET at = ?').run(Date.now());
    database.close();

    clock.set(400 * day);
    await startAt(clock);
    await vi.waitFor(async () => expect(await isThere(old)).toBe(false), waits);
    const shown = async (id: string): Promise<any> => server!.request(`/api/jobs/${id}`);
    await vi.waitFor(async () => {
      expect(await shown(oldSet.id)).toMatchObject({ inputsPurgedAt: expect.stringMatching(/^\d/) });
    }, waits);
    expect(await isThere(young)).toBe(true);
    expect(await shown(set.id)).toMatchObject({ inputsPurgedAt: null });
    expect(existsSync(set.photo)).toBe(true);
    expect(await shown(open.jobId)).toMatchObject({ status: 'created' });
    const said = (what: RegExp) => server!.log().filter(({ message }) => what.test(message));
    expect(said(/^the time is far from when this store was last used/)).toMatchObject([{
      level: 'warn', lastUsed: expect.stringMatching(/^\d{4}-/), now: expect.stringMatching(/^\d{4}-/),
    }]);

    // While it runs, the clock is put right.
    clock.set(0);
    await vi.waitFor(() => expect(said(/^the time was set/)).toHaveLength(1), { timeout: 40_000, interval: 200 });
    expect([await isThere(young), existsSync(set.photo)]).toEqual([true, true]);
    expect(await shown(open.jobId)).toMatchObject({ status: 'created' });
    const next = await done('next');
    await startAt(clock);
    expect([await isThere(young), await isThere(next), existsSync(set.photo)]).toEqual([true, true, true]);
    expect(server!.log().filter(({ message }) => message.startsWith('the time is far'))).toEqual([]);
  }, 120_000);
});
