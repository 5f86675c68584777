import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { edgeConfig } from '../../src/main/cloudflare/config.ts';
import worker from '../../src/main/cloudflare/worker.ts';
import { createJwt } from '../../src/transports/access/jwt.ts';
import {
  call, callback, d1, EdgeUser, envWith, growOld, migrateD1, must, newPro, newUser, ring,
} from './edge.ts';

beforeAll(migrateD1);

const admin = new EdgeUser('admin');
const ids = (page: { jobs: { jobId: string }[] }): string[] => page.jobs.map(({ jobId }) => jobId);

describe('the list of jobs', () => {
  test('is newest first over open and ended jobs, page by page, whether their history is written or not', async () => {
    const user = await newPro(50);
    const made: string[] = [];
    for (let number = 0; number < 5; number++) {
      const jobId = await user.queued(1);
      if (number < 4) await callback(jobId, 0);
      // Of two of them the history is there, of two not yet.
      if (number < 2) await ring(jobId);
      made.unshift(jobId);
    }
    await d1('DELETE FROM job_history WHERE job_id = ?', made[1] ?? '');
    const whole = must(await user.get('/api/jobs'));
    expect(ids(whole)).toEqual(made);
    const states = whole.jobs.map(({ status }: { status: string }) => status);
    expect(states).toEqual(['queued', 'done', 'done', 'done', 'done']);
    const first = must(await user.get('/api/jobs?limit=2'));
    expect(ids(first)).toEqual(made.slice(0, 2));
    const second = must(await user.get(`/api/jobs?limit=2&cursor=${first.nextCursor}`));
    expect(ids(second)).toEqual(made.slice(2, 4));
    const last = must(await user.get(`/api/jobs?limit=2&cursor=${second.nextCursor}`));
    expect(ids(last)).toEqual(made.slice(4));
    expect(last.nextCursor).toBeNull();
    expect(ids(must(await user.get('/api/jobs?status=queued')))).toEqual(made.slice(0, 1));
    expect(ids(must(await user.get('/api/jobs?phase=succeeded&limit=3')))).toEqual(made.slice(1, 4));
  });

  test('has every user’s jobs for an admin, and only their own for a user', async () => {
    const [one, other] = [newUser(), newUser()];
    const jobs = [await one.queued(1), await other.queued(1)];
    // Everybody's list has those that are open for a minute.
    for (const jobId of jobs) await growOld(jobId);
    expect(ids(must(await admin.get('/api/jobs?limit=200')))).toEqual(expect.arrayContaining(jobs));
    expect(ids(must(await admin.get(`/api/jobs?owner=${one.id}`)))).toEqual([jobs[0]]);
    expect((await one.get(`/api/jobs?owner=${other.id}`)).status).toBe(403);
    expect(ids(must(await other.get('/api/jobs')))).toEqual([jobs[1]]);
  });
});

describe('on Cloudflare,', () => {
  test('an API key stands for its user until it is revoked', async () => {
    const user = newUser();
    const { key, tokenId: id } = must(await user.post('/api/tokens', { name: 'shop' }));
    const asKey = { authorization: `Bearer ${key}` };
    expect(must(await call('GET', '/api/user/me', undefined, asKey)).userId).toBe(user.id);
    const { tokens } = must(await user.get('/api/tokens'));
    expect(Date.parse(tokens[0].lastUsedAt)).toBeGreaterThan(Date.now() - 60_000);
    must(await call('DELETE', `/api/tokens/${id}`, undefined, { authorization: `Bearer ${user.id}` }));
    expect((await call('GET', '/api/user/me', undefined, asKey)).status).toBe(401);
  });

  test('an API key that was revoked in another isolate is taken for half a minute at most', async () => {
    const user = newUser();
    const { key, tokenId } = must(await user.post('/api/tokens', { name: 'shop' }));
    const asKey = async (): Promise<number> =>
      (await call('GET', '/api/user/me', undefined, { authorization: `Bearer ${key}` })).status;
    expect(await asKey()).toBe(200);
    await d1('UPDATE api_keys SET revoked_at = ? WHERE id = ?', Date.now(), tokenId);
    expect(await asKey()).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
    expect(await asKey().finally(() => vi.useRealTimers())).toBe(401);
  });

  test('who keeps data in a jurisdiction has R2’s endpoint there, and a place that does not exist is refused', () => {
    const there = envWith({ S3_ENDPOINT: '', R2_ACCOUNT_ID: 'acc', JURISDICTION: 'eu', LOCATION_HINT: 'weur' });
    expect(edgeConfig(there)).toMatchObject({
      bucket: { endpoint: 'https://acc.eu.r2.cloudflarestorage.com' },
      objectsIn: { jurisdiction: 'eu', locationHint: 'weur' },
    });
    expect(() => edgeConfig(envWith({ JURISDICTION: 'mars' }))).toThrow(/JURISDICTION is "mars": use one of eu/);
    expect(() => edgeConfig(envWith({ LOCATION_HINT: 'mars' }))).toThrow(/LOCATION_HINT/);
    expect(() => edgeConfig(envWith({ QUEUE_CONSUMER: 'mars' }))).toThrow(/QUEUE_CONSUMER/);
  });

  const production = {
    WAYBILL_DEV: 'false', PUBLIC_URL: 'https://jobs.example',
    JWT_SECRET: 'Uq8-of-these-tests-and-nobody-else', GPU_CALLBACK_SECRET: 'w0rker-of-these-tests',
  };

  test('a JWT stands for its subject, and a bare user id is refused outside development', async () => {
    const token = await createJwt(production.JWT_SECRET).sign({ sub: 'mira', exp: Date.now() / 1000 + 60 });
    const me = (bearer: string): Promise<Response> =>
      worker.fetch(
        new Request('https://jobs.example/api/user/me', { headers: { authorization: `Bearer ${bearer}` } }),
        envWith(production),
      );
    expect(await (await me(token)).json()).toMatchObject({ data: { userId: 'mira', credits: 10 } });
    expect((await me('mira')).status).toBe(401);
    expect((await me('admin')).status).toBe(401);
  });

  test('the callback secrets of development mode are accepted there only, unless another is set', async () => {
    const known = ['dev-callback-secret', 'test-gpu-callback-secret-for-local-dev'];
    expect(edgeConfig(env).callbackSecrets).toEqual(known);
    const own = envWith({ GPU_CALLBACK_SECRET: 'my-own-callback-secret' });
    expect(edgeConfig(own).callbackSecrets).toEqual(['my-own-callback-secret']);
    expect(() => edgeConfig(envWith({ ...production, GPU_CALLBACK_SECRET: '' }))).toThrow(/GPU_CALLBACK_SECRET/);
    const url = `http://127.0.0.1:8787/api/jobs/${crypto.randomUUID()}/callback`;
    for (const [secret, status] of [...known.map((each) => [each, 401] as const), ['my-own-callback-secret', 404]]) {
      const headers = { 'x-gpu-callback-secret': String(secret), 'content-type': 'application/json' };
      const body = JSON.stringify({ idx: 0, status: 'done' });
      expect((await worker.fetch(new Request(url, { method: 'POST', headers, body }), own)).status).toBe(status);
    }
  });

  test('development mode is refused where a deployed Worker could be, and says what is not set', async () => {
    expect(() => edgeConfig(envWith({ PUBLIC_URL: 'https://jobs.example' }))).toThrow(/WAYBILL_DEV/);
    expect(() => edgeConfig(envWith({ ...production, JWT_SECRET: '' }))).toThrow(/JWT_SECRET/);
    expect(() => edgeConfig(envWith({ ...production, R2_ACCESS_KEY_ID: '' }))).toThrow(/R2_ACCESS_KEY_ID/);
    expect(() => edgeConfig(envWith({ ...production, QUOTA_JOBS: 'command.stored=1' }))).toThrow(
      'QUOTA_JOBS names "command.stored", which no kind of job limits: it must be one of image-set.stored, task.',
    );
    const unset = envWith({ ...production, JWT_SECRET: '' });
    const response = await worker.fetch(new Request('https://jobs.example/livez'), unset);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('JWT');
  });
});

describe('a route that Waybill has on Node alone', () => {
  test.each([['POST', '/api/commands'], ['GET', '/api/commands/7/artifacts']])(
    'says so: %s %s',
    async (method, path) => {
      const { status, body } = await call(method, path, method === 'GET' ? undefined : {}, {});
      const message = `There is no route ${path} on Cloudflare; Waybill on Node has it. See /docs for those there are.`;
      expect([status, body.error]).toEqual([501, { code: 'not_found', message }]);
    },
  );

  test('is told from one that there is nowhere', async () => {
    const { status, body } = await call('GET', '/api/nowhere', undefined, {});
    const message = 'There is no route /api/nowhere. See /docs for those there are.';
    expect([status, body.error.message]).toEqual([404, message]);
  });

  test('is not in the documents, and those that are there are served', async () => {
    const { paths } = (await (await worker.fetch(new Request('http://127.0.0.1:8787/openapi.json'), env)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    expect(paths['/api/queues/{queue}/messages/pull']).toHaveProperty('post');
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const url = `http://127.0.0.1:8787${path.replaceAll(/{\w+}/g, 'none')}`;
        const answer = await (await worker.fetch(new Request(url, { method: method.toUpperCase() }), env)).text();
        expect(answer, `${method} ${path}`).not.toContain('There is no route');
      }
    }
    expect(paths).not.toHaveProperty(['/api/commands']);
    // Nor are jobs of kinds that are not there.
    expect(JSON.stringify(paths)).not.toMatch(/artifacts/);
  });
});

test('the health report names every part', async () => {
  const answer = await worker.fetch(new Request('http://127.0.0.1:8787/api/health'), env);
  const parts = { store: { name: 'durable-object', status: 'ok' } };
  expect(await answer.json()).toMatchObject({ data: { status: 'ok', parts } });
});
