import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenApiDocument } from '../../../src/contract/openapi/document.ts';
import { routes } from '../../../src/main/routes.ts';
import { openTarget, type Target } from '../target.ts';
import { newUser } from '../user.ts';

/** What the server says of itself at `/openapi.json`, and what it does. */

let target: Target;
let document: OpenApiDocument;
beforeAll(async () => {
  target = await openTarget();
  document = (await (await fetch(`${target.url}/openapi.json`)).json()) as OpenApiDocument;
});
afterAll(() => target.close());

interface Call {
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

/** What goes wrong on the way into a server, whatever the route is for. */
const calls: Readonly<Record<string, Call>> = {
  'without credentials': { headers: { authorization: '', 'x-gpu-callback-secret': '' } },
  'with wrong credentials': { headers: { authorization: 'Bearer wb_no', 'x-gpu-callback-secret': 'no' } },
  'by a user without a role': { headers: { authorization: 'Bearer nobody-special' } },
  'with nothing': {},
  'with an empty object': { body: '{}' },
  'with half a body': { body: '{"a":' },
  'with a list': { body: '[]' },
  'with text that is no UTF-8': { body: '\ud800' },
  'with a large body': { body: JSON.stringify({ data: 'x'.repeat(1_100_000) }) },
  'with a compressed body': { body: '{}', headers: { 'content-encoding': 'gzip' } },
  'with an unknown parameter': { query: '?nonsense=1' },
  'with a wrong Idempotency-Key': { body: '{}', headers: { 'idempotency-key': 'é' } },
  'with a wrong Last-Event-ID': { headers: { 'last-event-id': 'x' } },
  'from a foreign page': { headers: { origin: 'https://evil.example' } },
};

describe('every route', () => {
  test.each(Object.entries(calls))('answers as documented to a request %s', async (_name, call) => {
    const admin = newUser(target, 'admin');
    const wrong: string[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { responses, operationId, requestBody }] of Object.entries(methods)) {
        if (call.body !== undefined && requestBody === undefined) continue;
        const url = `${target.url}${path.replace(/\{[^}]*\}/g, randomUUID())}${call.query ?? ''}`;
        const headers = { authorization: `Bearer ${admin.id}`, 'x-gpu-callback-secret': target.callbackSecret };
        const { status } = await send(method.toUpperCase(), url, call.body, { ...headers, ...call.headers });
        if (!(String(status) in responses)) wrong.push(`${operationId}: ${status} is not declared`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('is in the document, which has no other', async () => {
    const documented = new Set<string>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) documented.add(`${method.toUpperCase()} ${path}`);
    }
    expect(documented.size).toBeGreaterThan(20);
    for (const { method, path } of Object.values(routes)) {
      const name = `${method} ${path.replace(/:([A-Za-z]+)/g, '{$1}')}`;
      const response = await fetch(target.url + path.replace(/:\w+/g, randomUUID()), { method: 'OPTIONS' });
      const isThere = response.headers.get('allow')?.split(', ').includes(method) ?? false;
      expect([name, documented.has(name)]).toEqual([name, isThere]);
    }
  });
});

describe('a parameter that a route does not know', () => {
  test('is refused by its name, with what was probably meant', async () => {
    const user = newUser(target);
    const problemOf = async (path: string): Promise<unknown> => {
      const { status, body } = await user.get(path);
      return [status, body.error?.details?.fields];
    };
    expect(await problemOf('/api/jobs?limt=3')).toEqual([400, { limt: 'is not a parameter; did you mean limit?' }]);
    const jobs = await user.get('/api/jobs?colour=red&empty=');
    expect(jobs.status).toBe(400);
    expect(jobs.body.error.details.fields).toEqual({
      colour: expect.stringMatching(/^is not a parameter; this takes .*limit/),
      empty: expect.stringMatching(/^is not a parameter/),
    });
    expect(await problemOf('/api/user/me?x=1')).toEqual([400, { x: 'is not a parameter; this takes none' }]);
    expect((await user.get('/api/jobs?limit=3')).status).toBe(200);
  });
});

async function send(
  method: string,
  url: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(10_000),
  });
  await response.body?.cancel();
  return response;
}
