import { connect } from 'node:http2';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { errorCodes, errorTraits, ok, refuse, type RefusalCode } from '../../src/contract/errors.ts';
import {
  JobExecutionService,
} from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { StoreUnreachable } from '../../src/ports/store/unreachable.ts';
import { RpcError } from '../../src/worker/grpc/rpc-error.ts';
import { answering, startRpcServer, type LogLine, type TestServer } from './harness.ts';

const { queueJob, getJob } = JobExecutionService.method;
const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';

let server: TestServer | null = null;
afterEach(() => server?.close());

async function serve(
  handlers: Parameters<typeof answering<typeof JobExecutionService, 'operator'>>[2],
  options: Parameters<typeof startRpcServer>[1] = {},
): Promise<TestServer> {
  server = await startRpcServer([answering(JobExecutionService, 'operator', handlers)], options);
  return server;
}

function failureOf(call: Promise<unknown>): Promise<RpcError> {
  return call.then(
    () => expect.fail('the call did not fail'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(RpcError);
      return error as RpcError;
    },
  );
}

describe('a unary call', () => {
  test('gives its handler the request, the caller and what goes with it, and answers what that answers', async () => {
    const seen: unknown[] = [];
    const { client } = await serve({
      queueJob: async ({ request, context, correlationId, deadline, idempotencyKey }) => {
        seen.push(request.jobDefinition?.name, context.caller, context.correlationId === correlationId);
        seen.push(deadline !== null && deadline > Date.now(), idempotencyKey);
        return ok({ success: true, jobId: { value: id } });
      },
    });
    const answer = await client().unary(queueJob, { jobDefinition: { name: 'hello' } }, { timeoutMs: 10_000 });
    expect(answer).toMatchObject({ success: true, jobId: { value: id } });
    expect(seen).toEqual(['hello', { userId: 'ola', roles: ['user', 'operator'] }, true, true, undefined]);
  });

  test('without a token, or with a wrong one, is UNAUTHENTICATED, and without the role PERMISSION_DENIED', async () => {
    const { client } = await serve({}, {
      authenticate: async (header) => {
        if (header !== 'Bearer mira') return { ok: false, problem: 'That is not a valid user id' };
        return { ok: true, caller: { userId: 'mira', roles: ['user'] }, credentials: { type: 'developer' } };
      },
    });
    const failures = await Promise.all(['', 'x', 'mira'].map((token) =>
      failureOf(client(token === '' ? { token: undefined as never } : { token }).unary(getJob, {}))));
    expect(failures.map(({ grpcStatus, code }) => [grpcStatus, code])).toEqual([
      ['UNAUTHENTICATED', 'unauthenticated'],
      ['UNAUTHENTICATED', 'unauthenticated'],
      ['PERMISSION_DENIED', 'forbidden'],
    ]);
    expect(failures[0]!.message).toContain('There is no Authorization header: send');
  });

  test.each(errorCodes.filter((code) => code !== 'internal'))('that is refused as %s says so', async (code) => {
    const { client } = await serve({
      getJob: async () => refuse(code as RefusalCode, 'It is “so” \ud800.', { state: 'RUNNING', needed: 3 }),
    });
    const error = await failureOf(client().unary(getJob, {}));
    expect(error).toMatchObject({
      grpcStatus: errorTraits[code].grpc,
      code,
      retryable: errorTraits[code].retryable,
      message: `answered ${errorTraits[code].grpc}: It is “so” \ufffd.`,
      requestId: 'request-1',
    });
    const seconds = errorTraits[code].retryAfterSeconds;
    expect(error.retryAfterMs).toBe(seconds === null ? null : seconds * 1_000);
  });

  test('names the fields that are wrong with it, as many as fit', async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`job_definition.arguments.${index}`, 'x'.repeat(190)]),
    );
    const { client } = await serve({ getJob: async () => refuse('invalid_request', 'No.', { fields }) });
    const { fields: told } = await failureOf(client().unary(getJob, {}));
    expect(Object.keys(told).length).toBeGreaterThan(10);
    expect(told['job_definition.arguments.0']).toBe('x'.repeat(190));
  });

  test('whose handler throws is INTERNAL, the reason is in the log alone, and the next call is answered', async () => {
    let calls = 0;
    const { client, log } = await serve({
      getJob: async () => {
        calls += 1;
        if (calls === 1) throw new Error('the secret reason');
        // No message of the answer's type.
        if (calls === 2) return ok({ exitCode: 'seven' } as never);
        return ok({});
      },
    });
    const own = client();
    const first = await failureOf(own.unary(getJob, {}));
    expect(first).toMatchObject({ grpcStatus: 'INTERNAL', code: 'internal' });
    expect(first.message).toContain('under request request-1');
    expect(first.message).not.toContain('secret');
    expect(log.find(({ message }) => message === 'a call failed')!.fields['error']).toContain('the secret reason');
    expect(await failureOf(own.unary(getJob, {}))).toMatchObject({ grpcStatus: 'INTERNAL' });
    await own.unary(getJob, {});
  });

  test('that runs into a store that is gone is UNAVAILABLE', async () => {
    const { client } = await serve({
      getJob: async () => {
        throw new StoreUnreachable('gone', { cause: null } as never);
      },
    });
    expect(await failureOf(client().unary(getJob, {}))).toMatchObject({ grpcStatus: 'UNAVAILABLE', retryable: true });
  });

  test('is refused for text that no store can keep, and for enums that are none', async () => {
    const { client } = await serve({});
    const error = await failureOf(client().unary(queueJob, {
      jobDefinition: {
        name: 'a\0b', arguments: ['fine', 'b\0'], environment: { 'C\0': 'x', D: '\0' },
        scheduling: { priority: 77 as never },
      },
    }));
    expect(error.grpcStatus).toBe('INVALID_ARGUMENT');
    expect(error.fields).toEqual({
      'job_definition.name': 'has a NUL or half a surrogate pair',
      'job_definition.arguments.1': 'has a NUL or half a surrogate pair',
      'job_definition.environment.C\0': 'has a NUL or half a surrogate pair',
      'job_definition.environment.D': 'has a NUL or half a surrogate pair',
      'job_definition.scheduling.priority':
        'must be one of PRIORITY_LEVEL_LOW, PRIORITY_LEVEL_NORMAL, PRIORITY_LEVEL_HIGH, PRIORITY_LEVEL_CRITICAL',
    });
  });

  test('larger than a message may be is RESOURCE_EXHAUSTED; such an answer is a fault of the server', async () => {
    const { client, logged } = await serve({
      getJob: async () => ok({ errorMessage: 'x'.repeat(2_000_000) }),
    });
    const large = client({ maxMessageBytes: 10_000_000 });
    const error = await failureOf(large.unary(queueJob, { queuedBy: 'x'.repeat(1_100_000) }));
    expect(error.grpcStatus).toBe('RESOURCE_EXHAUSTED');
    expect(await failureOf(large.unary(getJob, {}))).toMatchObject({ grpcStatus: 'INTERNAL', code: 'internal' });
    const { fields } = await logged(({ message }) => message === 'a call failed');
    expect(fields['error']).toContain('has 2000004 bytes, but the limit is 1048576');
    await large.unary(queueJob, {});
  });

  test('past its deadline is DEADLINE_EXCEEDED, and its signal is aborted', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const { client, log, logged } = await serve({
      getJob: async ({ signal }) => {
        if (!signal().aborted) await once(signal(), 'abort');
        aborted.resolve(signal().reason);
        throw signal().reason;
      },
    });
    const connected = client();
    await connected.unary(queueJob, {});
    const isLate = ({ fields }: LogLine): boolean => fields['status'] === 'DEADLINE_EXCEEDED';
    // On a busy machine a call may not reach the server in time, or its client gives it up a moment before the server,
    // for which it was canceled then: the next has longer.
    for (let timeoutMs = 1_000; !log.some(isLate); timeoutMs += 1_000) {
      const error = await failureOf(connected.unary(getJob, {}, { timeoutMs }));
      expect(error).toMatchObject({ grpcStatus: 'DEADLINE_EXCEEDED', timedOut: true });
      await Promise.race([logged(isLate), pause(500)]);
    }
    expect(await aborted.promise).toMatchObject({ name: 'CallEnded' });
  });

  test('that is canceled aborts its signal, and is no fault', async () => {
    const gone = new AbortController();
    const { client, logged, log } = await serve({
      getJob: async ({ signal }) => {
        gone.abort();
        if (!signal().aborted) await once(signal(), 'abort');
        throw signal().reason;
      },
    });
    const error = await failureOf(client().unary(getJob, {}, { signal: gone.signal }));
    expect(error.grpcStatus).toBe('CANCELLED');
    await logged(({ fields }) => fields['status'] === 'CANCELLED');
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('beyond what a user may have under way is refused, and let in again once one is over', async () => {
    const releases: (() => void)[] = [];
    const begun = Promise.withResolvers<void>();
    const { client } = await serve({
      getJob: async () => {
        await new Promise<void>((resolve) => {
          if (releases.push(resolve) === 2) begun.resolve();
        });
        return ok({});
      },
    }, { maxCallsPerUser: 2 });
    const own = client();
    const held = [own.unary(getJob, {}), own.unary(getJob, {})];
    await begun.promise;
    expect(await failureOf(own.unary(queueJob, {}))).toMatchObject({ code: 'rate_limit', retryAfterMs: 1_000 });
    await client({ token: 'mira' }).unary(queueJob, {});
    for (const release of releases) release();
    await Promise.all(held);
    await own.unary(queueJob, {});
  });

  test('keeps a request id and a key that are fit, and refuses a key that is not', async () => {
    const keys: unknown[] = [];
    const { address } = await serve({
      getJob: async ({ correlationId, idempotencyKey }) => {
        keys.push([correlationId, idempotencyKey]);
        return ok({});
      },
    });
    const fine = await rawCall(address, { 'x-request-id': 'mine-1', 'idempotency-key': 'k1' }, empty);
    expect(fine).toMatchObject({ 'grpc-status': '0', 'x-request-id': 'mine-1' });
    const unfit = await rawCall(address, { 'x-request-id': 'no spaces', 'idempotency-key': 'k'.repeat(201) }, empty);
    expect(unfit).toMatchObject({ 'grpc-status': '3', 'waybill-code': 'invalid_request', 'x-request-id': 'request-1' });
    expect(keys).toEqual([['mine-1', 'k1']]);
  });
});

describe('whatever comes', () => {
  test('bytes that are no message are INVALID_ARGUMENT', async () => {
    const { address } = await serve({});
    const answer = await rawCall(address, {}, frame(Buffer.from([0x0a, 0xff, 0xff])));
    expect(answer).toMatchObject({ 'grpc-status': '3', 'waybill-code': 'invalid_request' });
  });

  test('a request that does not come to its end is ended', async () => {
    const { address } = await serve({}, { requestMs: 50 });
    const answer = await rawCall(address, {}, Buffer.from([0, 0, 0, 0, 9, 1]), false);
    expect(answer).toMatchObject({
      'grpc-status': '3', 'grpc-message': 'The%20request%20was%20not%20received%20in%20time.',
    });
  });

  test('a method that there is none of is UNIMPLEMENTED; another content type is 415', async () => {
    const { address } = await serve({});
    expect(await rawCall(address, { ':path': '/waybill.v1.JobExecutionService/Nothing' }, empty)).toMatchObject({
      'grpc-status': '12',
    });
    expect(await rawCall(address, { 'content-type': 'application/json' }, empty)).toMatchObject({ ':status': 415 });
  });

  test('metadata without end, compressed rubbish, HTTP/1.1 and half a frame do not end the server', async () => {
    const { address, client } = await serve({});
    await rawCall(address, { padding: 'x'.repeat(70_000) }, empty).catch(() => {});
    await rawCall(address, { 'grpc-encoding': 'gzip' }, Buffer.concat([Buffer.from([1]), empty.subarray(1, 5)]));
    const [host, port] = address.split(':') as [string, string];
    await fetch(`http://${host}:${port}/health`).catch(() => {});
    const session = connect(`http://${address}`);
    session.on('error', () => {});
    const half = session.request({ ...headers(), ':path': '/waybill.v1.JobExecutionService/GetJob' });
    half.on('error', () => {});
    half.write(Buffer.from([0, 0]));
    await once(session, 'remoteSettings');
    session.destroy();
    await client().unary(getJob, {});
  });
});

const empty = frame(Buffer.alloc(0));

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function headers(): Record<string, string> {
  return { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers', authorization: 'Bearer ola' };
}

/** A call as bytes: headers and trailers of its answer. */
async function rawCall(
  address: string,
  more: Readonly<Record<string, string>>,
  body: Buffer,
  ends = true,
): Promise<Record<string, unknown>> {
  const session = connect(`http://${address}`);
  try {
    const stream = session.request({ ...headers(), ':path': '/waybill.v1.JobExecutionService/GetJob', ...more });
    const got: Record<string, unknown> = {};
    stream.on('response', (given) => Object.assign(got, given)).on('trailers', (given) => Object.assign(got, given));
    const over = new Promise<void>((resolve, reject) => {
      stream.on('end', resolve).on('error', reject);
      session.on('error', reject);
    });
    stream.resume();
    if (ends) stream.end(body);
    else stream.write(body);
    await over;
    return got;
  } finally {
    session.destroy();
  }
}
