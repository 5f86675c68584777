import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeFolder, start } from '../cli/program.ts';
import { startReceiver, type Receiver } from '../services/webhook-receiver.ts';

const folder = makeFolder();
let collector: Receiver;
beforeAll(async () => {
  collector = await startReceiver((response) => response.writeHead(200).end());
});
afterAll(async () => {
  await collector.close();
  folder.remove();
});

/** All that was sent as a service, as text: names stand in it as they are. */
function sentAs(service: string): string {
  return collector.received.map(({ body }) => String(body)).filter((text) => text.includes(service)).join('\n');
}

test('a server and the process of its handlers send their spans, and log in which they were', async () => {
  const api = import.meta.resolve('@opentelemetry/api');
  writeFileSync(join(folder.path, 'handlers.mjs'), `import { trace } from ${JSON.stringify(api)};
    export const greet = async ({ traceparent }) => {
      trace.getTracer('mine').startActiveSpan('query of a handler', (span) => span.end());
      return trace.getActiveSpan().spanContext().traceId;
    };\n`);
  const server = start([
    'serve', '--dev', '--port', '0', '--data', join(folder.path, 'data'), '--log-level', 'debug',
    '--handlers', join(folder.path, 'handlers.mjs'),
  ], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`, GRPC_ENABLED: 'false' } });
  const [, url = ''] = await server.says(/^Waybill listens on (\S+)\n/);
  const headers = { authorization: 'Bearer mira', 'content-type': 'application/json' };
  const sent = await fetch(`${url}/api/v1/jobs`, { method: 'POST', headers, body: '{"type":"greet"}' });
  const { data: { id } } = (await sent.json()) as { data: { id: string } };
  const traceId = await vi.waitFor(async () => {
    const { data } = (await (await fetch(`${url}/api/jobs/${id}`, { headers })).json()) as { data: { result: string } };
    expect(data.result).toMatch(/^[\da-f]{32}$/);
    return data.result;
  }, { timeout: 20_000, interval: 100 });
  server.process.kill('SIGTERM');
  const { status, stderr } = await server.ended;
  expect(status).toBe(0);
  expect(sentAs('waybill-worker')).toMatch(/process greet[^]*query of a handler|query of a handler[^]*process greet/);
  expect(Buffer.concat(collector.received.map(({ body }) => body)).toString('hex')).toContain(traceId);
  expect(collector.received.map(({ body }) => String(body)).join()).toContain('POST /api/v1/jobs');
  const lines = stderr.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const request = lines.find(({ message, route }) => message === 'request' && route === '/api/v1/jobs');
  expect(request).toMatchObject({
    trace_id: expect.stringMatching(/^[\da-f]{32}$/), span_id: expect.stringMatching(/^[\da-f]{16}$/),
  });
});

test('a worker without the packages says what to install, and works', async () => {
  const worker = start([
    'worker', 'tasks', '--server', 'http://127.0.0.1:9', '--token', 'ops', '--handlers',
    join(folder.path, 'handlers.mjs'), '--log-format', 'text',
  ], {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.port}`,
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(withoutSdk)}`,
    },
  });
  const missing = /npm i @opentelemetry\/api@1 @opentelemetry\/sdk-trace@3 /;
  await worker.says(new RegExp(`^[\\d:.]+ warn  Nothing is traced: .*${missing.source}`, 'm'));
  await worker.says(/^[\d:.]+ info {2}worker started /m);
  worker.process.kill('SIGKILL');
  await worker.ended.catch(() => {});
});

const withoutSdk = `import { registerHooks } from 'node:module';
registerHooks({ resolve(name, context, next) {
  if (name === '@opentelemetry/sdk-trace') throw new Error('Cannot find package');
  return next(name, context);
} });`;
