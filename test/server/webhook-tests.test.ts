import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from '../cli/program.ts';
import { request, type Answer } from '../contract/user.ts';
import { openTestServer, type StartedServer } from './server.ts';

let server: StartedServer & { remove(): Promise<void> };
let answer = { status: 200, body: 'ok' };
const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
const receiver = createServer(async (incoming, response) => {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  received.push({ headers: incoming.headers, body });
  response.writeHead(answer.status).end(answer.body);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await openTestServer();
});
afterAll(async () => {
  receiver.close();
  await server.remove();
});

const ask = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  request(server.url + path, method, body, { authorization: `Bearer ${who}` });
const here = (path: string): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;

async function tested(who: string, url: string): Promise<any> {
  const made = await ask(who, 'POST', '/api/v1/webhooks/test', { url });
  expect([made.status, made.body.data.jobId, made.body.data.type]).toEqual([201, null, 'webhook.test']);
  const path = `/api/v1/webhooks/deliveries/${made.body.data.deliveryId}`;
  const shown = async () => (await ask(who, 'GET', path)).body.data;
  await expect.poll(async () => (await shown()).delivery.state, { timeout: 10_000 }).not.toBe('pending');
  return shown();
}

describe('a test of a webhook', () => {
  test('is signed as all others, and shows how the answer begins', async () => {
    answer = { status: 200, body: `${'ä'.repeat(600)}\u0000` };
    const { delivery, attempts, body } = await tested('mira', here('/hook'));
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, url: here('/hook') });
    expect(attempts).toMatchObject([{ status: 200, error: null, body: 'ä'.repeat(512) }]);
    const { secret } = (await ask('mira', 'GET', '/api/v1/webhooks/secret')).body.data;
    const { headers, body: sent } = received.at(-1)!;
    expect(sent).toBe(body);
    expect(new Webhook(secret).verify(sent, headers as Record<string, string>)).toMatchObject({ type: 'webhook.test' });
  });

  test('is not repeated when it fails, and is sent again when it is wanted', async () => {
    answer = { status: 500, body: '{"error":"no database"}' };
    const { delivery, attempts } = await tested('mira', here('/broken'));
    expect([delivery.state, attempts[0].body, attempts.length]).toEqual(['failed', '{"error":"no database"}', 1]);
    answer = { status: 204, body: '' };
    const path = `/api/v1/webhooks/deliveries/${delivery.deliveryId}`;
    await ask('mira', 'POST', `${path}/replay`);
    const bodies = async () => (await ask('mira', 'GET', path)).body.data.attempts.map((one: any) => one.body);
    await expect.poll(bodies, { timeout: 10_000 }).toEqual(['{"error":"no database"}', '']);
    expect((await ask('kim', 'GET', path)).status).toBe(404);
  });

  test('goes nowhere where no webhook would go, and not more than ten times a minute', async () => {
    const wrong = await ask('eve', 'POST', '/api/v1/webhooks/test', { url: 'ftp://example.com/' });
    expect([wrong.status, Object.keys(wrong.body.error.details.fields)]).toEqual([400, ['url']]);
    answer = { status: 410, body: '' };
    expect((await tested('eve', here('/gone'))).delivery.state).toBe('disabled');
    expect((await ask('eve', 'POST', '/api/v1/webhooks/test', { url: here('/gone') })).status).toBe(409);
    answer = { status: 200, body: 'ok' };
    const sent = await Promise.all(Array.from({ length: 10 }, () =>
      ask('eve', 'POST', '/api/v1/webhooks/test', { url: here('/many') })));
    const refused = sent.find(({ status }) => status === 429);
    expect(sent.filter(({ status }) => status === 201)).toHaveLength(9);
    expect(refused?.body.error.code).toBe('rate_limit');
  });

  test('is asked for on the command line', async () => {
    const env = { WAYBILL_SERVER: server.url, WAYBILL_TOKEN: 'lou' };
    answer = { status: 200, body: 'thank you' };
    const fine = await runHere(['webhook', 'test', here('/cli')], env);
    expect([fine.status, fine.stdout]).toEqual([0, expect.stringMatching(/^200 in \d+ ms: delivered\nthank you\n$/)]);
    answer = { status: 404, body: 'nothing here' };
    const gone = await runHere(['webhook', 'test', here('/cli')], env);
    expect(gone.status).toBe(1);
    expect(gone.stdout).toContain('The receiver answered 404.\nnothing here');
  });
});
