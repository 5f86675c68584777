import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openHealthPort } from '../../src/main/node/worker-health.ts';

async function waybillAnswering(status: number): Promise<{ url: string; server: Server; asked(): number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, asked: () => asked };
}

async function probed(server: string) {
  const health = await openHealthPort(0, server);
  onTestFinished(() => health.close());
  const probe = async (path: string, method = 'GET'): Promise<readonly [number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${health.port}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  return { health, probe };
}

describe('the health port of a worker', () => {
  test('is alive from the start, and ready from when it takes work until it is to stop', async () => {
    const waybill = await waybillAnswering(200);
    const { health, probe } = await probed(waybill.url);
    expect(await probe('/livez?verbose')).toEqual([200, '{"success":true,"data":{"status":"ok"}}\n']);
    expect(await probe('/readyz')).toEqual([503, expect.stringContaining('the worker is starting')]);
    health.started();
    for (let times = 0; times < 5; times++) expect((await probe('/readyz'))[0]).toBe(200);
    expect(waybill.asked()).toBe(1);
    health.stopping();
    expect(await probe('/readyz')).toEqual([503, expect.stringContaining('the worker is stopping')]);
    expect((await probe('/livez'))[0]).toBe(200);
    expect([(await probe('/'))[0], (await probe('/livez', 'POST'))[0]]).toEqual([404, 405]);
  });

  test('is not ready while its server is not, and says why', async () => {
    const draining = await probed((await waybillAnswering(503)).url);
    draining.health.started();
    expect(await draining.probe('/readyz')).toEqual([503, expect.stringContaining('the server answers 503')]);
    const gone = await probed('http://127.0.0.1:29999');
    gone.health.started();
    expect(await gone.probe('/readyz')).toEqual([503, expect.stringMatching(/does not answer: .*127\.0\.0\.1:29999/)]);
  });

  test('that is taken stops the command with a sentence', async () => {
    const { health } = await probed('http://127.0.0.1:1');
    await expect(openHealthPort(health.port, 'http://127.0.0.1:1')).rejects.toThrow(/^--health-port: .*EADDRINUSE/);
    expect((await openHealthPort(undefined, 'http://127.0.0.1:1')).port).toBe(0);
  });
});
