import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { defineTask, Waybill, type OpenOptions } from '../../src/main/embedded/index.ts';
import { enqueue } from '../../src/kinds/task/typed/index.ts';
import { runHere } from '../cli/program.ts';
import { newDatabase, type TestDatabase } from './database.ts';
import { drivers } from './drivers.ts';
import { startPoolingProxy } from './pooling-proxy.ts';

const timeoutMs = 20_000;
const greet = defineTask({
  type: 'greet', input: z.object({ name: z.string().min(1) }), output: z.object({ text: z.string() }), priority: 5,
});
const greeting = greet.handle(async ({ data }) => ({ text: `Hello, ${data.name}` }));

let database: TestDatabase;
let waybill: Waybill;
const folder = mkdtempSync(join(tmpdir(), 'waybill-enqueue-'));
const open = (options: OpenOptions = {}): Promise<Waybill> =>
  Waybill.open({ dataDir: folder, databaseUrl: database.url, logger: 'silent', ...options });

beforeAll(async () => {
  database = await newDatabase();
  waybill = await open({ tasks: [greeting] });
  await database.run('CREATE TABLE orders (name TEXT PRIMARY KEY)');
});
afterAll(async () => {
  await waybill.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.entries(drivers))('a task in a transaction of %s', (name, driver) => {
  test('is there once the transaction is committed, with the id that it was given', async () => {
    const { run, close } = driver(database.url);
    onTestFinished(() => void close());
    const enqueued = await waybill.enqueue(greet, { name }, { owner: 'mira', labels: { driver: name } });
    await run(name, enqueued, 'commit');
    expect(await waybill.runOf(greet, enqueued.id).result({ timeoutMs })).toEqual({ text: `Hello, ${name}` });
    expect(await waybill.getTask({ params: { id: enqueued.id } })).toMatchObject({
      ownerId: 'mira', type: 'greet', priority: 5, data: { name }, labels: { driver: name },
    });
    expect(await database.run('SELECT name FROM orders WHERE name = $1', [name])).toHaveLength(1);
    expect(await rowsOf(enqueued)).toEqual([]);
  });

  test('is not there when the transaction is rolled back', async () => {
    const { run, close } = driver(database.url);
    onTestFinished(() => void close());
    const order = `${name}, rolled back`;
    const enqueued = await waybill.enqueue(greet, { name: order });
    await expect(run(order, enqueued, 'rollback')).rejects.toThrow('rolled back');
    expect(await rowsOf(enqueued)).toEqual([]);
    expect(await database.run('SELECT name FROM orders WHERE name = $1', [order])).toEqual([]);
    await expect(waybill.runOf(greet, enqueued.id).result({ timeoutMs })).rejects.toMatchObject({ code: 'not_found' });
  });
});

function rowsOf({ id }: { readonly id: string }): Promise<object[]> {
  return database.run('SELECT id FROM job_requests WHERE id = $1', [id]);
}

describe('a statement for a task', () => {
  test('is only given out for one that is valid', async () => {
    await expect(waybill.enqueue(greet, { name: '' })).rejects.toMatchObject({
      code: 'invalid_request', details: { fields: { 'data.name': expect.any(String) } },
    });
    const long = { name: 'x'.repeat(300_000) };
    await expect(waybill.enqueue(greet, long)).rejects.toThrow('data must have at most 262144');
    await expect(waybill.enqueue(greet, { name: 'x' }, { priority: 5_000 })).rejects.toThrow('priority');
    await expect(waybill.enqueue(greet, { name: 'x' }, { owner: 'a b' })).rejects.toThrow('"a b" is no user id');
    await expect(waybill.enqueue(greet, { name: 'x' }, { id: 'A' })).rejects.toThrow('"A" is no UUID');
    await expect(enqueue(greet, { name: 'x'.repeat(1_100_000) })).rejects.toThrow('more than 1048576 bytes');
  });

  test('needs no platform, and has the schema that it is told', async () => {
    const { text, values } = await enqueue(greet, { name: 'Ada' }, { owner: 'mira', schema: 'a"b' });
    expect(text).toBe('INSERT INTO "a""b".job_requests (id, owner_id, body) VALUES ($1, $2, $3::json)');
    expect(JSON.parse(values[2])).toEqual({ priority: 5, type: 'greet', data: { name: 'Ada' } });
    const { text: inPath, values: row, id } = await enqueue(greet, { name: 'Ada' });
    await database.run(inPath, row);
    expect(await waybill.runOf(greet, id).result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
  });

  test('is refused where there is no database to share', async () => {
    const alone = await Waybill.open({ dataDir: join(folder, 'alone'), logger: 'silent' });
    onTestFinished(() => alone.close());
    await expect(alone.enqueue(greet, { name: 'Ada' })).rejects.toThrow('enqueue needs a database');
    const answer = await alone.call('listTaskRequests', { query: {} });
    expect(answer).toMatchObject({ ok: false, error: { code: 'not_found' } });
  });

  test('is all that a role without other rights can do', async () => {
    const role = `caller_${process.pid}_${Math.floor(performance.now())}`;
    await database.run(`CREATE ROLE ${role} LOGIN PASSWORD 'caller'`);
    await database.run(`GRANT INSERT (id, owner_id, body) ON job_requests TO ${role}`);
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'caller'];
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    onTestFinished(async () => {
      await client.end();
      await database.run(`REVOKE ALL ON job_requests FROM ${role}`);
      await database.run(`DROP ROLE ${role}`);
    });
    const enqueued = await waybill.enqueue(greet, { name: 'Ada' });
    await client.query(enqueued);
    expect(await waybill.runOf(greet, enqueued.id).result({ timeoutMs })).toEqual({ text: 'Hello, Ada' });
    for (const forbidden of ['SELECT * FROM job_requests', 'DELETE FROM job_requests', 'SELECT * FROM jobs',
      "INSERT INTO job_requests (owner_id, body, due_at) VALUES ('ada', '{}', 1)"]) {
      await expect(client.query(forbidden)).rejects.toThrow('permission denied');
    }
  });

  test('may be written by hand, and its mistakes end the transaction that makes them', async () => {
    const insert = (owner: string, body: string, id?: string): Promise<{ id: string }[]> => database.run(
      `INSERT INTO job_requests (id, owner_id, body)
        VALUES (COALESCE($1, gen_random_uuid()::text), $2, $3) RETURNING id`, [id ?? null, owner, body],
    );
    const [row] = await insert('mira', '{"type":"greet","data":{"name":"Bo"}}');
    expect(await waybill.runOf(greet, row!.id).result({ timeoutMs })).toEqual({ text: 'Hello, Bo' });
    await expect(insert('a b', '{}')).rejects.toThrow('owner_id_is_a_user_id');
    await expect(insert('mira', '{')).rejects.toThrow('invalid input syntax for type json');
    await expect(insert('mira', '{}', 'ABC')).rejects.toThrow('id_is_a_lower_case_uuid');
    await expect(insert('mira', JSON.stringify('x'.repeat(1_100_000)))).rejects.toThrow('body_has_at_most_1_mib');
  });
});

describe('a request that cannot become a task', () => {
  const insert = async (body: object, id: string = crypto.randomUUID()): Promise<string> => {
    await database.run('INSERT INTO job_requests (id, owner_id, body) VALUES ($1, $2, $3)', [
      id, 'mira', JSON.stringify(body),
    ]);
    return id;
  };
  const refusedOf = async (id: string) => {
    await vi.waitFor(async () => {
      expect((await waybill.getTaskRequest({ params: { id } })).status).toBe('refused');
    }, { timeout: timeoutMs });
    return waybill.getTaskRequest({ params: { id } });
  };

  test('is kept with the reason, shown to its owner, and told to who waits', async () => {
    const id = await insert({ data: 1, priority: 'high' });
    expect(await refusedOf(id)).toMatchObject({
      id, ownerId: 'mira', refusedAt: expect.any(String), body: '{"data":1,"priority":"high"}',
      error: { code: 'invalid_request', message: expect.stringMatching(/^The request is not valid: /) },
    });
    const mira = waybill.as('mira');
    expect((await mira.listTaskRequests()).requests.map((one) => one.id)).toContain(id);
    expect((await waybill.as('bo').listTaskRequests()).requests).toEqual([]);
    await expect(waybill.as('bo').retryTaskRequest({ params: { id } })).rejects.toMatchObject({ code: 'not_found' });
    await expect(mira.runOf(greet, id).result({ timeoutMs })).rejects.toMatchObject({ code: 'invalid_request' });
    const metrics = await (await waybill.fetch(new Request('http://localhost/metrics'), {
      incoming: { socket: { remoteAddress: '127.0.0.1' } },
    })).text();
    expect(metrics).toMatch(/^waybill_task_requests_refused [1-9]/m);
    await mira.removeTaskRequest({ params: { id } });
    await expect(mira.getTaskRequest({ params: { id } })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('becomes one when what was in the way is gone', async () => {
    const type = 'checked';
    const inputSchema = { type: 'object', required: ['file'] };
    await waybill.putWorkType({ params: { type }, body: { inputSchema } });
    const id = await insert({ type, data: {} });
    expect((await refusedOf(id)).error?.message).toContain('does not fit tasks of type checked');
    await waybill.putWorkType({ params: { type }, body: { inputSchema: null } });
    expect(await waybill.retryTaskRequest({ params: { id } })).toMatchObject({ status: 'waiting', error: null });
    await vi.waitFor(async () => expect((await waybill.getTask({ params: { id } })).status).toBe('pending'));
    await expect(waybill.retryTaskRequest({ params: { id } })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('says so when its dedupe key or its id is taken', async () => {
    const body = { type: 'never', dedupeKey: 'one' };
    const first = await insert(body);
    await vi.waitFor(async () => expect((await waybill.getTask({ params: { id: first } })).id).toBe(first));
    const second = await insert(body);
    expect((await refusedOf(second)).error).toEqual({
      code: 'conflict', message: `Task ${first} has this dedupeKey and has not ended.`, details: { jobId: first },
    });
    await insert({ type: 'never' }, first);
    expect((await refusedOf(first)).error?.message).toBe(`There is a job ${first} already: choose another id.`);
  });
});

describe('a request', () => {
  const insert = async (
    type: string, { dueAt = 0, refusedAt = null }: { dueAt?: number; refusedAt?: number | null } = {},
  ): Promise<string> => {
    const [row] = await database.run<{ id: string }>(
      `INSERT INTO job_requests (owner_id, body, due_at, refused_at, refusal)
      VALUES ('nia', '{"type":"${type}"}', $1, $2, '{"code":"conflict","message":"it is taken"}') RETURNING id`,
      [dueAt, refusedAt],
    );
    return row!.id;
  };
  const of = (server: Waybill, id: string) => server.call('getTaskRequest', { params: { id } });

  test('is held to the limits of its owner', async () => {
    const limited = await open({ dataDir: join(folder, 'limited'), typesPerOwner: 1 });
    onTestFinished(() => limited.close());
    await waybill.close();
    const first = await insert('one');
    await vi.waitFor(async () => expect((await of(limited, first)).ok).toBe(false), { timeout: timeoutMs });
    const second = await insert('another');
    await vi.waitFor(async () => {
      expect(await of(limited, second)).toMatchObject({ data: { error: { code: 'quota_exceeded' } } });
    }, { timeout: timeoutMs });
    waybill = await open({ tasks: [greeting] });
    await waybill.retryTaskRequest({ params: { id: second } });
    await vi.waitFor(async () => expect((await of(waybill, second)).ok).toBe(false), { timeout: timeoutMs });
    expect(await waybill.getTask({ params: { id: second } })).toMatchObject({ type: 'another', ownerId: 'nia' });
  });

  test('waits while nothing new is taken', async () => {
    await waybill.close();
    const full = await open({ dataDir: join(folder, 'full'), diskReserveBytes: 2 ** 50 });
    const id = await insert('one');
    await vi.waitFor(async () => {
      const [row] = await database.run<{ due: string }>('SELECT due_at AS due FROM job_requests WHERE id = $1', [id]);
      expect(Number(row?.due)).toBeGreaterThan(0);
    }, { timeout: timeoutMs });
    expect(await of(full, id)).toMatchObject({ data: { status: 'waiting', error: null } });
    await full.close();
    await database.run('UPDATE job_requests SET due_at = 0 WHERE id = $1', [id]);
    waybill = await open({ tasks: [greeting] });
    await vi.waitFor(async () => expect((await of(waybill, id)).ok).toBe(false), { timeout: timeoutMs });
    expect(await waybill.getTask({ params: { id } })).toMatchObject({ type: 'one', status: 'pending' });
  });

  test('that was refused is forgotten after a week', async () => {
    await waybill.close();
    const [old = '', young = ''] = await Promise.all([8, 6].map((days) => (
      insert('one', { refusedAt: Date.now() - days * 86_400_000 })
    )));
    waybill = await open({ tasks: [greeting] });
    await vi.waitFor(async () => expect((await of(waybill, old)).ok).toBe(false), { timeout: timeoutMs });
    expect((await of(waybill, young)).ok).toBe(true);
  });

  test('is listed, tried again and withdrawn on the command line', async () => {
    const server = createServer(waybill.handler).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { key } = await waybill.createToken({ body: { name: 'test', userId: 'nia', roles: ['user'] } });
    const env = { WAYBILL_SERVER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, WAYBILL_TOKEN: key };
    const id = await insert('one', { refusedAt: Date.now() });
    const listed = await runHere(['request', 'list'], env);
    expect([listed.status, listed.stdout]).toEqual([0, expect.stringMatching(new RegExp(`${id} +nia .*it is taken`))]);
    const retried = await runHere(['request', 'retry', id], env);
    expect([retried.status, retried.stderr]).toEqual([0, `Request ${id} waits.\n`]);
    const waiting = await insert('one', { dueAt: 4e12 });
    expect((await runHere(['request', 'list', '--waiting', '--json'], env)).stdout).toContain(waiting);
    const removed = await runHere(['request', 'remove', waiting], env);
    expect([removed.status, removed.stderr]).toEqual([0, `Request ${waiting} is withdrawn.\n`]);
    expect((await runHere(['request', 'remove', waiting], env)).status).not.toBe(0);
  });

  test('goes into whatever schema the tables are in', async () => {
    const apart = await newDatabase();
    await apart.run('CREATE SCHEMA "Way bill"');
    const url = new URL(apart.url);
    url.searchParams.set('options', '-c search_path="Way\\ bill"');
    const other = await open({ dataDir: join(folder, 'schema'), databaseUrl: url.href, tasks: [greeting] });
    onTestFinished(() => other.close());
    const { id, text, values } = await other.enqueue(greet, { name: 'Di' });
    expect(text).toContain('INSERT INTO "Way bill".job_requests ');
    await apart.run(text, values);
    expect(await other.runOf(greet, id).result({ timeoutMs })).toEqual({ text: 'Hello, Di' });
  });
});

describe('several servers on one database', () => {
  test('make one task of each request, whoever takes it', async () => {
    const other = await open({ dataDir: join(folder, 'other') });
    onTestFinished(() => other.close());
    await database.run(`
      INSERT INTO job_requests (owner_id, body)
      SELECT 'owner-' || n % 7, json_build_object('type', 'many', 'data', n) FROM generate_series(1, 3000) AS n`);
    await vi.waitFor(async () => {
      expect(await database.run("SELECT 1 FROM job_requests WHERE refused_at IS NULL")).toEqual([]);
    }, { timeout: timeoutMs, interval: 50 });
    const [made] = await database.run<{ jobs: string; data: string }>(
      "SELECT count(*) AS jobs, count(DISTINCT input) AS data FROM jobs WHERE type = 'many'",
    );
    expect(made).toEqual({ jobs: '3000', data: '3000' });
  });

  test('take turns between owners', async () => {
    await waybill.close();
    const insert = (owner: string, count: number) => database.run(
      `INSERT INTO job_requests (owner_id, body, created_at)
      SELECT $1, json_build_object('type', 'turns'), now() + ($2 || ' ms')::interval FROM generate_series(1, $3::int)`,
      [owner, owner === 'greedy' ? 0 : 60_000, count],
    );
    await insert('greedy', 2_000);
    await insert('modest', 1);
    waybill = await open({ tasks: [greeting] });
    const done = (owner: string) => database.run<{ n: string }>(
      "SELECT count(*) AS n FROM jobs WHERE type = 'turns' AND owner_id = $1", [owner],
    );
    const often = { timeout: timeoutMs, interval: 5 };
    await vi.waitFor(async () => expect(await done('modest')).toEqual([{ n: '1' }]), often);
    const [{ n } = { n: '' }] = await done('greedy');
    expect(Number(n)).toBeLessThan(1_500);
  });

  test('find requests through a proxy that pools transactions, from callers behind it', async () => {
    const proxy = await startPoolingProxy(database.url);
    const behind = await open({
      dataDir: join(folder, 'behind'), databaseUrl: proxy.url, databaseProxy: true, databasePoolSize: 2,
    });
    onTestFinished(async () => {
      await behind.close();
      await proxy.close();
    });
    await waybill.close();
    const client = new pg.Client({ connectionString: proxy.url });
    await client.connect();
    const enqueued = await behind.enqueue(greet, { name: 'Cy' });
    await client.query('BEGIN');
    await client.query(enqueued);
    await client.query('COMMIT');
    await client.end();
    await vi.waitFor(async () => {
      expect((await behind.getTask({ params: { id: enqueued.id } })).status).toBe('pending');
    }, { timeout: timeoutMs });
    waybill = await open({ tasks: [greeting] });
  });
});
