import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createNameResolver } from '../../src/main/node/name-resolver.ts';
import { createWebhookTransport } from '../../src/main/node/webhook-transport.ts';
import { startReceiver, type Receiver } from './webhook-receiver.ts';

const open: Receiver[] = [];
afterEach(() => Promise.all(open.splice(0).map((receiver) => receiver.close())));

async function receiver(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...given);
  open.push(started);
  return started;
}

const anywhere = createWebhookTransport({ allowPrivate: true });
const request = { headers: { 'x-test': 'yes' }, body: '{"straße":"Řeznická 🧨"}', timeoutMs: 5_000 };

describe('the webhook transport', () => {
  it('posts the exact bytes, with the headers', async () => {
    const { url, received } = await receiver();
    expect(await anywhere.post({ ...request, url })).toEqual({ status: 204, retryAfter: null, body: '' });
    expect(received[0]?.body.equals(Buffer.from(request.body))).toBe(true);
    expect(received[0]?.headers).toMatchObject({
      'x-test': 'yes', 'content-length': String(Buffer.byteLength(request.body)),
    });
  });

  it('reports the status of any response, and its Retry-After', async () => {
    const { url } = await receiver((response) => response.writeHead(503, { 'retry-after': '120' }).end('later'));
    expect(await anywhere.post({ ...request, url })).toEqual({ status: 503, retryAfter: '120', body: 'later' });
  });

  it('follows no redirect', async () => {
    const target = await receiver();
    const { url } = await receiver((response) => response.writeHead(307, { location: target.url }).end());
    expect(await anywhere.post({ ...request, url })).toMatchObject({ status: 307 });
    expect(target.received).toEqual([]);
  });

  it('gives a receiver that does not answer no more than its time', async () => {
    const { url } = await receiver(() => {});
    expect(await anywhere.post({ ...request, url, timeoutMs: 60 })).toEqual({
      status: null, error: 'No answer within 0.06 s.',
    });
  });

  it('accepts a response whose body never ends', async () => {
    const { url } = await receiver((response) => response.writeHead(200).write('drip'));
    expect(await anywhere.post({ ...request, url, timeoutMs: 1_000 })).toMatchObject({ status: 200 });
  });

  it('reads 64 KB of a response, and hangs up', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(200);
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(32_768), more));
      more();
    });
    expect(await anywhere.post({ ...request, url, timeoutMs: 30_000 })).toMatchObject({ status: 200 });
  });

  it('reports why a connection fails or is cut', async () => {
    const cutting = await receiver((response) => response.destroy());
    expect(await anywhere.post({ ...request, url: cutting.url })).toEqual({
      status: null, error: 'The connection was cut (ECONNRESET).',
    });
    const { url, close } = await startReceiver();
    await close();
    const refused = await anywhere.post({ ...request, url });
    expect(refused).toMatchObject({ status: null, error: 'The connection was refused (ECONNREFUSED).' });
    const header = await anywhere.post({ ...request, url, headers: { 'bad header': 'x' } });
    expect(header).toMatchObject({ status: null, error: expect.stringContaining('could not be made') });
  });
});

describe('private addresses of webhook receivers', () => {
  it('in a URL are refused when it is sent to, however it came to be stored', async () => {
    const { url, port, received } = await receiver();
    const { post } = createWebhookTransport({ allowPrivate: false });
    const others = ['0x7f.1', '[::ffff:127.0.0.1]', 'localhost'].map((host) => `http://${host}:${port}/`);
    for (const each of [url, ...others]) {
      expect(await post({ ...request, url: each })).toMatchObject({ status: null, error: expect.any(String) });
    }
    expect(received).toEqual([]);
  });

  it('that a name resolves to are refused, be it only one of several', async () => {
    const { port, received } = await receiver();
    for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['::ffff:10.0.0.1'], ['169.254.169.254']]) {
      const { post } = createWebhookTransport({
        allowPrivate: false,
        resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      });
      const answer = await post({ ...request, url: `http://shop.example:${port}/` });
      expect(answer).toMatchObject({ status: null, error: expect.stringContaining('no public address') });
    }
    expect(received).toEqual([]);
  });

  it('are reached under a name where they are allowed, which is resolved once: to what is looked at', async () => {
    const { port, received } = await receiver();
    const asked: string[] = [];
    const { post } = createWebhookTransport({
      allowPrivate: true,
      resolve: async (name) => {
        asked.push(name);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    expect(await post({ ...request, url: `http://shop.example:${port}/` })).toMatchObject({ status: 204 });
    expect([asked, received[0]?.headers['host']]).toEqual([['shop.example'], `shop.example:${port}`]);
  });

  it('do not include a name that is not found or has no address', async () => {
    const nowhere = createWebhookTransport({ allowPrivate: true, resolve: async () => [] });
    expect(await nowhere.post({ ...request, url: 'http://shop.example/' })).toMatchObject({
      status: null, error: 'The name shop.example has no address.',
    });
    const unknown = createWebhookTransport({
      allowPrivate: true, resolve: () => Promise.reject(new Error('getaddrinfo ENOTFOUND')),
    });
    expect(await unknown.post({ ...request, url: 'http://shop.example/' })).toMatchObject({
      status: null, error: 'getaddrinfo ENOTFOUND',
    });
  });
});

describe('host names', () => {
  it('whose name servers never answer block no threads that other look-ups need', async () => {
    const silent = createSocket('udp4');
    const asked = new Set<string>();
    silent.on('message', (message) => asked.add(message.toString('latin1').match(/dead-\d+/)?.[0] ?? ''));
    await new Promise<void>((bound) => silent.bind(0, '127.0.0.1', bound));
    const resolve = createNameResolver([`127.0.0.1:${silent.address().port}`], 500);
    const dead = Array.from({ length: 20 }, (_, index) => resolve(`dead-${index}.example`).catch(String));
    const [, localhost] = await Promise.all([lookup('localhost'), resolve('localhost')]);
    expect(localhost).toContainEqual({ address: '127.0.0.1', family: 4 });
    for (const outcome of await Promise.all(dead)) expect(outcome).toMatch('its name servers do not answer');
    expect(asked.size).toBe(20);
    silent.close();
  }, 30_000);
});
