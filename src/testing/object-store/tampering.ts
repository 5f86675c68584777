/** URLs that were changed, have run out or climb. */
import { expect, it } from 'vitest';
import { bytesOf, minute, read, text, type Context } from './context.ts';

const climbs = [
  '%2e%2e%2f',
  '..%2f',
  '%2e%2e/',
  '%2f',
  '%5c..%5c',
  '%00',
  '%252e%252e%252f',
  '....//',
  '%c0%ae%c0%ae/',
  '%',
];

export function tamperTests(c: Context): void {
  const key = c.key('tamper/target');
  const other = c.key('tamper/other');
  const putOf = (body = 'stolen') => ({ method: 'PUT', body });

  it('knows an URL without signature for what it is', async () => {
    await c.store.put(key, bytesOf('secret'), text);
    const bare = (await c.store.presignGet(key, minute)).split('?')[0] as string;
    for (const init of [{}, putOf(), { method: 'DELETE' }]) {
      const response = await c.send(bare, init);
      expect(response.ok).toBe(false);
      expect(await response.text()).not.toContain('secret');
    }
    expect((await read(c.store, key))?.content).toBe('secret');
  });

  it('refuses every URL of which one parameter was changed or taken away', async () => {
    await c.store.put(key, bytesOf('secret'), text);
    const signed = await c.store.presignPut(key, { ...minute, contentType: 'text/plain', contentLength: 6 });
    const headers = { 'Content-Type': 'text/plain' };
    for (const name of new URL(signed).searchParams.keys()) {
      for (const change of ['cut', 'longer', 'drop'] as const) {
        const url = new URL(signed);
        const value = url.searchParams.get(name) ?? '';
        if (change === 'drop') url.searchParams.delete(name);
        else url.searchParams.set(name, change === 'longer' ? `${value}0` : flipLast(value));
        const response = await c.send(url, { ...putOf(), headers });
        await response.text();
        expect([name, change, [400, 401, 403].includes(response.status)]).toEqual([name, change, true]);
      }
    }
    expect((await read(c.store, key))?.content).toBe('secret');
    const untouched = await c.send(signed, { ...putOf(), headers });
    expect(untouched.status).toBe(200);
  });

  it('refuses the signature of another key', async () => {
    await c.store.put(other, bytesOf('secret'), text);
    const put = (await c.store.presignPut(key, minute)).replace('tamper/target', 'tamper/other');
    const get = (await c.store.presignGet(key, minute)).replace('tamper/target', 'tamper/other');
    expect((await c.send(put, putOf())).status).toBe(403);
    expect((await c.send(get)).status).toBe(403);
    expect((await read(c.store, other))?.content).toBe('secret');
  });

  it('refuses the signature of another method', async () => {
    await c.store.put(key, bytesOf('secret'), text);
    expect((await c.send(await c.store.presignPut(key, minute))).status).toBe(403);
    expect((await c.send(await c.store.presignGet(key, minute), putOf())).status).toBe(403);
    for (const method of ['DELETE', 'POST']) {
      const response = await c.send(await c.store.presignPut(key, minute), { method });
      expect([403, 405]).toContain(response.status);
    }
    expect((await read(c.store, key))?.content).toBe('secret');
  });

  it('refuses an URL once its time has passed, and not before', async () => {
    await c.store.put(key, bytesOf('secret'), text);
    const earlier = c.under.at({ now: () => Date.now() - 30_000 });
    expect((await c.send(await earlier.presignGet(key, { expiresInSeconds: 29 }))).status).toBe(403);
    expect((await c.send(await earlier.presignPut(key, { expiresInSeconds: 29 }), putOf())).status).toBe(403);
    expect((await read(c.store, key))?.content).toBe('secret');
    expect((await c.send(await earlier.presignGet(key, { expiresInSeconds: 600 }))).status).toBe(200);
  });
}

export function climbTests(c: Context): void {
  it.each(climbs)('does not let a path with %s out of its folder', async (step) => {
    const signed = await c.store.presignGet(c.key('climb/target'), minute);
    const [path = '', query = ''] = signed.split('?');
    for (const times of [1, 3, 12]) {
      const climbing = path.replace('climb/target', `${step.repeat(times)}etc/passwd`);
      const response = await c.send(`${climbing}?${query}`).catch(() => null);
      expect(response?.ok ?? false).toBe(false);
      await response?.text();
    }
  });
}

function flipLast(value: string): string {
  const last = value.at(-1) === '0' ? '1' : '0';
  return value.slice(0, -1) + last;
}
