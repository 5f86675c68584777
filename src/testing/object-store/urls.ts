/** Objects by presigned URL: what must work, and what an upload is held to. */
import { expect, it } from 'vitest';
import { bytesOf, minute, read, text, type Context } from './context.ts';

export function urlTests(c: Context): void {
  it('takes an upload, with its type, and gives it back', async () => {
    const key = c.key('url/roundtrip');
    const put = await c.send(await c.store.presignPut(key, minute), {
      method: 'PUT',
      headers: { 'Content-Type': 'image/webp' },
      body: 'hello',
    });
    expect(put.status).toBe(200);
    expect(await c.store.head(key)).toMatchObject({ size: 5, contentType: 'image/webp' });
    const got = await c.send(await c.store.presignGet(key, minute));
    expect([got.status, got.headers.get('content-type'), await got.text()]).toEqual([200, 'image/webp', 'hello']);
    expect(got.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(got.headers.get('etag')).toBe(put.headers.get('etag'));
  });

  it('takes an upload of no bytes and one of a megabyte', async () => {
    for (const size of [0, 1_048_577]) {
      const key = c.key(`url/size-${size}`);
      const body = new Uint8Array(size).fill(7);
      expect((await c.send(await c.store.presignPut(key, minute), { method: 'PUT', body })).status).toBe(200);
      const got = await c.send(await c.store.presignGet(key, minute));
      expect(new Uint8Array(await got.arrayBuffer())).toEqual(body);
    }
  });

  it('answers 404 for what is not there', async () => {
    const got = await c.send(await c.store.presignGet(c.key('url/never'), minute));
    expect(got.status).toBe(404);
    await got.text();
  });

  it('answers HEAD where it says so, and otherwise refuses it', async () => {
    const key = c.key('url/head');
    await c.store.put(key, bytesOf('hello'), text);
    const head = await c.send(await c.store.presignGet(key, minute), { method: 'HEAD' });
    expect(head.status).toBe(c.can.headByGetUrl ? 200 : 403);
    if (c.can.headByGetUrl) expect(head.headers.get('content-length')).toBe('5');
  });
}

export function partTests(c: Context): void {
  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=10-', 416, null, null],
  ])('gives the part %s', async (range, status, content, contentRange) => {
    const key = c.key('url/range');
    await c.store.put(key, bytesOf('0123456789'), text);
    const got = await c.send(await c.store.presignGet(key, minute), { headers: { Range: range } });
    const body = await got.text();
    expect(got.status).toBe(status);
    if (content !== null) expect([body, got.headers.get('content-range')]).toEqual([content, contentRange]);
  });

  it('takes an upload only if there is nothing, when asked to', async ({ skip }) => {
    if (!c.can.putIfAbsent) skip('this store takes no If-None-Match');
    const key = c.key('url/absent');
    const url = await c.store.presignPut(key, minute);
    const put = (body: string) => c.send(url, { method: 'PUT', headers: { 'If-None-Match': '*' }, body });
    expect((await put('first')).status).toBe(200);
    expect((await put('second')).status).toBe(412);
    expect((await read(c.store, key))?.content).toBe('first');
  });
}

export function signingTests(c: Context): void {
  it.each([0, -1, 1.5, 604_801, Number.NaN])('refuses to sign for %d seconds', async (expiresInSeconds) => {
    await expect(c.store.presignGet(c.key('x'), { expiresInSeconds })).rejects.toThrow(/expiresInSeconds/);
    await expect(c.store.presignPut(c.key('x'), { expiresInSeconds })).rejects.toThrow(/expiresInSeconds/);
  });

  it('refuses to sign a type or a length that no request can have', async () => {
    for (const contentType of ['', ' text/plain', 'text/plain\n', 'text/é', 'x'.repeat(256)]) {
      await expect(c.store.presignPut(c.key('x'), { ...minute, contentType })).rejects.toThrow(/content type/);
      await expect(c.store.put(c.key('x'), bytesOf('x'), { contentType })).rejects.toThrow(/content type/);
    }
    for (const contentLength of [-1, 0.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
      await expect(c.store.presignPut(c.key('x'), { ...minute, contentLength })).rejects.toThrow(/contentLength/);
    }
  });
}

export function signedUploadTests(c: Context): void {
  const signed = { ...minute, contentType: 'image/png', contentLength: 5 };
  const png = { 'Content-Type': 'image/png' };
  const refused: [string, Record<string, string>, string | Uint8Array<ArrayBuffer>][] = [
    ['another type', { 'Content-Type': 'text/html' }, '12345'],
    ['a type with a parameter added', { 'Content-Type': 'image/png;a=b' }, '12345'],
    ['no type', {}, bytesOf('12345')],
    ['a shorter body', png, '1234'],
    ['a longer body', png, '123456'],
    ['a far longer body', png, 'x'.repeat(300_000)],
    ['no body', png, ''],
  ];

  it.each(refused)('refuses an upload with %s, and keeps what was there', async (what, headers, body) => {
    const key = c.key(`signed/${what}`);
    for (const before of [null, 'before']) {
      if (before !== null) await c.store.put(key, bytesOf(before), text);
      const response = await c.send(await c.store.presignPut(key, signed), { method: 'PUT', headers, body });
      expect([400, 403]).toContain(response.status);
      await response.text();
      expect((await read(c.store, key))?.content ?? null).toBe(before);
    }
  });

  it('takes the upload that was signed, as often as it comes', async () => {
    const key = c.key('signed/right');
    const url = await c.store.presignPut(key, signed);
    for (const body of ['12345', '67890']) {
      expect((await c.send(url, { method: 'PUT', headers: png, body })).status).toBe(200);
      expect(await read(c.store, key)).toMatchObject({ content: body, info: { contentType: 'image/png' } });
    }
  });

  it('takes a signed length of nothing', async () => {
    const key = c.key('signed/nothing');
    const url = await c.store.presignPut(key, { ...minute, contentLength: 0 });
    expect((await c.send(url, { method: 'PUT', body: '' })).status).toBe(200);
    expect((await c.store.head(key))?.size).toBe(0);
  });
}

export function unsignedUploadTests(c: Context): void {
  it('refuses a body beyond its limit, whether it says its length or not', async ({ skip }) => {
    const { maxObjectBytes } = c.can;
    if (maxObjectBytes === null) return skip('this store has no limit of its own');
    const key = c.key('unsigned/huge');
    const url = await c.store.presignPut(key, minute);
    const bytes = new Uint8Array(maxObjectBytes + 1);
    for (const body of [bytes, new Blob([bytes]).stream()]) {
      const response = await c.send(url, { method: 'PUT', body, duplex: 'half' } as RequestInit);
      expect(response.status).toBe(413);
      expect(await c.store.head(key)).toBeNull();
    }
    expect((await c.send(url, { method: 'PUT', body: bytes.subarray(1) })).status).toBe(200);
    expect((await c.store.head(key))?.size).toBe(maxObjectBytes);
  });

  it('keeps what was there when an upload is broken off', async () => {
    const key = c.key('unsigned/broken');
    await c.store.put(key, bytesOf('before'), text);
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++pulls > 5) controller.error(new Error('the client has gone'));
        else controller.enqueue(new Uint8Array(65_536));
      },
    });
    const url = await c.store.presignPut(key, minute);
    const ended = await c.send(url, { method: 'PUT', body, duplex: 'half' } as RequestInit).catch(() => null);
    expect(ended?.ok ?? false).toBe(false);
    expect((await read(c.store, key))?.content).toBe('before');
  });
}
