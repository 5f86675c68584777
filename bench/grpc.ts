/**
 * What gRPC carries: calls, and lines of logs either way. The server runs in a process of its own. In that process a
 * server of the library alone answers the same calls, in turns with it, with the same bytes.
 *
 *   node bench/grpc.ts [--seconds=5] [--at-once=64]
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ok } from '../src/contract/errors.ts';
import { JobState } from '../src/contract/proto/generated/waybill/v1/job_pb.ts';
import { JobExecutionService } from '../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import {
  LogStreamService, type JobLogEntrySchema,
} from '../src/contract/proto/generated/waybill/v1/log_stream_service_pb.ts';
import { WorkerAgentService } from '../src/contract/proto/generated/waybill/v1/worker_agent_service_pb.ts';
import { createAuthenticator } from '../src/transports/access/authenticator.ts';
import { mountedRpc } from '../src/transports/grpc/rpc.ts';
import { createRpcServer } from '../src/transports/grpc/server.ts';
import { RpcClient } from '../src/worker/grpc/rpc-client.ts';
import { keepSession } from '../src/worker/grpc/sessions.ts';

const jobId = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
const job = {
  job: { jobId: { value: jobId }, name: 'bench', command: '/bin/bash', arguments: ['-c', 'echo hi'] },
  status: JobState.RUNNING,
};
const batch = 500;
/** Each as long as the other, one after the other. */
const turns = 4;
const text = 'A line of a log as programs write them: 2026-11-28T20:30:00.000Z info step 17 of 40 is done';

if (process.send === undefined) await measure();
else await serve();

async function serve(): Promise<void> {
  const never = async (): Promise<never> => {
    throw new Error('not measured');
  };
  const jobs = { queueJob: never, listJobs: never, cancelJob: never, retryJob: never, watchJob: never };
  const rpc = createRpcServer({
    mounted: [
      mountedRpc(JobExecutionService, 'operator', {
        ...jobs,
        getJob: async () => ok(job),
      }),
      mountedRpc(LogStreamService, 'operator', {
        getLogs: never,
        getLogFile: never,
        async streamLogs({ send, signal }) {
          for (let first = 1; !signal().aborted; first += batch) {
            await send({ entries: Array.from({ length: batch }, (_, index) => entry(first + index)) });
          }
          return ok(null);
        },
        async subscribeLogs({ send, signal }) {
          for (let sequence = 1; !signal().aborted; sequence++) await send(entry(sequence));
          return ok(null);
        },
      }),
      mountedRpc(WorkerAgentService, 'none', {
        async connect({ requests, send }) {
          for await (const { message } of requests) {
            if (message.case !== 'logBatch') continue;
            const { run, firstLine, lineCount } = message.value;
            const value = { ...(run && { run }), throughLine: firstLine + BigInt(lineCount) - 1n };
            await send({ message: { case: 'logAck', value } });
          }
          return ok(null);
        },
      }),
    ],
    authenticate: createAuthenticator({ jwtSecret: null, devMode: true, findApiKey: async () => null, clock: Date }),
    devMode: true,
    trustProxy: false,
    newRequestId: () => crypto.randomUUID(),
    ready: async () => {},
    tls: null,
    maxMessageBytes: 1_048_576,
    maxCallsPerUser: 0,
    maxStreamsPerUser: 0,
    requestMs: 30_000,
    logger: { debug: () => {}, info: () => {}, error: (message, fields) => console.error(message, fields) },
  });
  const listener = createServer({ noDelay: true }, (socket) => rpc.accept(socket));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  process.on('message', () => process.send!(process.cpuUsage()));
  process.send!([(listener.address() as AddressInfo).port, await bareServer()]);
}

/** Answers GetJob with the same bytes, which it has made before. Its port. */
async function bareServer(): Promise<number> {
  const { output, name } = JobExecutionService.method.getJob;
  const answer = Buffer.from(toBinary(output, create(output, job)));
  const server = new Server();
  const asIs = (bytes: Buffer): Buffer => bytes;
  const handler = (_call: unknown, respond: (error: null, bytes: Buffer) => void): void => respond(null, answer);
  server.register(`/${JobExecutionService.typeName}/${name}`, handler, asIs, asIs, 'unary');
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}

function entry(sequence: number): MessageInitShape<typeof JobLogEntrySchema> {
  return {
    jobId, line: text, isStderr: false, sequence: BigInt(sequence), timestamp: { seconds: 1_795_896_600n, nanos: 0 },
  };
}

async function measure(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, 'at-once': { type: 'string', default: '64' } },
  });
  const ms = Number(values.seconds) * 1_000;
  const child = fork(fileURLToPath(import.meta.url));
  const [[port, barePort]] = (await once(child, 'message')) as [[number, number]];
  const address = `127.0.0.1:${port}`;
  const client = new RpcClient({ address, tls: null, token: 'ola' });
  const bare = new RpcClient({ address: `127.0.0.1:${barePort}`, tls: null });
  try {
    const atOnce = Number(values['at-once']);
    for (const one of [client, bare]) await calls(one, atOnce, Math.min(ms, 1_000));
    for (let turn = 0; turn < turns; turn++) {
      await report(child, `unary calls, ${atOnce} at once`, () => calls(client, atOnce, ms / turns));
      await report(child, 'the same by the library alone', () => calls(bare, atOnce, ms / turns));
    }
    const { streamLogs, subscribeLogs } = LogStreamService.method;
    await report(child, `lines of StreamLogs, ${batch} a message`, () =>
      lines(client.stream(streamLogs, { jobId }), ({ entries }) => entries.length, ms));
    await report(child, 'lines of SubscribeLogs', () =>
      lines(client.stream(subscribeLogs, { jobId }), () => 1, ms));
    await report(child, 'lines of an agent, 2,000 a batch', () => agentLines(address, ms));
  } finally {
    client.close();
    bare.close();
    child.kill();
  }
}

async function calls(client: RpcClient, atOnce: number, ms: number): Promise<number> {
  const until = performance.now() + ms;
  let count = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (performance.now() < until) {
      await client.unary(JobExecutionService.method.getJob, { jobId: { value: jobId } });
      count += 1;
    }
  }));
  return count;
}

async function lines<T>(source: AsyncIterable<T>, linesOf: (message: T) => number, ms: number): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  for await (const message of source) {
    count += linesOf(message);
    if (performance.now() - startedAt > ms) break;
  }
  return count;
}

/** The next batch after the acknowledgement of the one before, as an agent sends them. */
async function agentLines(address: string, ms: number): Promise<number> {
  const lineCount = 2_000;
  const line = JSON.stringify({ at: 1_795_896_600_000, stream: 'out', text });
  const body = gzipSync(`${line}\n`.repeat(lineCount));
  const startedAt = performance.now();
  let through = 0n;
  const pauses = { backoff: { firstMs: 100, maxMs: 1_000 }, maxRetryAfterMs: 1_000 };
  const ended = new AbortController();
  const options = { servers: [address], tls: null, connectMs: 5_000, pauses, signal: ended.signal };
  await keepSession(options, async (client) => {
    const call = client.duplex(WorkerAgentService.method.connect);
    const next = (): Promise<void> =>
      call.send({ message: { case: 'logBatch', value: { firstLine: through + 1n, lineCount, body } } });
    await next();
    for await (const { message } of call) {
      if (message.case !== 'logAck') continue;
      through = message.value.throughLine;
      if (performance.now() - startedAt > ms) return call.end();
      await next();
    }
  });
  return Number(through);
}

/** How many a second, and the server's processor time for each, which busy neighbours move less. */
async function report(server: ChildProcess, what: string, work: () => Promise<number>): Promise<void> {
  const [before, startedAt] = [await processorTime(server), performance.now()];
  const count = await work();
  const perSecond = Math.round((count / (performance.now() - startedAt)) * 1_000).toLocaleString('en');
  const micros = ((await processorTime(server)) - before) / count;
  console.log(`${what.padEnd(40)} ${perSecond.padStart(12)} /s ${micros.toFixed(2).padStart(10)} µs each`);
}

async function processorTime(server: ChildProcess): Promise<number> {
  server.send('usage');
  const [{ user, system }] = (await once(server, 'message')) as [NodeJS.CpuUsage];
  return user + system;
}
