import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { Authenticate } from '../../src/transports/access/authenticator.ts';
import { ok, refuse } from '../../src/contract/errors.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from
  '../../src/contract/proto/generated/grpc/health/v1/health_pb.ts';
import { LogStreamService } from '../../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { WorkerAgentService } from '../../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import type { RpcHandlers } from '../../src/transports/grpc/rpc.ts';
import { answering, startRpcServer, type TestServer } from './harness.ts';

const { subscribeLogs } = LogStreamService.method;
const { connect } = WorkerAgentService.method;

let server: TestServer | null = null;
afterEach(() => server?.close());

type Options = Parameters<typeof startRpcServer>[1];

async function logs(handler: RpcHandlers<typeof LogStreamService, 'operator'>['subscribeLogs'], options: Options = {}) {
  return (server = await startRpcServer([
    answering(LogStreamService, 'operator', { subscribeLogs: handler }),
  ], options));
}

async function agents(handler: RpcHandlers<typeof WorkerAgentService, 'none'>['connect'], options: Options = {}) {
  return (server = await startRpcServer([answering(WorkerAgentService, 'none', { connect: handler })], options));
}

/** Lets everything else that is ready go first. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function linesOf(source: AsyncIterable<{ readonly line: string }>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of source) lines.push(line);
  return lines;
}

describe('a stream from the server', () => {
  test('is what its handler sends, in order, and ends with it', async () => {
    const { client } = await logs(async ({ request, send, context }) => {
      const { jobId } = request;
      for (let line = 1; line <= 1_000; line++) await send({ line: `${context.caller.userId} ${line}`, jobId });
      return ok(null);
    });
    const lines = await linesOf(client().stream(subscribeLogs, { jobId: 'x' }));
    expect(lines).toEqual(Array.from({ length: 1_000 }, (_, index) => `ola ${index + 1}`));
  });

  test('may be refused at its beginning and in its middle', async () => {
    const { client } = await logs(async ({ request, send }) => {
      if (request.jobId === 'none') return refuse('not_found', 'There is no job none.');
      await send({ line: 'one' });
      return refuse('unavailable', 'The log went away.');
    });
    const none = client().stream(subscribeLogs, { jobId: 'none' });
    await expect(linesOf(none)).rejects.toMatchObject({ code: 'not_found' });
    const source = client().stream(subscribeLogs, { jobId: 'x' });
    const got: string[] = [];
    await expect((async () => {
      for await (const { line } of source) got.push(line);
    })()).rejects.toMatchObject({ code: 'unavailable', grpcStatus: 'UNAVAILABLE' });
    expect(got).toEqual(['one']);
  });

  test('goes no faster than its client reads', async () => {
    const most = 5_000;
    let sent = 0;
    const { client } = await logs(async ({ send }) => {
      for (; sent < most; sent++) await send({ line: 'x'.repeat(10_000) });
      return ok(null);
    });
    let got = 0;
    let furthest = 0;
    for await (const { line } of client().stream(subscribeLogs, {})) {
      got += line.length / 10_000;
      furthest = Math.max(furthest, sent - got);
      await turn();
    }
    expect(got).toBe(most);
    expect(furthest).toBeLessThan(200);
  });

  test('that its client cancels aborts the signal and the send', async () => {
    const over = Promise.withResolvers<unknown>();
    const { client, log } = await logs(async ({ send, signal }) => {
      await send({ line: 'one' });
      if (!signal().aborted) await once(signal(), 'abort');
      over.resolve(await send({ line: 'two' }).catch((error: unknown) => error));
      return ok(null);
    });
    for await (const { line } of client().stream(subscribeLogs, {})) {
      expect(line).toBe('one');
      break;
    }
    expect(await over.promise).toMatchObject({ name: 'CallEnded', refusal: null });
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('that is canceled while its handler waits for room is no fault', async () => {
    const { client, log, logged } = await logs(async ({ send }) => {
      for (;;) await send({ line: 'x'.repeat(10_000) });
    });
    for await (const { line } of client().stream(subscribeLogs, {})) {
      expect(line.length).toBe(10_000);
      break;
    }
    await logged(({ fields }) => fields['status'] === 'CANCELLED');
    await turn();
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('ends with the token that it was opened with', async () => {
    let good = true;
    const authenticate: Authenticate = async () =>
      good
        ? { ok: true, caller: { userId: 'ola', roles: ['operator'] }, credentials: { type: 'developer' } }
        : { ok: false, problem: 'The login has ended' };
    const { client } = await logs(async ({ send, signal }) => {
      await send({ line: 'one' });
      if (!signal().aborted) await once(signal(), 'abort');
      throw signal().reason;
    }, { authenticate });
    const source = client().stream(subscribeLogs, {});
    const reading = source[Symbol.asyncIterator]();
    await reading.next();
    good = false;
    await expect(reading.next()).rejects.toMatchObject({ code: 'unauthenticated', grpcStatus: 'UNAUTHENTICATED' });
  });

  test('of too many is refused', async () => {
    const { client } = await logs(async ({ send, signal }) => {
      await send({ line: 'one' });
      if (!signal().aborted) await once(signal(), 'abort');
      throw signal().reason;
    }, { maxStreamsPerUser: 1 });
    const first = client().stream(subscribeLogs, {})[Symbol.asyncIterator]();
    await first.next();
    await expect(linesOf(client().stream(subscribeLogs, {}))).rejects.toMatchObject({ code: 'rate_limit' });
    await client({ token: 'mira' }).stream(subscribeLogs, {})[Symbol.asyncIterator]().next();
  });
});

describe('a stream both ways', () => {
  test('needs no token where its messages bring one, and carries each answer in order', async () => {
    const { client } = await agents(async ({ requests, send, context }) => {
      expect(context).toBeNull();
      for await (const { message } of requests) {
        if (message.case === 'logBatch') {
          const { run, firstLine, lineCount } = message.value;
          await send({ message: { case: 'logAck', value: { run, throughLine: firstLine + BigInt(lineCount) - 1n } } });
        }
      }
      return ok(null);
    });
    const call = client({ token: undefined as never }).duplex(connect);
    const acks: bigint[] = [];
    const reading = (async () => {
      for await (const { message } of call) if (message.case === 'logAck') acks.push(message.value.throughLine);
    })();
    for (let batch = 0; batch < 200; batch++) {
      const value = { firstLine: BigInt(batch * 10 + 1), lineCount: 10, body: Buffer.alloc(20_000, batch) };
      await call.send({ message: { case: 'logBatch', value } });
    }
    call.end();
    await reading;
    expect(acks).toEqual(Array.from({ length: 200 }, (_, batch) => BigInt(batch * 10 + 10)));
    expect(await call.ended).toBeNull();
  });

  test('takes from its client no more than it can use', async () => {
    let sent = 0;
    let taken = 0;
    let furthest = 0;
    const { client } = await agents(async ({ requests }) => {
      for await (const { message } of requests) {
        expect(message.case).toBe('logBatch');
        taken += 1;
        furthest = Math.max(furthest, sent - taken);
        for (let turns = 0; turns < 20; turns++) await turn();
      }
      return ok(null);
    });
    const call = client().duplex(connect);
    const body = Buffer.alloc(100_000);
    for (; sent < 300; sent++) await call.send({ message: { case: 'logBatch', value: { body } } });
    call.end();
    expect(await call.ended).toBeNull();
    expect(taken).toBe(300);
    expect(furthest).toBeLessThan(100);
  });

  test('is refused for a message that could not be stored, and the handler unwinds', async () => {
    const unwound = Promise.withResolvers<void>();
    const { client } = await agents(async ({ requests }) => {
      try {
        for await (const request of requests) expect(request.message.case).toBe('heartbeat');
      } finally {
        unwound.resolve();
      }
      return ok(null);
    });
    const call = client().duplex(connect);
    await call.send({ message: { case: 'heartbeat', value: {} } });
    await call.send({ message: { case: 'drain', value: { reason: 'a\0' } } });
    await unwound.promise;
    expect(await call.ended).toMatchObject({
      grpcStatus: 'INVALID_ARGUMENT', fields: { 'drain.reason': 'has a NUL or half a surrogate pair' },
    });
  });

  test('whose first message does not come is ended', async () => {
    const { client } = await agents(async ({ requests }) => {
      for await (const _ of requests);
      return ok(null);
    }, { requestMs: 50 });
    const call = client().duplex(connect);
    const message = 'answered INVALID_ARGUMENT: The request was not received in time.';
    expect(await call.ended).toMatchObject({ message });
  });
});

describe('a server that shuts down', () => {
  test('ends streams as UNAVAILABLE, lets calls end, and says NOT_SERVING to whoever watches', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    server = await startRpcServer([
      answering(LogStreamService, 'operator', {
        subscribeLogs: async ({ send, signal }) => {
          await send({ line: 'one' });
          if (!signal().aborted) await once(signal(), 'abort');
          await send({ line: 'goodbye' });
          return ok(null);
        },
        getLogs: async () => {
          begun.resolve();
          await go.promise;
          return ok({ hasMore: true });
        },
      }),
      answering(WorkerAgentService, 'none', {
        connect: async ({ requests }) => {
          for await (const _ of requests);
          return ok(null);
        },
      }),
    ]);
    const { client } = server;
    const reading = client().stream(subscribeLogs, {})[Symbol.asyncIterator]();
    await reading.next();
    const agent = client().duplex(connect);
    await agent.send({ message: { case: 'heartbeat', value: {} } });
    const watching = client().stream(Health.method.watch, {})[Symbol.asyncIterator]();
    expect((await watching.next()).value).toMatchObject({ status: Status.SERVING });
    const call = client().unary(LogStreamService.method.getLogs, {});
    await begun.promise;
    const closing = server.close(10_000);
    expect((await reading.next()).value).toMatchObject({ line: 'goodbye' });
    await expect(reading.next()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    expect(await agent.ended).toMatchObject({ code: 'unavailable' });
    expect((await watching.next()).value).toMatchObject({ status: Status.NOT_SERVING });
    go.resolve();
    expect(await call).toMatchObject({ hasMore: true });
    await closing;
  });

  test('cuts off what does not end within its time', async () => {
    const begun = Promise.withResolvers<void>();
    const never = new Promise<never>(() => {});
    const { client, close } = await logs(async () => {
      begun.resolve();
      return never;
    });
    const source = client().stream(subscribeLogs, {});
    await begun.promise;
    await close(50);
    expect(await source.ended).not.toBeNull();
  });
});
