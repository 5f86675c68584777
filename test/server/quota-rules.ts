import { expect, it } from 'vitest';
import { request, type Answer } from '../contract/user.ts';
import { startTestServer, type StartedServer } from './server.ts';

let users = 0;

/** What plans limit, whatever the store is. `env` names the store. */
export function quotaRules(env: () => Promise<Record<string, string>>): void {
  const start = async (limits: Record<string, string>): Promise<StartedServer> =>
    startTestServer({ ...(await env()), ...limits });
  const userOf = ({ url }: StartedServer, id = `mira-${++users}`) => {
    const headers = { authorization: `Bearer ${id}` };
    const ask = (method: string, path: string, body?: unknown, more = {}): Promise<Answer> =>
      request(url + path, method, body, { ...headers, ...more });
    const submit = (data: unknown = 1, more = {}): Promise<Answer> =>
      ask('POST', '/api/v1/jobs', { type: 'copy', data }, more);
    const quotas = async () => (await ask('GET', '/api/user/me')).body.data.quotas;
    return { id, ask, submit, quotas };
  };

  it('tasks that have not ended: refused beyond the limit, and taken again when one has ended', async () => {
    const server = await start({ QUOTA_JOBS: 'free.task.unfinished=3,task.unfinished=100' });
    const user = userOf(server);
    const once = { 'idempotency-key': 'once' };
    const first = await user.submit(1, once);
    for (let count = 0; count < 2; count++) expect((await user.submit()).status).toBe(201);
    const refused = await user.submit();
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({
      code: 'quota_exceeded',
      message: 'Your plan allows at most 3 tasks that have not ended, and there are 3: wait for some to end.',
      details: { kind: 'task', what: 'unfinished', limit: 3, used: 3 },
    });
    expect((await user.quotas()).jobs.task.unfinished).toEqual({ used: 3, limit: 3 });
    // What was said before is answered as before, and nobody else is concerned.
    expect((await user.submit(1, once)).body.data.id).toBe(first.body.data.id);
    expect((await userOf(server).submit()).status).toBe(201);
    const admin = userOf(server, 'admin');
    await user.ask('DELETE', `/api/v1/jobs/${first.body.data.id}`);
    expect((await user.submit()).status).toBe(201);
    expect((await user.submit()).status).toBe(403);
    await admin.ask('POST', `/api/accounts/${user.id}/grants`, { credits: 1, plan: 'pro' });
    expect((await user.submit()).status).toBe(201);
  });

  it('tasks that begin anew, and those of schedules, count as those that are made', async () => {
    const user = userOf(await start({ QUOTA_JOBS: 'task.unfinished=2' }), 'admin');
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { body } = await user.submit();
      ids.push(body.data.id);
      await user.ask('DELETE', `/api/v1/jobs/${body.data.id}`);
    }
    const retry = (id = ''): Promise<Answer> => user.ask('POST', `/api/v1/jobs/${id}/retry`);
    expect((await retry(ids[0])).status).toBe(200);
    const schedule = await user.ask('POST', '/api/v1/schedules', { name: 'often', type: 'copy', cron: '0 0 1 1 *' });
    const { scheduleId } = schedule.body.data;
    const trigger = (): Promise<Answer> => user.ask('POST', `/api/v1/schedules/${scheduleId}/trigger`);
    expect([schedule.status, (await trigger()).status]).toEqual([201, 201]);
    const refusedBy = { code: 'quota_exceeded', details: { kind: 'task', what: 'unfinished', limit: 2, used: 2 } };
    expect((await trigger()).body.error).toMatchObject(refusedBy);
    expect((await retry(ids[1])).body.error).toMatchObject(refusedBy);
    const bulk = await user.ask('POST', '/api/v1/jobs/bulk', { action: 'retry', ids: [ids[1], ids[2]] });
    expect(bulk.body.data).toMatchObject({ succeeded: 0, failed: 2 });
    // What could not be retried anyway is told as before.
    expect((await retry(ids[0])).body.error.code).toBe('invalid_state');
    await user.ask('DELETE', `/api/v1/jobs/${ids[0]}`);
    expect((await retry(ids[1])).status).toBe(200);
    expect((await user.quotas()).jobs.task.unfinished.used).toBe(2);
  });

  it('of those that come at once, as many are taken as there is room for', async () => {
    const user = userOf(await start({ QUOTA_JOBS: 'task.unfinished=20' }));
    const jobs = Array.from({ length: 30 }, (_, data) => ({ type: 'copy', data }));
    const [bulk, ...single] = await Promise.all([
      user.ask('POST', '/api/v1/jobs/bulk', { action: 'create', jobs }),
      ...Array.from({ length: 10 }, () => user.submit()),
    ]);
    const codes = bulk!.body.data.results.map(({ error }: { error?: { code: string } }) => error?.code ?? 'ok');
    const taken = codes.filter((code: string) => code === 'ok').length;
    expect(taken + single.filter(({ status }) => status === 201).length).toBe(20);
    expect(new Set(codes)).toEqual(new Set(['ok', 'quota_exceeded']));
    expect((await user.quotas()).jobs.task.unfinished.used).toBe(20);
  });

  it('all tasks that are stored, and their bytes: room again once some are deleted', async () => {
    const user = userOf(await start({ QUOTA_JOBS: 'task.stored=2,task.bytes=10000' }));
    const ids: string[] = [];
    for (let count = 0; count < 2; count++) {
      const { body } = await user.submit('x'.repeat(3_000));
      ids.push(body.data.id);
      await user.ask('DELETE', `/api/v1/jobs/${body.data.id}`);
    }
    expect((await user.submit()).body.error.details).toMatchObject({ kind: 'task', what: 'stored', limit: 2, used: 2 });
    await user.ask('POST', '/api/v1/jobs/bulk', { action: 'delete', ids: [ids[0]] });
    const { bytes, stored } = (await user.quotas()).jobs.task;
    expect([stored.used, bytes.limit]).toEqual([1, 10_000]);
    expect(bytes.used).toBeGreaterThan(3_000);
    expect(bytes.used).toBeLessThan(4_500);
    const large = await user.submit('y'.repeat(9_000));
    expect(large.body.error).toMatchObject({ code: 'quota_exceeded', details: { kind: 'task', what: 'bytes' } });
    expect((await user.submit('z')).status).toBe(201);
    await user.ask('POST', '/api/v1/jobs/bulk', { action: 'cancel', filter: {} });
    await user.ask('POST', '/api/v1/jobs/bulk', { action: 'delete', filter: {} });
    expect((await user.quotas()).jobs.task.bytes.used).toBe(0);
  });

  it('photos: measured as they come, refused beyond the limit; results are taken', async () => {
    const user = userOf(await start({ QUOTA_OBJECT_BYTES: '1000' }));
    const { body } = await user.ask('POST', '/api/jobs', { preset: 'seller', itemCount: 3 });
    const [first, second, third] = body.data.urls.map(({ url }: { url: string }) => url);
    const put = (url: string, bytes: number): Promise<Answer> => request(url, 'PUT', 'x'.repeat(bytes));
    expect((await put(first, 600)).status).toBe(200);
    expect((await put(first, 700)).status).toBe(200);
    const refused = await put(second, 400);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'quota_exceeded']);
    const chunks = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 4; count++) controller.enqueue(new Uint8Array(100));
        controller.close();
      },
    });
    const unannounced = await fetch(second, { method: 'PUT', body: chunks, duplex: 'half' } as RequestInit);
    expect(unannounced.status).toBe(403);
    expect((await put(second, 300)).status).toBe(200);
    expect((await user.quotas()).objectBytes).toEqual({ used: 1_000, limit: 1_000 });
    expect((await put(third, 1)).status).toBe(403);
    await user.ask('POST', `/api/jobs/${body.data.jobId}/cancel`);
    const next = await user.ask('POST', '/api/jobs', { preset: 'seller', itemCount: 1 });
    expect(next.body.error).toMatchObject({ code: 'quota_exceeded', details: { what: 'objectBytes', used: 1_000 } });
    // Nothing was taken for the one that was refused.
    expect((await user.ask('GET', '/api/user/me')).body.data).toMatchObject({ credits: 10, activeJobs: 0 });
  });
}
