import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/contract/errors.ts';
import type { Route } from '../../src/contract/route.ts';
import { routes } from '../../src/main/routes.ts';
import { asMira, asWorker, jobId, startApp } from './harness.ts';

/**
 * Thousands of malformed requests at every route: whatever comes, the answer is below 500 and in
 * the envelope. A failure prints its seed; `fc.assert(…, { seed, path })` replays it.
 */
const { app, logged } = startApp();
/** Of each route; more in `npm run test:long`. */
const rounds = process.env['WAYBILL_TEST_LONG'] === '1' ? 2_000 : 50;
const all: readonly Route[] = Object.values(routes);

/** Text that has bitten somebody before. */
const nasty = fc.constantFrom(
  '', '\u0000', '\ud800', '\udc00x', '__proto__', 'constructor', '../../etc/passwd', '%00', '%', "' OR 1=1 --",
  '\u202e', '\r\nx: y', '🧨'.repeat(50), 'x'.repeat(3_000), '-1', '1e309', 'NaN', 'null', '[object Object]',
  '${7*7}', jobId,
);
const text = fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }));
const scalar = fc.oneof(
  text, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, -0, 1e21, 2 ** 53, -1, 0.5, 1e999, 201),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('any'), { maxLength: 5 }),
    fc.dictionary(text, tie('any'), { maxKeys: 5 }),
  ),
})).any;

/** The example body with some of it replaced, removed, renamed, or said twice. */
function mutated(body: unknown): fc.Arbitrary<unknown> {
  if (typeof body !== 'object' || body === null) return fc.oneof(fc.constant(body), value);
  const entries = Object.entries(body);
  const fields = entries.map(([name, inner]) =>
    fc.oneof(
      { weight: 3, arbitrary: mutated(inner).map((changed) => [[name, changed]]) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: text.map((other) => [[other, inner]]) },
      { weight: 1, arbitrary: value.map((other) => [[name, inner], [snake(name), other]]) },
    ),
  );
  return fc.tuple(...fields).map((parts) => {
    const pairs = parts.flat() as [string, unknown][];
    return Array.isArray(body) ? pairs.map((pair) => pair[1]) : Object.fromEntries(pairs);
  });
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function stringified(document: unknown): string {
  return JSON.stringify(document) ?? 'undefined';
}

const rawBody = (route: Route): fc.Arbitrary<BodyInit | null> =>
  fc.oneof(
    { weight: 4, arbitrary: mutated(route.example.body ?? {}).map(stringified) },
    { weight: 2, arbitrary: value.map(stringified) },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => new Uint8Array(bytes)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('{"a":'.repeat(5_000), '['.repeat(20_000), '{"__proto__":{"x":1}}', '\ufeff{}'),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  );

/** Header values that a Headers object takes. */
const headerText = fc.oneof(
  fc.string({ maxLength: 60 }), fc.constantFrom('Bearer mira', 'Bearer wb_x', 'Bearer a.b.c', 'x'.repeat(9_000), 'é'),
).map((value) => value.replace(/[^\x20-\x7e\xe9]/g, ''));
const headerName = fc.constantFrom(
  'idempotency-key', 'x-request-id', 'traceparent', 'content-type', 'accept', 'origin', 'if-none-match', 'range',
  'x-gpu-callback-secret', 'authorization', 'content-encoding', 'transfer-encoding', 'last-event-id', 'content-length',
);

const segment = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: text.map((given) => encodeURIComponent(given.toWellFormed())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%zz', '%E0%A4%A', '%00', '..', '%2e%2e', '%2F', ';a=b', '', '#', '?', '//'),
  },
);

function pathOf(route: Route, segments: readonly (string | null)[]): string {
  let at = 0;
  return route.path.replace(/:(\w+)/g, (_, name: string) => segments[at++] ?? route.example.params?.[name] ?? jobId);
}

const queryName = fc.oneof(fc.constantFrom('limit', 'after', 'cursor', 'phase', 'status', 'owner'), text);
const query = fc.array(fc.tuple(queryName, text), { maxLength: 4 }).map((pairs) => {
  const parts = pairs.map(([name, given]) => `${loose(name)}=${loose(given)}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
});

/** Sometimes encoded as it should be, sometimes raw. */
function loose(given: string): string {
  return given.length % 2 === 0 ? encodeURIComponent(given.toWellFormed()) : given.replace(/[\s#]/g, '');
}

function requestsOf(route: Route) {
  const otherMethod = fc.constantFrom('PATCH', 'PUT', 'DELETE');
  return fc.record({
    segments: fc.tuple(segment, segment),
    query,
    body: rawBody(route),
    headers: fc.array(fc.tuple(headerName, headerText), { maxLength: 3 }),
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant<string>(route.method) },
      { weight: 1, arbitrary: otherMethod },
    ),
  });
}

const asAdmin = { authorization: 'Bearer admin' };
const credentials = { none: {}, user: asMira, operator: asMira, worker: asWorker, admin: asAdmin, signature: {} };

describe.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  it('answers random input with less than 500 and in the envelope', async () => {
    await fc.assert(
      fc.asyncProperty(requestsOf(route), async ({ segments, query: search, method, ...given }) => {
        const headers = { ...credentials[route.auth], ...Object.fromEntries(given.headers) };
        const body = method === 'GET' ? null : given.body;
        const url = `http://waybill.test${pathOf(route, segments)}${search}`;
        const response = await app.request(new Request(url, { method, headers, body }));
        const answer = await response.text();
        expect(response.status, answer).toBeLessThan(500);
        // Also of another route than was meant: a path may have `..` in it.
        const type = response.headers.get('content-type') ?? '';
        if (type === 'text/event-stream' || (response.ok && !type.startsWith('application/json'))) return;
        expectEnvelope(response.status, JSON.parse(answer));
        expect(response.headers.get('x-request-id')).toBeTruthy();
      }),
      { numRuns: rounds },
    );
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    logged.length = 0;
  });
});

function expectEnvelope(status: number, answer: unknown): void {
  const envelope = answer as { success: unknown; data?: unknown; error?: { code: string; message: string } };
  expect(envelope.success).toBe(status < 400);
  if (status < 400) {
    expect(Object.keys(envelope)).toEqual(['success', 'data']);
    return;
  }
  expect(Object.keys(envelope)).toEqual(['success', 'error']);
  expect(errorCodes).toContain(envelope.error?.code);
  expect(envelope.error?.message.length).toBeGreaterThan(5);
}
