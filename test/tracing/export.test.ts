import { afterEach, describe, expect, test, vi } from 'vitest';
import { readTracingSettings } from '../../src/main/node/tracing/settings.ts';
import { startTracing, type Tracing } from '../../src/main/node/tracing/start.ts';
import { startReceiver, type Receiver } from '../services/webhook-receiver.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function collector(): Promise<Receiver> {
  const receiver = await startReceiver((response) => response.writeHead(200).end());
  closing.push(() => receiver.close());
  return receiver;
}

/** With what it was warned of. */
async function started(env: Record<string, string>): Promise<{ tracing: Tracing; warnings: string[] }> {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const tracing = await startTracing(env, { service: 'waybill', version: '1.2.3', warn });
  if (tracing === null) throw new Error(`nothing is traced: ${warnings.join()}`);
  closing.push(() => tracing.stop());
  return { tracing, warnings };
}

function trace({ tracer }: Tracing, name: string): void {
  tracer.start({ name, kind: 'client' }).end();
}

describe('spans', () => {
  test('are sent by OTLP with the headers and names that the variables have', async () => {
    const { port, received } = await collector();
    const { tracing } = await started({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`, OTEL_EXPORTER_OTLP_HEADERS: 'x-team=blue%20team',
      OTEL_SERVICE_NAME: 'orders', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.name=other',
    });
    trace(tracing, 'one of ours');
    await tracing.stop();
    expect(received.map(({ headers }) => [headers['content-type'], headers['x-team']])).toEqual([
      ['application/x-protobuf', 'blue team'],
    ]);
    const sent = String(received[0]?.body);
    for (const text of ['one of ours', 'orders', 'deployment.environment.name', '1.2.3']) expect(sent).toContain(text);
    expect(sent).not.toContain('other');
  });

  test('that are not sampled are not sent', async () => {
    const { port, received } = await collector();
    const { tracing } = await started({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    trace(tracing, 'left out');
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    tracing.tracer.start({ name: 'wanted by its caller', kind: 'server', parent }).end();
    await tracing.stop();
    const sent = received.map(({ body }) => String(body)).join();
    expect(sent).toContain('wanted by its caller');
    expect(sent).not.toContain('left out');
  });

  test('are in lines of the log', async () => {
    const { port } = await collector();
    const { tracing } = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    expect(tracing.logFields()).toBeNull();
    const span = tracing.tracer.start({ name: 'logged', kind: 'server' });
    const [, traceId, spanId] = span.traceparent.split('-');
    await tracing.tracer.within(span, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(tracing.logFields()).toEqual({ trace_id: traceId, span_id: spanId });
    });
    span.end();
  });

  test('that no collector takes are told of once, and stop nobody', async () => {
    const { tracing, warnings } = await started({
      // Port 9 takes nothing.
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '5',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_MAX_QUEUE_SIZE: '20', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    });
    for (let at = 0; at < 200; at++) trace(tracing, 'lost');
    await tracing.stop(300);
    for (let at = 0; at < 200; at++) trace(tracing, 'lost too');
    await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 30_000 });
    expect(warnings[0]).toMatch(/^spans are lost: /);
  });
});

describe('the variables', () => {
  const read = (env: Record<string, string>, warnings: string[] = []) =>
    readTracingSettings(env, { service: 'waybill', version: '1', warn: (message) => warnings.push(message) });
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

  test.each([
    {}, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, { ...endpoint, OTEL_SDK_DISABLED: 'true' },
    { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
  ])('trace nothing where they are %j', (env) => {
    expect(read(env as Record<string, string>)).toBeNull();
  });

  test('say where spans go, by the signal first', () => {
    expect(read(endpoint)?.url).toBe('http://collector:4318/v1/traces');
    const other = 'http://other/here';
    expect(read({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: other })?.url).toBe(other);
    expect(read(endpoint)?.sampler).toEqual({ name: 'parentbased_always_on', ratio: 1 });
    expect(read({ ...endpoint, OTEL_WAYBILL_PARENT: 'true' })?.runsAreParts).toBe(true);
  });

  test.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /must be an http\(s\) URL/, true],
    [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /is "grpc": spans are sent by http\/protobuf/, false],
    [{ ...endpoint, OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /must be one of always_on, /, false],
    [{ ...endpoint, OTEL_TRACES_SAMPLER_ARG: 'half' }, /must be a number from 0 to 1/, false],
  ])('%j are told of', (env, problem, isOff) => {
    const warnings: string[] = [];
    expect(read(env as Record<string, string>, warnings) === null).toBe(isOff);
    expect(warnings).toEqual([expect.stringMatching(problem)]);
  });
});
