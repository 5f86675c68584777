import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { dataProblems, schemaProblem } from '../../src/kinds/task/contract/data-schema.ts';
import { defineTask } from '../../src/kinds/task/typed/index.ts';
import { ApiError, createClient, type Client } from '../../src/main/client/index.ts';
import { start } from '../cli/program.ts';
import { startTaskServer, type TaskServer } from './task-server.ts';

let server: TaskServer;
let client: Client;
beforeAll(async () => {
  server = await startTaskServer();
  client = createClient({ server: server.url, token: 'mira' });
});
afterAll(() => server.close());

let types = 0;
const input = z.object({
  rows: z.array(z.object({ email: z.email() })).max(2), on: z.iso.date().transform((day) => new Date(day)),
  format: z.enum(['csv', 'json']).default('csv'),
});
const newTask = () => defineTask({ type: `checked-${++types}`, input });
const schemaOf = async (type: string) => (await client.getWorkType({ params: { type } })).inputSchema;
const submit = async (type: string, data: unknown): Promise<ApiError | string> => {
  const outcome = await client.call('submitTask', { body: { type, data } });
  return outcome.ok ? outcome.data.id : outcome.error;
};

describe('the schema of a typed task', () => {
  test('is registered by its worker, and data that does not fit is refused with its fields', async () => {
    const task = newTask();
    expect(typeof await submit(task.type, { rows: 7 })).toBe('string');
    server.work({ tasks: [task.handle(({ data }) => data.rows.length)] });
    await expect.poll(() => schemaOf(task.type)).not.toBeNull();
    const error = await submit(task.type, { rows: [{ email: 'a' }, {}, { email: 'c@d.ef' }], format: 'xml' });
    expect(error).toBeInstanceOf(ApiError);
    const { code, status, details, message } = error as ApiError;
    expect([code, status]).toEqual(['invalid_request', 400]);
    expect(Object.keys(details['fields'] as object).sort()).toEqual([
      'data.format', 'data.on', 'data.rows', 'data.rows.0.email', 'data.rows.1.email',
    ]);
    expect(details['fields']).toMatchObject({
      'data.format': 'must be one of "csv","json"', 'data.on': 'is required', 'data.rows.1.email': 'is required',
    });
    expect(message).toContain(`The data does not fit tasks of type ${task.type}: data.`);
    // What the schema takes, not what it makes of it.
    const id = await submit(task.type, { rows: [{ email: 'a@b.cd' }], on: '2026-11-30' });
    expect((await server.ended(id as string)).fields.result).toBe(1);
  });

  test('is registered by handlers in a process of their own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-schemas-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const type = `checked-${++types}`;
    const href = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const zod = JSON.stringify(pathToFileURL(fileURLToPath(import.meta.resolve('zod'))).href);
    writeFileSync(join(folder, 'handlers.mjs'), `
      import { defineTask } from ${href('../../src/kinds/task/typed/index.ts')};
      import * as z from ${zod};
      const task = defineTask({ type: '${type}', input: z.object({ n: z.int() }) });
      export const handled = task.handle(({ data }) => data.n);`);
    const worker = start([
      'worker', 'tasks', '--server', server.url, '--token', 'mira', '--handlers', join(folder, 'handlers.mjs'),
    ]);
    onTestFinished(() => void worker.process.kill('SIGKILL'));
    await expect.poll(() => schemaOf(type), { timeout: 20_000 }).toMatchObject({ required: ['n'] });
    expect(await submit(type, { n: 'x' })).toMatchObject({ details: { fields: { 'data.n': 'must be integer' } } });
  });

  test('is checked in bulk for each task by itself', async () => {
    const { type } = newTask();
    await client.putWorkType({ params: { type }, body: { inputSchema: { type: 'object', required: ['n'] } } });
    const { results } = await client.bulkTasks({
      body: { action: 'create', jobs: [{ type, data: { n: 1 } }, { type, data: {} }, { type }] },
    });
    expect(results).toMatchObject([
      { ok: true },
      { ok: false, id: null, error: { code: 'invalid_request', details: { fields: { 'data.n': 'is required' } } } },
      { ok: false, id: null, error: { details: { fields: { data: 'must be object' } } } },
    ]);
  });

  test('does not change the answer to a request that is repeated', async () => {
    const { type } = newTask();
    const again = () => client.submitTask({ body: { type, data: { n: 'x' } }, idempotencyKey: `key-${type}` });
    const { id } = await again();
    await client.putWorkType({ params: { type }, body: { inputSchema: { properties: { n: { type: 'number' } } } } });
    expect((await again()).id).toBe(id);
    await client.putWorkType({ params: { type }, body: { inputSchema: null } });
    expect(typeof await submit(type, { n: 'y' })).toBe('string');
  });

  test('is set by operators, refused where it is none, and not in lists', async () => {
    const { type } = newTask();
    const put = (inputSchema: object) =>
      client.call('putWorkType', { params: { type }, body: { inputSchema: inputSchema as never } });
    for (const [schema, problem] of [
      [{ type: 'text' }, 'must not have the unknown type "text"'],
      [{ $ref: 'https://a.example/b' }, 'must not refer to https://a.example/b: only to itself'],
      [{ properties: { a: { pattern: '(' } } }, 'must not have a pattern that is none: '],
      [{ description: 'x'.repeat(70_000) }, 'must have at most 65536 bytes of JSON'],
    ] as const) {
      const outcome = await put(schema);
      expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
      const fields = outcome.ok ? {} : (outcome.error.details['fields'] as Record<string, string>);
      expect(fields['inputSchema']).toContain(problem);
    }
    // Properties may have the names of keywords.
    const named = { properties: { type: { type: 'string' }, pattern: { type: ['string', 'null'] } } };
    expect(await put(named)).toMatchObject({ ok: true });
    const { types: all } = await client.listWorkTypes();
    expect(all.find((one) => one.type === type)).not.toHaveProperty('inputSchema');
  });
});

describe('a JSON Schema', () => {
  test.each([
    [{ type: 'object', additionalProperties: false }, { a: 1 }, { 'data.a': 'is not allowed' }],
    [{ type: ['string', 'null'] }, 7, { data: 'must be string or null' }],
    [{ anyOf: [{ type: 'string' }, { required: ['a'] }] }, {}, {
      data: 'must fit one of its alternatives', 'data.a': 'is required',
    }],
    [{ items: { $ref: '#/$defs/n' }, $defs: { n: { type: 'number' } } }, [1, 'x'], { 'data.1': 'must be number' }],
    [{ properties: { 'a/b ~c': { const: 1 } } }, { 'a/b ~c': 2 }, { 'data.a/b ~c': expect.stringContaining('fit: ') }],
    [{ minItems: 2 }, [1], { data: expect.stringContaining('does not fit: ') }],
    [{ not: {} }, 1, { data: expect.any(String) }],
    [{ if: { required: ['a'] }, then: { required: ['b'] } }, { a: 1 }, { 'data.b': 'is required' }],
    [{ properties: { a: { type: 'number' } } }, 'no object', null],
    [{ $ref: '#/nowhere' }, 1, null],
    [{}, undefined, null],
  ])('%j says what it must of %j', (schema, data, problems) => {
    expect(schemaProblem(schema)).toBeNull();
    expect(dataProblems(schema, data ?? null)).toEqual(problems);
  });

  test('that is deep is refused', () => {
    let deep: object = {};
    for (let n = 0; n < 100; n++) deep = { not: deep };
    expect(schemaProblem(deep)).toBe('must be at most 64 levels deep');
  });
});
