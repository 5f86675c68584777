import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { ok, refuse } from '../../src/contract/errors.ts';
import { WorkerAgentService } from '../../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import type { RpcClient } from '../../src/worker/grpc/rpc-client.ts';
import { RpcError } from '../../src/worker/grpc/rpc-error.ts';
import { keepSession, type SessionOptions } from '../../src/worker/grpc/sessions.ts';
import { answering, startRpcServer, type TestServer } from './harness.ts';

const { connect } = WorkerAgentService.method;
const atOnce = { backoff: { firstMs: 1, maxMs: 10 }, maxRetryAfterMs: 10 };

const servers = new Set<TestServer>();
const stopping = new AbortController();
afterEach(async () => {
  await Promise.all([...servers].map((each) => each.close(0)));
  servers.clear();
});

/** Answers each heartbeat of an agent with its own name, and says who registers. */
async function agentServer(name: string, registered: (name: string) => void = () => {}): Promise<TestServer> {
  const server = await startRpcServer([
    answering(WorkerAgentService, 'none', {
      connect: async ({ requests, send }) => {
        for await (const { message } of requests) {
          if (message.case === 'register' && message.value.token === 'wrong') {
            return refuse('unauthenticated', 'The token is none of ours.');
          }
          if (message.case === 'register') registered(name);
          await send({ message: { case: 'drain', value: { reason: name } } });
        }
        return ok(null);
      },
    }),
  ], { keepalive: { afterMs: 200, answerMs: 200 } });
  servers.add(server);
  return server;
}

const options = (addresses: readonly string[]): SessionOptions => ({
  servers: addresses, tls: null, connectMs: 5_000, pauses: atOnce, signal: stopping.signal,
  keepalive: { afterMs: 200, answerMs: 200 },
});

/** A session that registers, and goes on until the stream ends. */
async function agent(client: RpcClient, established: () => void, token = 'right'): Promise<void> {
  const call = client.duplex(connect);
  await call.send({ message: { case: 'register', value: { token } } });
  for await (const { message } of call) if (message.case === 'drain') established();
}

test('an agent goes to the next server when its own is gone, and comes back when there is one again', async () => {
  const seen: string[] = [];
  let next = Promise.withResolvers<string>();
  const registered = (name: string): void => {
    seen.push(name);
    next.resolve(name);
  };
  const a = await agentServer('a', registered);
  const b = await agentServer('b', registered);
  const over = new AbortController();
  const session = keepSession({ ...options([a.address, b.address]), signal: over.signal }, agent);
  const first = await next.promise;
  next = Promise.withResolvers();
  const [own, other] = first === 'a' ? [a, b] : [b, a];
  await own.close(0);
  expect(await next.promise).toBe(first === 'a' ? 'b' : 'a');
  next = Promise.withResolvers();
  await other.close(0);
  const port = Number(own.address.split(':')[1]);
  const again = await startRpcServer([
    answering(WorkerAgentService, 'none', {
      connect: async ({ requests }) => {
        for await (const _ of requests) registered('again');
        return ok(null);
      },
    }),
  ], { port });
  servers.add(again);
  expect(await next.promise).toBe('again');
  over.abort();
  await again.close(0);
  await session;
});

test('a server that is frozen is noticed, by its silence', async () => {
  const target = await agentServer('a');
  const port = Number(target.address.split(':')[1]);
  const sockets: Socket[] = [];
  let frozen = false;
  const proxy = createServer((socket) => {
    const through = createConnection(port, '127.0.0.1');
    sockets.push(socket, through);
    socket.on('data', (chunk) => frozen || through.write(chunk)).on('error', () => {});
    through.on('data', (chunk) => frozen || socket.write(chunk)).on('error', () => {});
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const lost = Promise.withResolvers<unknown>();
  const session = keepSession(
    { ...options([`127.0.0.1:${(proxy.address() as AddressInfo).port}`]), isFinal: () => true },
    (client, established) =>
      agent(client, () => {
        frozen = true;
        established();
      }),
  ).catch(lost.resolve);
  const error = await lost.promise;
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toMatchObject({ retryable: true, code: null });
  await session;
  // The server has noticed as well, and let go of the call.
  await target.logged(({ fields }) => fields['method'] === '/waybill.v1.WorkerAgentService/Connect');
  for (const socket of sockets) socket.destroy();
  proxy.close();
});

test('what a server refuses for good ends it', async () => {
  const { address } = await agentServer('a');
  const lost: unknown[] = [];
  const refused = keepSession(
    {
      ...options([address]),
      isFinal: (error) => error instanceof RpcError && error.code === 'unauthenticated',
      onLost: (error) => lost.push(error),
    },
    (client, established) => agent(client, established, 'wrong'),
  );
  await expect(refused).rejects.toMatchObject({ code: 'unauthenticated', retryable: false });
  expect(lost).toEqual([]);
});

test('without any server it tries on, in rounds, until it is told to end', async () => {
  const over = new AbortController();
  const pauses: number[] = [];
  await keepSession(
    {
      ...options(['127.0.0.1:1', '127.0.0.1:2']),
      signal: over.signal,
      connectMs: 50,
      onLost: (_error, _server, pauseMs) => {
        if (pauses.push(pauseMs) === 6) over.abort();
      },
    },
    agent,
  );
  expect(pauses.map((ms) => ms > 0)).toEqual([false, true, false, true, false, true]);
});
