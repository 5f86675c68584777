import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  Client, StreamableHTTPClientTransport, type CallToolResult, type Progress,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createWorker, type Worker } from '../../src/kinds/task/worker/index.ts';
import { parseConfig } from '../../src/main/config/parse.ts';
import { localTools, tools } from '../../src/main/mcp/tools.ts';
import { mcpRoutes } from '../../src/main/node/mcp-route.ts';
import { routes } from '../../src/main/routes.ts';
import { request } from '../contract/user.ts';
import { openTestServer, startTestServer, type StartedServer } from './server.ts';

let server: StartedServer & { remove(): Promise<void> };
let worker: Worker;
let mira: Client;
beforeAll(async () => {
  server = await openTestServer();
  worker = createWorker({
    server: server.url, token: 'operator', signals: false,
    handlers: {
      double: async ({ data }, { log }) => {
        log(`doubling ${data.of}`);
        return { is: data.of * 2 };
      },
      large: () => ({ text: 'x'.repeat(50_000), rows: Array.from({ length: 5_000 }, (_, row) => ({ row })) }),
      spill: async (_, { log }) => {
        for (let line = 1; line <= 60; line += 1) log(`${line} ${'x'.repeat(2_000)}`);
        throw new Error('the bucket is full');
      },
    },
  });
  mira = await connect('mira');
});
afterAll(async () => {
  await mira.close();
  await worker.stop();
  await server.remove();
});

interface Way {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly mode?: 'legacy' | 'auto';
  readonly url?: string;
}

async function connect(token: string, { query = '', headers = {}, mode = 'auto', url = server.url }: Way = {}) {
  const client = new Client({ name: 'tests', version: '1.0.0' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { authorization: `Bearer ${token}`, ...headers } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp${query}`), { requestInit }));
  return client;
}

async function call(client: Client, name: string, input: Readonly<Record<string, unknown>> = {}) {
  const result = (await client.callTool({ name, arguments: input })) as CallToolResult;
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  return { isError: result.isError === true, text, data: result.structuredContent as Record<string, any> };
}

async function submitted(input: Readonly<Record<string, unknown>>): Promise<string> {
  return (await call(mira, 'submit_task', input)).data['job'].id;
}

const post = (body: string, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Promise<Response> =>
  fetch(`${server.url}/mcp`, {
    method, ...(method === 'POST' && { body }), headers: {
      'content-type': 'application/json', accept: 'application/json, text/event-stream', authorization: 'Bearer mira',
      ...headers,
    },
  });
const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

describe('the tools of POST /mcp', () => {
  test('are there for clients of 2025 and of 2026, with hints by which to ask a person', async () => {
    const legacy = await connect('mira', { mode: 'legacy' });
    expect([legacy, mira].map((each) => each.getNegotiatedProtocolVersion())).toEqual(['2025-11-25', '2026-07-28']);
    const { tools: listed } = await legacy.listTools();
    expect((await mira.listTools()).tools).toEqual(listed);
    await legacy.close();
    expect(listed.map(({ name }) => name).sort()).toEqual(tools.map(({ name }) => name).sort());
    const hints = Object.fromEntries(listed.map(({ name, annotations: hint }) =>
      [name, [hint?.readOnlyHint, hint?.destructiveHint, hint?.idempotentHint]]));
    expect(hints).toMatchObject({
      list_jobs: [true, false, true], cancel_job: [false, true, true], retry_job: [false, false, false],
      submit_task: [false, false, false],
    });
    expect(JSON.stringify(listed).length).toBeLessThan(26_000);
    expect(mira.getInstructions()).toContain('explain_failure');
  });

  test('run a task from its submission to its result', async () => {
    const { data: { job, deduplicated } } = await call(mira, 'submit_task', { type: 'double', data: { of: 21 } });
    expect([job.type, deduplicated]).toEqual(['double', false]);
    const { text, data } = await call(mira, 'wait_for_job', { jobId: job.id, timeoutSeconds: 60 });
    expect(text).toMatch(/^Job \S+ \(task double\) ended as completed at \S+; its result is \{"is":42\}\.$/);
    expect(data).toMatchObject({ ended: true, job: { phase: 'succeeded', details: { attempt: 1, data: { of: 21 } } } });
    const { data: log, text: lines } = await call(mira, 'read_log', { jobId: job.id });
    expect(log).toMatchObject({ lines: [{ number: 1, stream: 'log', text: 'doubling 21' }], note: null });
    expect(lines).toMatch(/^1 \S+ attempt 1 info: doubling 21$/);
  });

  test('say why a job failed, with its errors, log and events, and run it again', async () => {
    const jobId = await submitted({ type: 'spill', maxAttempts: 1 });
    await call(mira, 'wait_for_job', { jobId, timeoutSeconds: 60 });
    const { data, text } = await call(mira, 'explain_failure', { jobId });
    expect(data['summary']).toMatch(/\(task spill\) ended as failed at \S+ It failed\.$/);
    expect(data['errors'][0]).toMatchObject({ where: 'errorLog.0', what: { message: 'the bucket is full' } });
    expect(data['log'].at(-1).text).toMatch(/^60 x+ … \(2003 characters in all\)$/);
    expect(data['events'].map(({ type }: { type: string }) => type)).toContain('TaskFailed');
    expect(text).toContain('Error at errorLog.0: {');
    expect(text.length).toBeLessThan(25_000);
    expect((await call(mira, 'retry_job', { jobId })).data['job'].status).toMatch(/pending|processing/);
    const { data: { job } } = await call(mira, 'wait_for_job', { jobId, timeoutSeconds: 60 });
    expect(job.details.errorLog).toHaveLength(2);
  });

  test('explain by the newest events, and not by hundreds of reports of progress', async () => {
    const jobId = await submitted({ type: 'much-to-say', maxAttempts: 1 });
    const operator = { authorization: 'Bearer operator' };
    const ask = async (path: string, body: object): Promise<any> =>
      (await request(`${server.url}/api/v1/workers/${path}`, 'POST', body, operator)).body.data;
    const workerId = 'much-to-say';
    const taking = { workerId, types: ['much-to-say'], limit: 1, leaseMs: 60_000 };
    const { tasks: [{ leaseId }] } = await ask('take', taking);
    const progress = Array.from({ length: 250 }, (_, at) => ({ leaseId, type: 'progress', processed: at + 1 }));
    await ask('report', { workerId, reports: [...progress, { leaseId, type: 'fail', message: 'no', retry: false }] });
    const { data: { events } } = await call(mira, 'explain_failure', { jobId });
    expect(events.map(({ sequence, type }: any) => [sequence, type])).toEqual([
      [250, 'ProgressReported'], [251, 'ProgressReported'], [252, 'ProgressReported'], [253, 'TaskFailed'],
    ]);
    const tail = await request(`${server.url}/api/jobs/${jobId}/events?tail=2&limit=1`, 'GET', undefined, {
      authorization: 'Bearer mira',
    });
    const { events: [first], nextAfter } = tail.body.data;
    expect([first.sequence, nextAfter]).toEqual([252, 252]);
  });

  test('give a long log in parts, and say how to read on', async () => {
    const jobId = await submitted({ type: 'spill', maxAttempts: 1 });
    await call(mira, 'wait_for_job', { jobId, timeoutSeconds: 60 });
    const numbers: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const { text, data } = await call(mira, 'read_log', { jobId, after });
      expect(text.length).toBeLessThan(25_000);
      expect(data['note']).toBe(
        data['nextAfter'] === null ? null : `There are more lines: read_log with after ${data['nextAfter']}.`,
      );
      numbers.push(...data['lines'].map(({ number }: { number: number }) => number));
      after = data['nextAfter'];
    }
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    const { data: newest } = await call(mira, 'read_log', { jobId });
    expect(newest['lines'].at(-1).number).toBe(60);
    expect(newest['note']).toMatch(/^\d+ of the lines asked for did not fit\. These are the newest lines, from line /);
  });

  test('cut what is large, and say so', async () => {
    const jobId = await submitted({ type: 'large' });
    const { text: waited } = await call(mira, 'wait_for_job', { jobId, timeoutSeconds: 60 });
    const { text, data } = await call(mira, 'get_job', { jobId });
    expect([waited.length < 25_000, text.length < 25_000]).toEqual([true, true]);
    const { result } = data['job'].details;
    expect(result.text).toMatch(/^x+ … \(50000 characters in all\)$/);
    expect(result.rows.slice(0, 2)).toEqual([{ row: 0 }, { row: 1 }]);
    expect(result.rows.at(-1)).toEqual({ row: 4_999 });
    expect(result.rows).toContainEqual(expect.stringMatching(/^… 49\d\d more …$/));
  });

  test('find jobs by every filter of GET /api/jobs, page by page', async () => {
    const labels = { batch: 'nightly' };
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift(await submitted({ type: 'nobody-does-it', labels }));
    const filter = { kind: 'task', type: 'nobody-does-it', phase: 'waiting', label: ['batch:nightly'], limit: 2 };
    const { data: first } = await call(mira, 'list_jobs', filter);
    const { data: rest } = await call(mira, 'list_jobs', { ...filter, cursor: first['nextCursor'] });
    expect([...first['jobs'], ...rest['jobs']].map(({ id }) => id)).toEqual(ids);
    expect([first['total'], rest['nextCursor']]).toEqual([3, null]);
    expect((await call(mira, 'list_jobs', { createdBefore: '2020-01-01' })).data['total']).toBe(0);
    const { input } = tools.find(({ name }) => name === 'list_jobs')!;
    // What is not for a model: labels under their own names, what is large, and pages by their number.
    const others = ['sku', 'preset', 'theme', 'fields', 'offset'];
    const filters = Object.keys(routes.listJobs.query!.shape).filter((name) => !others.includes(name));
    expect(Object.keys(input.shape).sort()).toEqual(filters.sort());
  });

  test('wait no longer than they are told to, say what a task waits for, and cancel it', async () => {
    const jobId = await submitted({ type: 'nobody-does-it' });
    const { data, text } = await call(mira, 'wait_for_job', { jobId, timeoutSeconds: 1 });
    expect([data['ended'], text]).toEqual([false, expect.stringMatching(/is pending, 0 %: it has not ended yet/)]);
    expect((await call(mira, 'explain_failure', { jobId })).data['summary']).toMatch(/It has not started: .*worker/);
    expect((await call(mira, 'cancel_job', { jobId })).data['job'].status).toBe('canceled');
    const again = await call(mira, 'cancel_job', { jobId });
    expect(again.text).toMatch(/^conflict: The job cannot be canceled[^]*What helps:\n- /);
    expect(again.isError).toBe(true);
  });

  test('show task types with their schema, refuse data that does not fit, and create nothing twice', async () => {
    const inputSchema = {
      type: 'object', properties: { of: { type: 'number', description: 'x'.repeat(4_000) } }, required: ['of'],
    };
    const set = await request(`${server.url}/api/v1/types/triple`, 'PUT', { inputSchema }, {
      authorization: 'Bearer operator',
    });
    expect(set.status).toBe(200);
    const { data: { types: [listed] } } = await call(mira, 'list_task_types');
    expect(listed).toMatchObject({ type: 'triple', paused: false, inputSchema: null, schemaLeftOut: true });
    const { data: { types: [whole] } } = await call(mira, 'list_task_types', { type: 'triple' });
    expect(whole.inputSchema).toEqual(inputSchema);
    expect((await call(mira, 'list_task_types', { after: 'triple' })).data).toEqual({ types: [], nextAfter: null });
    const { isError, text } = await call(mira, 'submit_task', { type: 'triple', data: { off: 1 } });
    expect([isError, text]).toEqual([true, expect.stringMatching(/^invalid_request: .*data\.of/)]);
    const task = { type: 'triple', data: { of: 1 }, dedupeKey: 'one' };
    const id = await submitted(task);
    expect((await call(mira, 'submit_task', task)).data).toMatchObject({ deduplicated: true, job: { id } });
    const keyed = { type: 'triple', data: { of: 2 }, idempotencyKey: 'call-7' };
    expect(await submitted(keyed)).toBe(await submitted(keyed));
  });

  test('show credits and what moved them', async () => {
    await request(`${server.url}/api/accounts/mira/grants`, 'POST', { credits: 5, note: 'gift' }, {
      authorization: 'Bearer admin', 'idempotency-key': 'gift-to-mira',
    });
    expect((await call(mira, 'get_account')).data['account']).toMatchObject({ userId: 'mira', credits: 15 });
    const { data: { entries, nextAfter } } = await call(mira, 'list_ledger', { limit: 1 });
    expect(entries).toMatchObject([{ type: 'grant', amount: 5, note: 'gift' }]);
    expect((await call(mira, 'list_ledger', { limit: 1, after: nextAfter })).data['entries'][0].amount).toBe(10);
    const admin = await connect('admin');
    expect((await call(admin, 'get_account', { userId: 'mira' })).data['account'].credits).toBe(15);
    await admin.close();
  });

  test('find sections of the documentation by their words', async () => {
    const { data, text } = await call(mira, 'search_docs', { query: 'enqueue in my postgres transaction', limit: 2 });
    expect(data['results']).toHaveLength(2);
    expect(data['results'][0].address).toBe('docs/guides/embedding.md#in-your-own-transaction');
    expect(text).toMatch(/^## Inside your own program: In your own transaction \(docs/);
    const { data: { results: [error] } } = await call(mira, 'search_docs', { query: 'insufficient credits' });
    expect(error.address).toBe('docs/errors/insufficient_credits.md');
    expect((await call(mira, 'search_docs', { query: 'xyzzy' })).text).toBe('Nothing has these words.');
  });

  test('are the ones in the guide, with what they change', () => {
    const guide = readFileSync(new URL('../../docs/guides/mcp.md', import.meta.url), 'utf8');
    const rows = [...guide.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, changes]) => [name, changes]);
    const known = [...tools, ...localTools].map(({ name, hints }) =>
      [name, hints.readOnly ? 'nothing' : hints.destructive ? 'ends' : 'adds']);
    expect(rows.sort()).toEqual(known.sort());
  });
});

describe('POST /mcp', () => {
  test('has no tools that change something when it is asked to be read-only', async () => {
    const readOnly = tools.filter(({ hints }) => hints.readOnly).map(({ name }) => name);
    for (const way of [{ query: '?readOnly=true' }, { headers: { 'x-waybill-read-only': 'true' } }]) {
      const client = await connect('mira', way);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(readOnly);
      await expect(client.callTool({ name: 'cancel_job', arguments: { jobId: 'x' } })).rejects.toThrow(/cancel_job/);
      await client.close();
    }
  });

  test('answers input that is wrong, jobs of others and what a role may not as tools do', async () => {
    const jobId = await submitted({ type: 'nobody-does-it' });
    const other = await connect('other');
    for (const [name, input, told] of [
      ['get_job', { jobId }, /^not_found: There is no job/],
      ['cancel_job', { jobId }, /^not_found: There is no job/],
      ['get_job', { jobId: 'nope' }, /^not_found: "nope" is not a valid id/],
      ['get_job', {}, /jobId/],
      ['list_jobs', { statuss: 'failed' }, /statuss/],
      ['list_jobs', { createdFrom: 'yesterday' }, /^invalid_request: .*createdFrom/],
      ['list_jobs', { owner: 'mira' }, /^forbidden: /],
      ['get_account', { userId: 'mira' }, /^(forbidden|not_found): /],
    ] as const) {
      const { isError, text } = await call(other, name, input);
      expect([name, isError, text]).toEqual([name, true, expect.stringMatching(told)]);
    }
    await other.close();
    expect((await call(mira, 'get_job', { jobId })).data['job'].status).toBe('pending');
  });

  test('is the caller to the audit, at the caller’s address', async () => {
    const jobId = await submitted({ type: 'nobody-does-it' });
    const admin = await connect('admin');
    await call(admin, 'cancel_job', { jobId });
    await admin.close();
    const { body } = await request(`${server.url}/api/audit?target=${jobId}`, 'GET', undefined, {
      authorization: 'Bearer admin',
    });
    expect(body.data.entries).toMatchObject([{ actor: 'admin', action: 'cancelJob', address: '127.0.0.1' }]);
  });

  test('takes a token in the header alone, JSON of a limited size, and nothing from pages of others', async () => {
    const evil = { origin: 'https://evil.example' };
    const own = { origin: server.url };
    const answers = await Promise.all([
      post(ping), post(ping, own), post(ping, evil), post(ping, { authorization: '' }),
      post(ping, { authorization: 'x' }), post('{'), post(''), post(ping, { 'content-type': 'text/plain' }),
      post(JSON.stringify({ x: 'x'.repeat(1_100_000) })),
      post('', {}, 'GET'), post('', {}, 'DELETE'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403, 401, 401, 400, 400, 415, 413, 405, 405]);
    expect(answers[3]!.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answers[9]!.headers.get('allow')).toContain('POST');
    expect(answers[0]!.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answers[0]!.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    const cookie = await fetch(`${server.url}/mcp`, {
      method: 'POST', body: ping, headers: { 'content-type': 'application/json', cookie: 'waybill_dev=mira' },
    });
    expect(cookie.status).toBe(401);
  });

  test.for(['legacy', 'auto'] as const)('tells how far a call is by a stream, in mode %s', async (mode) => {
    const client = await connect('mira', { mode });
    const jobId = await submitted({ type: 'nobody-does-it' });
    const told: Progress[] = [];
    let canceled: Promise<unknown> | null = null;
    const result = await client.callTool({ name: 'wait_for_job', arguments: { jobId, timeoutSeconds: 120 } }, {
      onprogress(progress) {
        told.push(progress);
        // It is told while the call is under way, which ends by this.
        canceled ??= call(mira, 'cancel_job', { jobId });
      },
    });
    await canceled;
    expect(told[0]).toMatchObject({ total: 120, message: expect.stringContaining('is pending, 0 %') });
    expect(told.map(({ progress }) => progress)).toEqual(told.map(({ progress }) => progress).sort((a, b) => a - b));
    expect(result.structuredContent).toMatchObject({ ended: true, job: { status: 'canceled' } });
    await client.close();
  });

  test('streams only where progress is asked for', async () => {
    const jobId = await submitted({ type: 'double', data: { of: 1 } });
    const wait = (token: object, id: number) => JSON.stringify({
      jsonrpc: '2.0', id, method: 'tools/call',
      params: { name: 'wait_for_job', arguments: { jobId, timeoutSeconds: 60 }, ...token },
    });
    const asking = { _meta: { progressToken: 'p' } };
    const [stream, silent] = await Promise.all([post(wait(asking, 1)), post(wait({}, 2))]);
    expect([stream, silent].map(({ headers }) => headers.get('content-type'))).toEqual([
      'text/event-stream', expect.stringMatching(/^application\/json/),
    ]);
    expect([stream.headers.get('x-accel-buffering'), stream.headers.get('cache-control')]).toEqual([
      'no', expect.stringContaining('no-cache'),
    ]);
    const messages = [...(await stream.text()).matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data));
    expect(messages[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 'p' } });
    expect(messages.at(-1)).toMatchObject({ id: 1, result: { structuredContent: { ended: true } } });
    expect(await silent.json()).toMatchObject({ id: 2, result: { structuredContent: { ended: true } } });
  });

  test('holds no stream open for changes that never come', async () => {
    await expect(mira.listen({ toolsListChanged: true })).rejects.toThrow();
  });

  test('takes only real tokens in production, may be read-only for all, and ends a wait when it stops', async () => {
    const other = await startTestServer({ MCP: 'read-only', MAX_REQUESTS_PER_USER: '1' }, 'production');
    await expect(connect('mira', { url: other.url })).rejects.toThrow(/401|Unauthorized/i);
    const exp = Math.floor(Date.now() / 1_000) + 3_600;
    const token = jwtOf({ sub: 'mira', exp }, 'k3Y-of-these-tests-and-nobody-else');
    const client = await connect(token, { url: other.url });
    const listed = (await client.listTools()).tools.map(({ name }) => name);
    expect([listed.includes('get_job'), listed.includes('submit_task')]).toEqual([true, false]);
    const made = await request(`${other.url}/api/v1/jobs`, 'POST', { type: 'nobody-does-it' }, {
      authorization: `Bearer ${token}`,
    });
    const wait = { name: 'wait_for_job', arguments: { jobId: made.body.data.id, timeoutSeconds: 300 } };
    // Whoever leaves a stream gives back what it held.
    for (let time = 0; time < 2; time += 1) {
      const leaving = new AbortController();
      const left = client.callTool(wait, { signal: leaving.signal, onprogress: () => leaving.abort() });
      await expect(left).rejects.toThrow();
      await vi.waitFor(() => client.listTools(), 30_000);
    }
    const before = other.log.length;
    const waiting = call(client, 'wait_for_job', wait.arguments);
    // Its first look at the job.
    const hasLooked = (): boolean => other.log.slice(before).some((line) => line.includes('"route":"/api/jobs/:id"'));
    await vi.waitFor(() => expect(hasLooked()).toBe(true), 30_000);
    await other.close();
    expect((await waiting).data).toMatchObject({ ended: false, job: { status: 'pending' } });
    await client.close();
  });

  test('is not there with MCP=off', () => {
    expect(mcpRoutes({ config: parseConfig(['--dev', '--mcp', 'off'], {}) } as never)).toEqual([]);
  });
});

function jwtOf(claims: object, secret: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
