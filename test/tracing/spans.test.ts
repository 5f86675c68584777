import { create, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { trace, type Span } from '@opentelemetry/api';
import * as z from 'zod';
import { JobExecutionService } from '../../src/contract/proto/generated/waybill/v1/job_execution_service_pb.ts';
import { createClient } from '../../src/main/client/index.ts';
import { createWorker, DoNotRetry, type Worker } from '../../src/kinds/task/worker/index.ts';
import { defineTask } from '../../src/kinds/task/typed/index.ts';
import { Waybill } from '../../src/main/embedded/index.ts';
import { makeFolder } from '../cli/program.ts';
import { openTestServer, type StartedServer } from '../server/server.ts';
import { startReceiver, type Receiver } from '../services/webhook-receiver.ts';
import { allNames, allSpans, spansOf, traceHere } from './spans.ts';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
const tracing = traceHere();

let server: StartedServer & { remove(): Promise<void> };
let worker: Worker;
let receiver: Receiver;
let inner: Span | undefined;

beforeAll(async () => {
  receiver = await startReceiver((response, number) => response.writeHead(number === 1 ? 500 : 204).end());
  server = await openTestServer({ GRPC_PORT: '0' }, 'dev', { tracing });
  const silent = (): void => {};
  worker = createWorker({
    server: server.url, token: 'ops', signals: false, openTelemetry: tracing.api,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    handlers: {
      import: async (_, context) => {
        context.cost(250);
        inner = trace.getTracer('handler').startSpan('query');
        inner.end();
      },
      broken: () => {
        throw Object.assign(new DoNotRetry('no such table'), { code: '42P01' });
      },
      many: () => {},
    },
  });
});
afterAll(async () => {
  await worker.stop();
  await server.remove();
  await receiver.close();
});

const headers = {
  authorization: 'Bearer mira', 'content-type': 'application/json', traceparent: `00-${traceId}-${spanId}-01`,
};
const submit = async (body: object): Promise<string> => {
  const sent = await fetch(`${server.url}/api/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(body) });
  return ((await sent.json()) as { data: { id: string } }).data.id;
};

describe('a task', () => {
  test('is sent in the trace of its request, and processed in one of its own that is linked to it', async () => {
    const id = await submit({ type: 'import', webhookUrl: receiver.url });
    const [request] = await spansOf('POST /api/v1/jobs');
    expect([request!.spanContext().traceId, request!.parentSpanContext?.spanId]).toEqual([traceId, spanId]);
    expect(request!.attributes).toMatchObject({
      'http.request.method': 'POST', 'http.route': '/api/v1/jobs', 'http.response.status_code': 201,
      'url.path': '/api/v1/jobs',
    });
    const [sent] = await spansOf('send import');
    expect(sent!.parentSpanContext?.spanId).toBe(request!.spanContext().spanId);
    expect([sent!.kind, sent!.attributes]).toEqual([3, {
      'messaging.system': 'waybill', 'messaging.operation.name': 'submit', 'messaging.operation.type': 'send',
      'messaging.destination.name': 'import', 'messaging.message.id': id, 'waybill.job.kind': 'task',
    }]);
    const [processed] = await spansOf('process import');
    expect(processed!.spanContext().traceId).not.toBe(traceId);
    expect(processed!.links.map(({ context }) => context.spanId)).toEqual([sent!.spanContext().spanId]);
    expect([processed!.kind, processed!.attributes]).toEqual([4, {
      'messaging.system': 'waybill', 'messaging.operation.name': 'process', 'messaging.operation.type': 'process',
      'messaging.destination.name': 'import', 'messaging.message.id': id, 'waybill.job.kind': 'task',
      'waybill.attempt': 1, 'waybill.worker.id': expect.stringMatching(/./), 'waybill.cost_micro_usd': 250,
    }]);
    expect(inner!.spanContext().traceId).toBe(processed!.spanContext().traceId);
    const [received] = await spansOf('receive');
    expect(received!.attributes['messaging.batch.message_count']).toBe(1);
    expect(received!.links.map(({ context }) => context.spanId)).toEqual([sent!.spanContext().spanId]);
  });

  test('tells its webhook of the span of the attempt, in the trace in which it was submitted', async () => {
    await receiver.came(1);
    const [attempt] = await spansOf('POST');
    const [sent] = await spansOf('send import');
    expect(attempt!.parentSpanContext?.spanId).toBe(sent!.spanContext().spanId);
    expect(attempt!.attributes).toMatchObject({
      'http.response.status_code': 500, 'error.type': '500',
      'server.address': '127.0.0.1', 'server.port': receiver.port,
    });
    const { spanId: own } = attempt!.spanContext();
    expect(receiver.received[0]?.headers['traceparent']).toBe(`00-${traceId}-${own}-01`);
  });

  test('that fails says so by its code', async () => {
    await submit({ type: 'broken' });
    const [processed] = await spansOf('process broken');
    expect(processed!.attributes['error.type']).toBe('42P01');
    expect(processed!.status).toEqual({ code: 2, message: 'no such table' });
  });

  test('shares the span of those that were sent with it', async () => {
    const mira = createClient({ server: server.url, token: 'mira' });
    await mira.bulkTasks({ body: { action: 'create', jobs: Array.from({ length: 20 }, () => ({ type: 'many' })) } });
    await spansOf('process many', 20);
    const sent = allNames().filter((name) => name === 'send many').length;
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(20);
    const counts = (await spansOf('send many', sent)).map(({ attributes }) =>
      Number(attributes['messaging.batch.message_count'] ?? 1));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20);
  });
});

describe('a job of another kind', () => {
  test('is processed from its start to its end', async () => {
    const mira = createClient({ server: server.url, token: 'mira' });
    const { id } = await mira.submitCommand({ body: { command: 'exit 3' } });
    const [processed] = await spansOf('process command');
    const [sent] = await spansOf('send command');
    expect(processed!.links.map(({ context }) => context.spanId)).toEqual([sent!.spanContext().spanId]);
    expect(processed!.attributes).toMatchObject({
      'messaging.message.id': id, 'waybill.job.kind': 'command', 'error.type': 'FAILED',
    });
    expect(processed!.duration[0] * 1e9 + processed!.duration[1]).toBeGreaterThan(0);
    // Its worker was provisioned by a saga.
    const steps = allNames().filter((name) => name.startsWith('step PROVISIONING/'));
    expect(steps.length).toBeGreaterThan(1);
    const [step] = await spansOf(steps[0]!);
    expect(step!.links.map(({ context }) => context.spanId)).toEqual([sent!.spanContext().spanId]);
    expect([step!.kind, step!.status.code, step!.attributes]).toEqual([0, 0, {
      'waybill.saga.id': expect.any(String), 'waybill.saga.type': 'PROVISIONING',
      'waybill.saga.step': steps[0]!.split('/')[1], 'waybill.job.id': expect.any(String), 'waybill.attempt': 1,
    }]);
  });
});

test('a worker asks for tasks and for children in the trace of its span', async () => {
  const asked: { readonly path: string; readonly traceparent: string | null }[] = [];
  const own: string[] = [];
  const parent = createWorker({
    server: server.url, token: 'ops', signals: false, openTelemetry: tracing.api,
    fetch: (input, init) => {
      const { url, headers: sent } = new Request(input, init);
      asked.push({ path: new URL(url).pathname, traceparent: sent.get('traceparent') });
      return fetch(input, init);
    },
    handlers: {
      parent: async (_, ctx) => {
        own.push(trace.getActiveSpan()!.spanContext().traceId);
        await ctx.run('many', null);
      },
    },
  });
  await submit({ type: 'parent' });
  await spansOf('process parent', 2);
  await parent.stop();
  const traceOf = (end: string): (string | undefined)[] =>
    asked.filter(({ path }) => path.endsWith(end)).map(({ traceparent }) => traceparent?.split('-')[1]);
  expect(traceOf('/children')).toEqual(own);
  const received = allSpans('receive').map((one) => one.spanContext().traceId);
  expect(asked.flatMap(({ traceparent }) => traceparent?.split('-')[1] ?? []).some((id) => received.includes(id)))
    .toBe(true);
});

test('a run is a part of the trace in which it was submitted where that is wanted', async () => {
  process.env['OTEL_WAYBILL_PARENT'] = 'true';
  const other = createWorker({
    server: server.url, token: 'ops', signals: false, openTelemetry: tracing.api, handlers: { part: () => {} },
  });
  delete process.env['OTEL_WAYBILL_PARENT'];
  await submit({ type: 'part' });
  const [processed] = await spansOf('process part');
  const [sent] = await spansOf('send part');
  expect(processed!.parentSpanContext?.spanId).toBe(sent!.spanContext().spanId);
  expect([processed!.spanContext().traceId, processed!.links]).toEqual([traceId, []]);
  await other.stop();
});

test('a platform in a program’s own process traces with the program', async () => {
  const folder = makeFolder();
  const inside = defineTask({ type: 'inside', input: z.null(), output: z.string() });
  const tasks = [inside.handle(() => trace.getActiveSpan()!.spanContext().spanId)];
  const waybill = await Waybill.open({ dataDir: folder.path, tasks, openTelemetry: tracing.api });
  const run = await waybill.run(inside, null);
  const own = await run.result();
  const [processed] = await spansOf('process inside');
  const [sent] = await spansOf('send inside');
  expect(processed!.spanContext().spanId).toBe(own);
  expect(processed!.links.map(({ context }) => context.spanId)).toEqual([sent!.spanContext().spanId]);
  await waybill.close();
  folder.remove();
});

test('a call of gRPC is traced by its method, and what it submits is below it', async () => {
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer mira');
  metadata.set('traceparent', `00-${traceId}-${spanId}-01`);
  const client = new Client(server.grpcAddress!, credentials.createInsecure());
  onTestFinished(() => client.close());
  const { input } = JobExecutionService.method.queueJob;
  const method = 'waybill.v1.JobExecutionService/QueueJob';
  const call = (command: string) => new Promise<number>((resolve) => {
    const request = Buffer.from(toBinary(input, create(input, { jobDefinition: { name: 'traced', command } })));
    const pass = (bytes: Buffer): Buffer => bytes;
    client.makeUnaryRequest(`/${method}`, pass, pass, request, metadata, (error) => resolve(error?.code ?? 0));
  });
  expect([await call('true'), await call('')]).toEqual([0, 3]);
  const [called, refused] = await spansOf(method, 2);
  const { kind, parentSpanContext: above } = called!;
  expect([kind, called!.spanContext().traceId, above?.spanId]).toEqual([1, traceId, spanId]);
  expect([called, refused].map((one) => [one!.attributes, one!.status.code])).toEqual(['OK', 'INVALID_ARGUMENT'].map(
    (status) => [{ 'rpc.system.name': 'grpc', 'rpc.method': method, 'rpc.response.status_code': status }, 0],
  ));
  const sent = await spansOf('send command', 2);
  expect(sent.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toContain(called!.spanContext().spanId);
});

test('what is asked for all the time is not traced', async () => {
  await fetch(`${server.url}/livez`);
  await fetch(`${server.url}/metrics`);
  await fetch(`${server.url}/nowhere`);
  await spansOf('GET');
  expect(allNames().filter((name) => /livez|metrics|work/.test(name))).toEqual([]);
});
