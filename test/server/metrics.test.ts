import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { startTestServer, type StartedServer } from './server.ts';

const token = 'metrics-t0ken-of-tests';

function read(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers });
}

async function refusedWith(response: Response): Promise<[number, string, string]> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return [response.status, error.code, error.message];
}

/** How often metrics were computed: each time counts the requests before it. */
async function requestsSeen(url: string): Promise<number> {
  const text = await (await read(`${url}/metrics`)).text();
  return Number(/^waybill_http_request_duration_seconds_count\{route="\/livez".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe('metrics in production', () => {
  test('are answered to this machine only, unless they have a token or a port of their own', async () => {
    const { url } = await startTestServer({}, 'production');
    expect((await read(`${url}/metrics`)).status).toBe(200);
    for (const headers of [{ 'x-forwarded-for': '127.0.0.1' }, { via: '1.1 proxy' }, { 'x-real-ip': '::1' }]) {
      const [status, code, message] = await refusedWith(await read(`${url}/metrics`, headers));
      expect([status, code]).toEqual([403, 'forbidden']);
      expect(message).toMatch(/METRICS_TOKEN.*METRICS_PORT/);
    }
  });

  const own = Object.values(networkInterfaces()).flat().find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  test('are not answered to another machine', async (context) => {
    context.skip(own === undefined, 'this machine has no address but loopback');
    const { url } = await startTestServer({ WAYBILL_HOST: '0.0.0.0' }, 'production');
    const elsewhere = url.replace('127.0.0.1', own ?? '');
    expect((await read(`${elsewhere}/livez`)).status).toBe(200);
    expect((await refusedWith(await read(`${elsewhere}/metrics`))).slice(0, 2)).toEqual([403, 'forbidden']);
  });

  test('are answered with the token, wherever it comes from', async () => {
    const { url } = await startTestServer({ METRICS_TOKEN: token }, 'production');
    const answered = await read(`${url}/metrics`, { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.1' });
    expect([answered.status, await answered.text()]).toEqual([200, expect.stringContaining('waybill_jobs')]);
    for (const authorization of ['', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`]) {
      const refused = await read(`${url}/metrics`, { authorization });
      expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect((await refusedWith(refused)).slice(0, 2)).toEqual([401, 'unauthenticated']);
    }
  });

  test('have a port of their own when one is set, with nothing else on it', async () => {
    const server = await startTestServer({ METRICS_PORT: '0' }, 'production');
    const metrics = metricsUrlOf(server);
    expect((await read(metrics, { 'x-forwarded-for': '192.0.2.1' })).status).toBe(200);
    expect((await refusedWith(await read(`${server.url}/metrics`))).slice(0, 2)).toEqual([404, 'not_found']);
    expect((await read(metrics.replace('/metrics', '/api/health'))).status).toBe(404);
    expect((await fetch(metrics, { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    await server.close();
    await expect(read(metrics)).rejects.toThrow();
  });
});

test('metrics are computed at most once a second, however often they are asked for', async () => {
  const { url } = await startTestServer();
  await requestsSeen(url);
  const seen = new Set<number>();
  const until = performance.now() + 900;
  let asked = 0;
  while (performance.now() < until) {
    await read(`${url}/livez`);
    for (const each of await Promise.all([requestsSeen(url), requestsSeen(url)])) seen.add(each);
    asked += 2;
  }
  expect(asked).toBeGreaterThan(10);
  expect(seen.size).toBeLessThanOrEqual(2);
});

function metricsUrlOf({ log }: StartedServer): string {
  const line = log.find((each) => each.includes('"message":"listening"')) ?? '{}';
  return (JSON.parse(line) as { metrics: string }).metrics;
}
