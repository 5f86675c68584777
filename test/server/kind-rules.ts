import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startReceiver, type Receiver } from '../services/webhook-receiver.ts';
import type { KindModule } from '../../src/kinds/module.ts';
import { parcelModule } from './parcel/module.ts';
import { startTestServer, type StartedServer } from './server.ts';

export interface KindStore {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a statement on the database of a folder. */
  run(folder: string, sql: string): Promise<void>;
}

const soon = { timeout: 15_000, interval: 50 };

interface Taken {
  readonly jobId: string;
  readonly leaseId: string;
  readonly attempt: number;
}

/** Who posts parcels, and the couriers that take them. */
class Post {
  readonly #server: () => StartedServer;

  constructor(server: () => StartedServer) {
    this.#server = server;
  }

  ask(method: string, path: string, body?: object): Promise<Answer> {
    return request(this.#server().url + path, method, body, { authorization: 'Bearer mira' });
  }

  courier(path: string, body: object): Promise<Answer> {
    const secret = { 'x-gpu-callback-secret': 'dev-callback-secret' };
    return request(`${this.#server().url}/api/couriers/${path}`, 'POST', { courier: 'c', ...body }, secret);
  }

  async post(route: string, more: object = {}): Promise<string> {
    const answer = await this.ask('POST', '/api/parcels', { route, ...more });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer.body.data.jobId;
  }

  async take(route: string, leaseMs: number): Promise<Taken> {
    return (await this.courier('take', { route, leaseMs })).body.data.parcels[0];
  }

  async listed(query: string): Promise<string[]> {
    const { jobs } = (await this.ask('GET', `/api/jobs?kind=parcel&${query}`)).body.data;
    return jobs.map(({ jobId }: { jobId: string }) => jobId);
  }

  becomes(jobId: string, state: string): Promise<void> {
    return vi.waitFor(async () => expect(await this.listed(`status=${state}`)).toContain(jobId), soon);
  }

  async storedBytes(): Promise<number> {
    return (await this.ask('GET', '/api/user/me')).body.data.quotas.objectBytes.used;
  }

  /** Waits until all of them are among the metrics. */
  measured(...lines: readonly string[]): Promise<void> {
    return vi.waitFor(async () => {
      const metrics = await (await fetch(`${this.#server().url}/metrics`)).text();
      for (const line of lines) expect(metrics).toContain(`${line}\n`);
    }, soon);
  }
}

/** Loses its lease twice, and there is no third attempt; sent again, it arrives. */
async function lostAndRetried(post: Post): Promise<string> {
  const jobId = await post.post('north');
  expect(await post.take('north', 1_000)).toMatchObject({ jobId, attempt: 1 });
  const second = await post.take('north', 1_000);
  expect(second).toMatchObject({ jobId, attempt: 2 });
  await post.becomes(jobId, 'MISSING');
  const tooLate = await post.courier('deliver', { leaseId: second.leaseId });
  expect([tooLate.status, tooLate.body.error.code]).toEqual([409, 'lease_lost']);
  expect((await post.ask('POST', `/api/jobs/${jobId}/retry`, {})).body.data.status).toBe('SHELVED');
  const third = await post.take('north', 60_000);
  expect(third).toMatchObject({ jobId, attempt: 1 });
  const delivered = await post.courier('deliver', { leaseId: third.leaseId });
  expect(delivered.body.data).toEqual({ jobId, status: 'ARRIVED' });
  return jobId;
}

/** Nobody takes it in time; its sender is told. */
async function expired(post: Post, receiver: Receiver): Promise<string> {
  const jobId = await post.post('nowhere', { withinMs: 1, webhookUrl: receiver.url });
  await post.becomes(jobId, 'MISSING');
  await receiver.came(1);
  const told = JSON.parse(receiver.received[0]!.body.toString());
  expect(told).toMatchObject({ type: 'job.missing', data: { jobId, status: 'MISSING' } });
  return jobId;
}

interface Scheduled {
  readonly scheduleId: string;
  readonly lastJobId: string | null;
}

/** Parcels that are posted every second, until their schedule is deleted. */
async function scheduled(post: Post): Promise<void> {
  const body = { name: 'parcels', cron: '* * * * * *', kind: 'parcel', route: 'west' };
  const wrong = await post.ask('POST', '/api/v1/schedules', { ...body, route: 1 });
  expect([wrong.status, Object.keys(wrong.body.error.details.fields)]).toEqual([400, ['route']]);
  const unfit = await post.ask('POST', '/api/v1/schedules', { ...body, kind: 'image-set' });
  const known = 'must be one of task, command, parcel';
  expect([unfit.status, unfit.body.error.details.fields]).toEqual([400, { kind: known }]);
  const made = await post.ask('POST', '/api/v1/schedules', body);
  expect([made.status, made.body.data]).toMatchObject([201, { ...body, attempts: 2, enabled: true, ownerId: 'mira' }]);
  const { scheduleId } = made.body.data as Scheduled;
  const path = `/api/v1/schedules/${scheduleId}`;
  const first = await vi.waitFor(async () => {
    const { lastJobId } = (await post.ask('GET', path)).body.data as Scheduled;
    expect(await post.listed('status=SHELVED')).toContain(lastJobId);
    return lastJobId;
  }, soon);
  const { jobId } = (await post.ask('POST', `${path}/trigger`)).body.data;
  expect(jobId).not.toBe(first);
  const replaced = await post.ask('PUT', path, { ...body, attempts: 1, enabled: false });
  expect(replaced.body.data).toMatchObject({ kind: 'parcel', attempts: 1, nextAt: null });
  expect((await post.ask('DELETE', path)).status).toBe(200);
  // As before: a schedule that names no kind.
  const task = await post.ask('POST', '/api/v1/schedules', { name: 'x', cron: '@yearly', type: 'tidy' });
  expect(task.body.data).toMatchObject({ kind: 'task', type: 'tidy', data: null });
  const listed = (await post.ask('GET', '/api/v1/schedules')).body.data.schedules as Scheduled[];
  expect(listed).toMatchObject([{ scheduleId: task.body.data.scheduleId }]);
}

/** The documents say what a schedule of either kind takes. */
async function documented(post: Post): Promise<void> {
  const document = (await post.ask('GET', '/openapi.json')).body as any;
  const { schema } = document.paths['/api/v1/schedules'].post.requestBody.content['application/json'];
  const fields = schema.oneOf.map(({ properties: { kind, ...rest } }: any) => [kind.default ?? kind.const, rest]);
  expect(fields).toMatchObject([
    ['task', { type: {}, cron: {} }], ['command', { command: {}, cron: {} }], ['parcel', { route: {}, cron: {} }],
  ]);
}

/** A server with a kind that its core has never heard of, whatever the store is. */
export function kindRules(open: () => Promise<KindStore>): void {
  it('is scheduled, beside those that are always there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-kind-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env } = await open();
    const start = (kinds: Readonly<Record<string, KindModule>>): Promise<StartedServer> =>
      startTestServer({ ...env, WAYBILL_DATA: folder }, 'dev', { kinds });
    let server = await start({ parcel: parcelModule });
    const post = new Post(() => server);
    await scheduled(post);
    await documented(post);
    // A server without the kind leaves its schedules as they are, says so, and goes on with the others.
    const often = { name: 'often', cron: '* * * * * *' };
    const parcels = await post.ask('POST', '/api/v1/schedules', { ...often, kind: 'parcel', route: 'far' });
    const { scheduleId } = parcels.body.data as Scheduled;
    await server.close();
    server = await start({});
    const tasks = await post.ask('POST', '/api/v1/schedules', { ...often, type: 'tidy' });
    const other = (tasks.body.data as Scheduled).scheduleId;
    await vi.waitFor(async () => {
      const { lastJobId } = (await post.ask('GET', `/api/v1/schedules/${other}`)).body.data as Scheduled;
      expect(lastJobId).not.toBeNull();
    }, soon);
    const shown = (await post.ask('GET', `/api/v1/schedules/${scheduleId}`)).body.data;
    expect(shown).toMatchObject({ kind: 'parcel', route: 'far', kindUnknown: true, enabled: true, nextTicks: [] });
    expect((await post.ask('POST', `/api/v1/schedules/${scheduleId}/trigger`)).status).toBe(409);
    const said = server.log.filter((line) => line.includes('schedules are paused') && line.includes('parcel'));
    expect(said).toHaveLength(1);
    await server.close();
  }, 60_000);

  it('is claimed, lost, expired, canceled, retried, told, listed, counted and purged like any other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-kind-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env, run } = await open();
    const start = (): Promise<StartedServer> =>
      startTestServer({ ...env, WAYBILL_DATA: folder }, 'dev', { kinds: { parcel: parcelModule } });
    let server = await start();
    const post = new Post(() => server);
    const receiver = await startReceiver();
    onTestFinished(() => receiver.close());
    const [late, unlucky] = await Promise.all([expired(post, receiver), lostAndRetried(post)]);
    const recalled = await post.post('south');
    expect((await post.ask('POST', `/api/jobs/${recalled}/cancel`, {})).body.data.status).toBe('RECALLED');

    expect(await post.listed('phase=succeeded')).toEqual([unlucky]);
    expect((await post.listed('limit=10')).toSorted()).toEqual([late, unlucky, recalled].toSorted());
    const { events } = (await post.ask('GET', `/api/jobs/${unlucky}/events`)).body.data;
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'Posted', 'PickedUp', 'Dropped', 'PickedUp', 'WentMissing', 'SentAgain', 'PickedUp', 'Delivered',
    ]);
    await post.measured(
      ...['MISSING', 'ARRIVED', 'RECALLED'].map((state) => `waybill_jobs{kind="parcel",state="${state}"} 1`),
    );
    // Labels with the names of their routes.
    expect(await post.storedBytes()).toBe('nowhere'.length + 'north'.length + 'south'.length);

    // A month later its objects are deleted, and then the jobs themselves.
    await server.close();
    await run(folder, `UPDATE ended_objects SET ended_at = ended_at - ${31 * 86_400_000}`);
    server = await start();
    await post.measured('waybill_objects_deleted_total 3');
    expect(await post.storedBytes()).toBe(0);
    await server.close();
    // As after an hour or two.
    await run(folder, `UPDATE certain_time SET at = ${Date.now()}`);
    server = await start();
    await vi.waitFor(async () => expect(await post.listed('limit=10')).toEqual([]), soon);
    expect((await post.ask('GET', `/api/jobs/${unlucky}/events`)).status).toBe(404);
    const problems = server.log.filter((line) => /"level":"(error|warn)"/.test(line));
    expect(problems).toEqual([]);
  }, 60_000);
}
