import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer, type StartedServer } from './server.ts';

const day = 86_400_000;
const secret = { 'x-gpu-callback-secret': 'dev-callback-secret' };

export interface RetentionStore {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a statement on the database of a folder. */
  run(folder: string, sql: string): Promise<void>;
  /** The table of jobs. */
  readonly jobs: string;
  /** Has the events of a job be those of another one, in SQL. */
  readonly moveEvents: (from: string, to: string) => string;
}

/** What becomes of the objects of sets that have ended, whatever the store is: through servers that start and stop. */
export function retentionRules(open: () => Promise<RetentionStore>): void {
  it('go when their time is over, late uploads too, and their set says so; photos in use stay', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-retention-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env, run } = await open();
    const start = (): Promise<StartedServer> => startTestServer({ ...env, WAYBILL_DATA: folder });
    let server = await start();
    const again = async (change: string, meanwhile = (): void => {}): Promise<void> => {
      await server.close();
      meanwhile();
      await run(folder, change);
      server = await start();
    };
    const user = { authorization: 'Bearer mira' };
    const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
      request(server.url + path, method, body, user);
    await grant(server.url, 100);
    const submit = (body: object): Promise<Answer> => ask('POST', '/api/jobs', { preset: 'seller', ...body });
    const objects = async (part: string, jobId: string): Promise<number> => {
      const path = join(folder, 'objects', 'objects', `${part}.d`, 'mira.d', `${jobId}.d`);
      return existsSync(path) ? (await readdir(path).catch(() => [])).length : 0;
    };

    // One that is done, with its results; one that was canceled after its photos had come.
    const done = (await submit({ itemCount: 1 })).body.data;
    await finish(server.url, user, done);
    const canceled = (await submit({ itemCount: 1 })).body.data;
    expect((await request(canceled.urls[0].url, 'PUT', 'a photo')).status).toBe(200);
    await ask('POST', `/api/jobs/${canceled.jobId}/cancel`);
    const before = await ask('GET', `/api/jobs/${done.jobId}`);
    expect(before.body.data).toMatchObject({ status: 'done', purgedAt: null, inputsPurgedAt: null });
    expect((await fetch(before.body.data.items[0].outputUrl)).status).toBe(200);
    const draft = (await submit({ inputsFrom: done.jobId })).body.data;

    // A week later: the results are kept for longer, the photos are in use, and those of the canceled one are gone.
    // (The last URL of the canceled one has not ended yet.)
    const age = `CASE WHEN job_id = '${canceled.jobId}' THEN ${day + 1} ELSE ${8 * day} END`;
    await again(`UPDATE ended_objects SET ended_at = ended_at - ${age}`);
    await until(async () => (await ask('GET', `/api/jobs/${done.jobId}`)).body.data.inputsPurgedAt !== null);
    const shown = (await ask('GET', `/api/jobs/${done.jobId}`)).body.data;
    expect(shown.purgedAt).toBeNull();
    expect((await fetch(shown.items[0].outputUrl)).status).toBe(200);
    const refused = await submit({ inputsFrom: done.jobId });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'missing_uploads']);
    expect(await objects('inputs', canceled.jobId)).toBe(1);
    await again('UPDATE ended_objects SET due_at = 0 WHERE due_at IS NOT NULL');
    await until(async () => (await objects('inputs', canceled.jobId)) === 0);
    expect(await objects('inputs', done.jobId)).toBe(1);

    // What came late goes with a second look.
    const late = join(folder, 'objects', 'objects', 'inputs.d', 'mira.d', `${canceled.jobId}.d`);
    await again('UPDATE ended_objects SET due_at = 0 WHERE due_at IS NOT NULL', () => {
      mkdirSync(late, { recursive: true });
      writeFileSync(join(late, '0.jpg.f'), 'x'.repeat(1_000));
    });
    await until(async () => (await objects('inputs', canceled.jobId)) === 0);

    // Once the set that used them has ended, they go; and a month later the results.
    await ask('POST', `/api/jobs/${draft.jobId}/cancel`);
    await again(`UPDATE ended_objects SET due_at = 0 WHERE due_at IS NOT NULL`);
    await until(async () => (await objects('inputs', done.jobId)) === 0);
    expect(await objects('outputs', done.jobId)).toBe(1);
    await again(`UPDATE ended_objects SET ended_at = ended_at - ${30 * day}`);
    await until(async () => (await objects('outputs', done.jobId)) + (await objects('previews', done.jobId)) === 0);
    const gone = (await ask('GET', `/api/jobs/${done.jobId}`)).body.data;
    expect(gone).toMatchObject({ status: 'done', items: [{ state: 'done', outputUrl: null, previewUrl: null }] });
    expect(gone.purgedAt).toMatch(/^\d{4}-/);
    const isCounted = async (): Promise<boolean> =>
      /^waybill_objects_deleted_total 2$/m.test(await (await fetch(`${server.url}/metrics`)).text());
    await until(isCounted);
  }, 60_000);

  it('go with the sets that they belonged to and their history, and what was paid stays', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-retention-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env, run, jobs, moveEvents } = await open();
    const start = (): Promise<StartedServer> => startTestServer({ ...env, WAYBILL_DATA: folder });
    const server = await start();
    const user = { authorization: 'Bearer mira' };
    const submit = async (url: string): Promise<string> =>
      (await request(`${url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 1 }, user)).body.data.jobId;
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      ids.push(await submit(server.url));
      await request(`${server.url}/api/jobs/${ids.at(-1)}/cancel`, 'POST', {}, user);
    }
    await server.close();
    // Two of them were made and canceled long ago (an id has its time in it), and the objects of one are still kept.
    const [young, old, kept] = ids;
    const ages = [old, kept].map((id) => [id, `01900000${id!.slice(8)}`] as const);
    const timeOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);
    for (const [id, older] of ages) {
      await run(folder, `UPDATE ${jobs} SET id = '${older}', place = '${older}', created_at = ${timeOf(older)},
        ended_at = 1 WHERE id = '${id}';
        ${moveEvents(id!, older)}`);
      for (const table of ['job_history', 'reservations', 'ledger', 'ended_objects']) {
        await run(folder, `UPDATE ${table} SET job_id = '${older}' WHERE job_id = '${id}'`);
      }
    }
    await run(folder, `UPDATE ended_objects SET purged_at = 1, due_at = NULL WHERE job_id = '${ages[0]![1]}';
      UPDATE ended_objects SET purged_at = 1, due_at = 4e12 WHERE job_id = '${ages[1]![1]}'`);
    const later = await start();
    const ask = (path: string): Promise<Answer> => request(later.url + path, 'GET', undefined, user);
    await until(async () => (await ask(`/api/jobs/${ages[0]![1]}`)).status === 404);
    const listed = (await ask('/api/jobs')).body.data.jobs.map(({ jobId }: { jobId: string }) => jobId);
    expect(listed).toEqual([young, ages[1]![1]]);
    expect((await ask('/api/user/me')).body.data).toMatchObject({
      credits: 10, reserved: 0, quotas: { jobs: { 'image-set': { stored: { used: 2 } } } },
    });
    const ledger = (await ask('/api/accounts/mira/ledger')).body;
    expect(JSON.stringify(ledger)).toContain(ages[0]![1]);
  });

  it('stay for ever when nothing is said about how long', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-retention-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { env, run } = await open();
    const limits = { OBJECT_RETENTION_DAYS: '0', INPUT_RETENTION_DAYS: '0', CANCELED_OBJECT_RETENTION_HOURS: '0' };
    const start = (): Promise<StartedServer> => startTestServer({ ...env, ...limits, WAYBILL_DATA: folder });
    const server = await start();
    const user = { authorization: 'Bearer mira' };
    const { body } = await request(`${server.url}/api/jobs`, 'POST', { preset: 'seller', itemCount: 1 }, user);
    await request(`${server.url}/api/jobs/${body.data.jobId}/cancel`, 'POST', {}, user);
    await server.close();
    await run(folder, `UPDATE ended_objects SET ended_at = ended_at - ${9_000 * day}`);
    const later = await start();
    const shown = await request(`${later.url}/api/jobs/${body.data.jobId}`, 'GET', undefined, user);
    expect(shown.body.data).toMatchObject({ status: 'canceled', purgedAt: null, inputsPurgedAt: null });
  });
}

async function grant(url: string, credits: number): Promise<void> {
  const admin = { authorization: 'Bearer admin' };
  await request(`${url}/api/accounts/mira/grants`, 'POST', { credits, plan: 'pro' }, admin);
}

/** Uploads, executes, and does a worker's part. */
async function finish(
  url: string,
  user: Record<string, string>,
  { jobId, urls }: { readonly jobId: string; readonly urls: readonly { readonly url: string }[] },
): Promise<void> {
  const put = async (to: string): Promise<void> => expect((await request(to, 'PUT', 'a picture')).status).toBe(200);
  const post = (path: string, body: object, headers = user): Promise<Answer> =>
    request(url + path, 'POST', body, headers);
  await put(urls[0]!.url);
  for (const [step, body] of [['confirm-upload', {}], ['execute', {}]] as const) {
    expect((await post(`/api/jobs/${jobId}/${step}`, body)).status).toBeLessThan(300);
  }
  const pulled = await post('/api/queues/gpu-jobs/messages/pull', { batch_size: 1, wait_ms: 5_000 }, secret);
  const item = pulled.body.data.messages[0].body.items[0];
  for (const to of [item.preview_url, item.output_url]) await put(to);
  const result = { idx: 0, status: 'done', output_key: item.output_key, preview_key: item.preview_key };
  expect((await post(`/api/jobs/${jobId}/callback`, result, secret)).status).toBe(200);
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 15_000; Date.now() < giveUpAt; ) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come to that');
}
