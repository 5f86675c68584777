import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, createClient, type ClientOptions } from '../../src/main/client/index.ts';
import {
  answers,
  hangsUp,
  isSilent,
  refuses,
  startServer,
  type MisbehavingServer,
  type Step,
} from './misbehaving-server.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
let server: MisbehavingServer | null = null;

async function serve(...steps: readonly Step[]): Promise<MisbehavingServer> {
  return (server = await startServer(...steps));
}

function clientOf({ url }: MisbehavingServer, options: Partial<ClientOptions> = {}) {
  return createClient({ server: url, token: 'mira', ...options });
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error(`expected an ApiError, got ${String(error)}`);
}

afterEach(async () => {
  await server?.close();
  server = null;
});

describe('a request', () => {
  test('is made from the route: path, query, body and the user’s token', async () => {
    const target = await serve(answers({}));
    const client = clientOf(target);
    await client.listJobs({ query: { status: 'running', limit: 20 } });
    await client.confirmUpload({ params: { id }, body: { totalItems: 2 } });
    await client.showAccount({ params: { id: 'a|b@c' } });
    expect(target.seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['GET', '/api/jobs?status=running&limit=20', ''],
      ['POST', `/api/jobs/${id}/confirm-upload`, '{"totalItems":2}'],
      ['GET', '/api/accounts/a%7Cb%40c', ''],
    ]);
    expect(target.seen.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer mira'));
  });

  test('of a worker carries the callback secret and not the token', async () => {
    const target = await serve(answers({}));
    const client = clientOf(target, { callbackSecret: 'a-callback-secret' });
    await client.pullMessages({ params: { queue: 'gpu-jobs' } });
    await client.health();
    const credentials = target.seen.map(({ headers }) => [headers['x-gpu-callback-secret'], headers.authorization]);
    expect(credentials).toEqual([
      ['a-callback-secret', undefined],
      [undefined, undefined],
    ]);
  });

  test.each(['', '.', '..'])('is not sent to another route by the id %j', async (given) => {
    const target = await serve(answers({}));
    expect((await failure(clientOf(target).showAccount({ params: { id: given } }))).code).toBe('not_found');
    expect(target.seen).toEqual([]);
  });

  test('is not sent with what JSON does not have', async () => {
    const target = await serve(answers({}));
    const data = { share: NaN, when: [new Date(0)], rows: new Map(), id: 7n, none: undefined };
    const error = await failure(clientOf(target).submitTask({ body: { type: 't', data } }));
    expect([error.code, error.message]).toEqual([
      'invalid_request', 'The body cannot be sent: data.share is NaN, which JSON does not have.',
    ]);
    const fields = Object.keys(error.details['fields'] as object);
    expect(fields).toEqual(['data.share', 'data.when.0', 'data.rows', 'data.id']);
    expect(await clientOf(target).call('submitTask', { body: { type: 't', data: [undefined] } })).toMatchObject({
      ok: false, error: { details: { fields: { 'data.0': 'is undefined, which JSON does not have' } } },
    });
    expect(target.seen).toEqual([]);
  });

  test('needs an http URL', () => {
    for (const wrong of ['127.0.0.1:8787', 'file:///etc', 'http://']) {
      expect(() => createClient({ server: wrong })).toThrow(TypeError);
    }
  });
});

describe('an error', () => {
  test('carries code, status, details and request id', async () => {
    const target = await serve(refuses(403, 'insufficient_credits', { details: { needed: 3, available: 1 } }));
    expect(await failure(clientOf(target).executeImageSet({ params: { id }, body: {} }))).toMatchObject({
      code: 'insufficient_credits',
      status: 403,
      message: 'It is insufficient_credits.',
      requestId: 'request-1',
      details: { needed: 3, available: 1 },
    });
  });

  test('is a value, not thrown, for those who use `call`', async () => {
    const target = await serve(refuses(404, 'not_found'), answers({ status: 'ok' }));
    const client = clientOf(target);
    expect(await client.call('getJob', { params: { id } })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
    expect(await client.call('live')).toEqual({ ok: true, data: { status: 'ok' } });
  });

  test.each<[string, Step]>([
    ['a page of HTML with status 200', (response) => void response.end('<html></html>')],
    ['JSON of another sort', (response) => void response.end('{"hello":1}')],
    ['an error of another sort', (response) => void response.writeHead(418).end('{"error":"teapot"}')],
    ['a code that no Waybill has', refuses(400, 'constructor')],
  ])('is not taken for Waybill’s: %s', async (_, step) => {
    const { code } = await failure(clientOf(await serve(step), { retries: 0 }).me());
    expect(['unexpected_answer', 'network']).toContain(code);
  });

  test('says that nothing listens there', async () => {
    const target = await startServer(answers({}));
    await target.close();
    const error = await failure(clientOf(target, { retries: 0 }).me());
    expect(error).toMatchObject({ code: 'network', status: 0 });
    expect(error.message).toBe(`${target.url} cannot be reached: nothing listens there.`);
  });

  test('says whether the server did not answer or the caller aborted', async () => {
    const target = await serve(isSilent);
    expect((await failure(clientOf(target, { retries: 0, timeoutMs: 50 }).me())).code).toBe('timeout');
    const stop = new AbortController();
    const call = clientOf(target).me({}, { signal: stop.signal });
    stop.abort();
    expect((await failure(call)).code).toBe('aborted');
  });
});

describe('a retry of the client', () => {
  test('is made of an idempotent request after a broken connection, 429 and 503', async () => {
    const unavailable = refuses(503, 'unavailable', { retryAfter: '0' });
    const target = await serve(
      hangsUp,
      unavailable,
      refuses(429, 'concurrency_limit', { retryAfter: '0' }),
      answers({ a: 1 }),
    );
    const repeated: string[] = [];
    const client = clientOf(target, { onRetry: ({ code }) => repeated.push(code) });
    expect(await client.me()).toEqual({ a: 1 });
    expect(repeated).toEqual(['network', 'unavailable', 'concurrency_limit']);
  });

  test('of a creation carries the same Idempotency-Key', async () => {
    const target = await serve(hangsUp, answers({}));
    await clientOf(target).createImageSet({ body: { preset: 'seller', itemCount: 1 } });
    const [first, second] = target.seen.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });

  test('of a creation keeps the key that the caller gave', async () => {
    const target = await serve(answers({}));
    await clientOf(target).grantCredits({ params: { id: 'mira' }, body: { credits: 1 }, idempotencyKey: 'order-1' });
    expect(target.seen[0]?.headers['idempotency-key']).toBe('order-1');
  });

  test('is made of a POST that the contract declares repeatable', async () => {
    const target = await serve(hangsUp, answers({ leases: [] }));
    await clientOf(target).heartbeatTasks({ body: { workerId: 'worker-1', leaseIds: [], leaseMs: 10_000 } });
    expect(target.seen).toHaveLength(2);
  });

  test('is not made of a request that could take effect twice', async () => {
    const target = await serve(hangsUp, answers({}));
    const error = await failure(clientOf(target).createToken({ body: { name: 'once' } }));
    expect([error.code, target.seen.length]).toEqual(['network', 1]);
  });

  test('is not made of a request that would be refused again', async () => {
    const target = await serve(refuses(400, 'invalid_request'));
    await failure(clientOf(target).me());
    expect(target.seen).toHaveLength(1);
  });

  test('waits as long as the server asks for', async () => {
    const target = await serve(refuses(503, 'unavailable', { retryAfter: '1' }), answers({}));
    const waits: number[] = [];
    const startedAt = performance.now();
    await clientOf(target, { onRetry: (_, delayMs) => waits.push(delayMs) }).me();
    // And up to a fifth longer, so that not all come back at once.
    expect(waits).toHaveLength(1);
    expect(Math.abs(waits[0]! - 1_100)).toBeLessThanOrEqual(100);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  test('is left to the caller when the server asks for more than a minute', async () => {
    const target = await serve(refuses(503, 'unavailable', { retryAfter: '61' }));
    expect(await failure(clientOf(target).me())).toMatchObject({ code: 'unavailable', retryAfterSeconds: 61 });
    expect(target.seen).toHaveLength(1);
  });

  test('ends after as many as were asked for', async () => {
    const target = await serve(refuses(503, 'unavailable', { retryAfter: '0' }));
    await failure(clientOf(target, { retries: 2 }).me());
    expect(target.seen).toHaveLength(3);
  });

  test('is given up when the caller aborts', async () => {
    const target = await serve(refuses(503, 'unavailable', { retryAfter: '30' }));
    const stop = new AbortController();
    const client = clientOf(target, { onRetry: () => stop.abort() });
    expect((await failure(client.me({}, { signal: stop.signal }))).code).toBe('aborted');
  });
});
