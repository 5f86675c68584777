import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFilesystemObjects } from '../../src/objects/filesystem/index.ts';
import { realClock, startObjectServer, type ObjectServer } from './filesystem-server.ts';
import { beginRequest } from './raw-http.ts';

const minute = { expiresInSeconds: 60 };
const text = { contentType: 'text/plain' };
const bytesOf = (content: string) => new TextEncoder().encode(content);
const maxObjectBytes = 1_000_000;

let server: ObjectServer;
beforeAll(async () => {
  server = await startObjectServer({ maxObjectBytes, maxUploads: { perKey: 8 } });
});
afterAll(() => server.close());

const unfinished = () => readdir(join(server.folder, 'incoming'));

async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const body = (await response.json()) as { success: boolean; error: { code: string; message: string } };
  expect(body.success).toBe(false);
  expect(Object.keys(body.error)).toEqual(['code', 'message']);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  return { status: response.status, ...body.error };
}

describe('refusals of the file system store say what is wrong', () => {
  const key = 'refused/here';
  const put = async (options: object, init: RequestInit) =>
    errorOf(await fetch(await server.objects.presignPut(key, { ...minute, ...options }), { method: 'PUT', ...init }));

  it('without a signature, with a wrong one, and after its time', async () => {
    const url = await server.objects.presignGet(key, minute);
    const bare = await errorOf(await fetch(url.split('?')[0] as string));
    expect(bare).toEqual({ status: 403, code: 'forbidden', message: 'the URL is not signed' });
    const wrong = await errorOf(await fetch(url.replace('signature=', 'signature=A')));
    expect(wrong).toMatchObject({ status: 403, code: 'forbidden' });
    const old = server.at({ now: () => Date.now() - 60_000 });
    const expired = await errorOf(await fetch(await old.presignGet(key, minute)));
    expect(expired).toEqual({ status: 403, code: 'forbidden', message: 'the URL has expired' });
  });

  it('with another length or type', async () => {
    expect(await put({ contentLength: 3 }, { body: 'four' })).toEqual({
      status: 400,
      code: 'invalid_request',
      message: 'Content-Length must be 3 bytes, as signed; the request has 4',
    });
    expect(await put({ contentType: 'image/png' }, { body: 'x', headers: { 'Content-Type': 'text/html' } })).toEqual({
      status: 400,
      code: 'invalid_request',
      message: 'Content-Type must be "image/png", as signed; the request has "text/html"',
    });
  });

  it('with a body beyond the limit', async () => {
    const message = 'an object may have 1000000 bytes at most';
    const body = new Uint8Array(maxObjectBytes + 1);
    expect(await put({}, { body })).toEqual({ status: 413, code: 'invalid_request', message });
  });

  it('with parameters that it would have to ignore', async () => {
    for (const headers of [
      { 'Content-Encoding': 'gzip' },
      { 'Content-Range': 'bytes 0-1/2' },
      { 'If-Match': '"x"' },
      { 'If-None-Match': '"x"' },
    ]) {
      expect(await put({}, { body: 'x', headers })).toMatchObject({ status: 400, code: 'invalid_request' });
    }
  });

  it('for an unknown method, path or key', async () => {
    const url = await server.objects.presignGet(key, minute);
    expect(await errorOf(await fetch(url, { method: 'DELETE' }))).toMatchObject({ status: 405 });
    expect(await errorOf(await fetch(url))).toMatchObject({ status: 404, code: 'not_found' });
    const elsewhere = new Request(`http://127.0.0.1:${server.port}/elsewhere`);
    expect(await errorOf(await server.objects.handle(elsewhere))).toMatchObject({ status: 404 });
    const broken = url.replace('refused/here', 'refused/%zz');
    expect(await errorOf(await fetch(broken))).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('when another secret signed', async () => {
    const options = { folder: server.folder, publicUrl: `http://127.0.0.1:${server.port}`, clock: realClock };
    const stranger = createFilesystemObjects({ ...options, secret: new Uint8Array(32).fill(9) });
    expect((await fetch(await stranger.presignGet(key, minute))).status).toBe(403);
    expect(() => createFilesystemObjects({ ...options, secret: 'too short' })).toThrow(/at least 16 bytes/);
  });
});

describe('browsers and the file system store', () => {
  it('answers the preflight of an upload from any origin', async () => {
    const response = await fetch(await server.objects.presignPut('cors', minute), {
      method: 'OPTIONS',
      headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'PUT' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('content-type');
  });

  it.each([
    ['text/html', 'attachment'],
    ['text/html; charset=utf-8', 'attachment'],
    ['image/svg+xml', 'attachment'],
    ['application/xhtml+xml', 'attachment'],
    ['text/xml', 'attachment'],
    ['application/javascript', 'attachment'],
    ['application/pdf', 'attachment'],
    ['IMAGE/PNG', 'inline'],
    ['image/jpeg', 'inline'],
    ['text/plain; charset=utf-8', 'inline'],
  ])('hands out an uploaded %s as %s, sandboxed and not guessed at', async (contentType, disposition) => {
    const key = `active/${encodeURIComponent(contentType)}/it's "the" page.html`;
    await server.objects.put(key, bytesOf('<script>alert(1)</script>'), { contentType });
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(await server.objects.presignGet(key, minute), { method });
      await response.text();
      expect(response.headers.get('content-disposition')).toBe(
        `${disposition}; filename*=UTF-8''it%27s%20%22the%22%20page.html`,
      );
      expect(response.headers.get('content-security-policy')).toContain('sandbox');
      expect(response.headers.get('content-security-policy')).not.toContain('allow-');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-type')).toBe(contentType);
    }
  });

  it('get 304 for a version that they have, and ranges only of the requested version', async () => {
    await server.objects.put('etag', bytesOf('0123456789'), text);
    const url = await server.objects.presignGet('etag', minute);
    const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') as string;
    expect((await fetch(url, { headers: { 'If-None-Match': `"other", ${etag}` } })).status).toBe(304);
    const part = (ifRange: string) => fetch(url, { headers: { Range: 'bytes=0-0', 'If-Range': ifRange } });
    expect((await part(etag)).status).toBe(206);
    expect(await (await part('"other"')).text()).toBe('0123456789');
    await server.objects.put('etag', bytesOf('9876543210'), text);
    expect((await fetch(url, { headers: { 'If-None-Match': etag } })).status).toBe(200);
  });

  it.each([
    ['bytes=-0', 416],
    ['bytes=5-2', 200],
    ['bytes=0-1,3-4', 200],
    ['bytes=-', 200],
    ['lines=1-2', 200],
    ['bytes=99999999999999999999-', 200],
  ])('answers the range %s with %d', async (range, status) => {
    await server.objects.put('ranges', bytesOf('0123456789'), text);
    const response = await fetch(await server.objects.presignGet('ranges', minute), { headers: { Range: range } });
    await response.text();
    expect(response.status).toBe(status);
    if (status === 416) expect(response.headers.get('content-range')).toBe('bytes */10');
  });
});

describe('uploads to the file system store', () => {
  it('work with Expect: 100-continue', async () => {
    const url = await server.objects.presignPut('expect', minute);
    const { request, answer } = beginRequest(url, {
      method: 'PUT',
      headers: { Expect: '100-continue', 'Content-Length': 5, 'Content-Type': 'text/plain' },
    });
    request.flushHeaders();
    await new Promise((resolve) => request.once('continue', resolve));
    request.end('hello');
    expect((await answer).status).toBe(200);
    expect(await server.objects.head('expect')).toMatchObject({ size: 5 });
  });

  it('are refused for a length beyond the limit before the body is read', async () => {
    const url = await server.objects.presignPut('announced', minute);
    const { request, answer } = beginRequest(url, { method: 'PUT', headers: { 'Content-Length': 10 ** 12 } });
    request.flushHeaders();
    expect((await answer).status).toBe(413);
    request.destroy();
    await server.answered();
    expect(await unfinished()).toEqual([]);
  });

  it('are refused for an existing object before the body is read', async () => {
    await server.objects.put('taken', bytesOf('x'), text);
    const headers = { 'Content-Length': 10, 'If-None-Match': '*' };
    const url = await server.objects.presignPut('taken', minute);
    const { request, answer } = beginRequest(url, { method: 'PUT', headers });
    request.flushHeaders();
    expect((await answer).status).toBe(412);
    request.destroy();
  });

  it.each([{ 'Content-Length': 500_000 }, {}])('leave nothing behind when broken off (%j)', async (headers) => {
    const url = await server.objects.presignPut('broken/off', minute);
    const { request } = beginRequest(url, { method: 'PUT', headers: headers as Record<string, number> });
    await new Promise<void>((resolve) => request.write(Buffer.alloc(300_000), () => resolve()));
    while ((await unfinished()).length === 0) await new Promise(setImmediate);
    request.destroy();
    await server.answered();
    expect(await unfinished()).toEqual([]);
    expect(await server.objects.head('broken/off')).toBeNull();
  });

  it('are refused with a body that is not as long as declared', async () => {
    const url = await server.objects.presignPut('lying', minute);
    for (const length of ['4', '6']) {
      const request = new Request(url, { method: 'PUT', headers: { 'Content-Length': length }, body: '12345' });
      expect(await errorOf(await server.objects.handle(request))).toMatchObject({ status: 400 });
    }
    expect(await server.objects.head('lying')).toBeNull();
  });

  it('are ended when they fall silent or never end', async () => {
    for (const [limits, said] of [
      [{ uploadIdleMs: 30 }, /nothing came for 30 ms/],
      [{ uploadTotalMs: 30 }, /longer than 30 ms/],
    ] as const) {
      const slow = await startObjectServer(limits);
      try {
        const url = await slow.objects.presignPut('slow', minute);
        const { request, answer } = beginRequest(url, { method: 'PUT', headers: { 'Content-Length': 10 } });
        request.write('five!');
        const { status, text: body } = await answer;
        expect([status, body]).toEqual([408, expect.stringMatching(said)]);
        expect(await readdir(join(slow.folder, 'incoming'))).toEqual([]);
        request.destroy();
      } finally {
        await slow.close();
      }
    }
  });

  it('are limited in number, and the next is asked to retry later', async () => {
    const narrow = await startObjectServer({ maxUploads: { inAll: 1 } });
    try {
      const url = await narrow.objects.presignPut('one', minute);
      const first = beginRequest(url, { method: 'PUT', headers: { 'Content-Length': 10 } });
      first.request.write('five!');
      while ((await readdir(join(narrow.folder, 'incoming'))).length === 0) await new Promise(setImmediate);
      const second = await fetch(url, { method: 'PUT', body: 'x' });
      expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
      first.request.end('five!');
      expect((await first.answer).status).toBe(200);
      expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
    } finally {
      await narrow.close();
    }
  });

  it('let exactly one of many create-only requests win', async () => {
    const url = await server.objects.presignPut('first/wins', minute);
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const response = await fetch(url, { method: 'PUT', headers: { 'If-None-Match': '*' }, body: `${index}` });
        return { status: response.status, body: `${index}` };
      }),
    );
    const won = answers.filter((answer) => answer.status === 200);
    expect([won.length, answers.filter((answer) => answer.status === 412).length]).toEqual([1, 7]);
    const got = await fetch(await server.objects.presignGet('first/wins', minute));
    expect(await got.text()).toBe(won[0]?.body);
    expect(await unfinished()).toEqual([]);
  });

  it('work below a path, whether a proxy strips it or not', async () => {
    const proxied = await startObjectServer({ publicUrl: 'https://example.test/jobs/' });
    try {
      const url = new URL(await proxied.objects.presignPut('a/b', minute));
      expect(url.pathname).toBe('/jobs/objects/a/b');
      for (const path of ['/jobs/objects/a/b', '/objects/a/b']) {
        const request = new Request(`http://10.0.0.1${path}${url.search}`, { method: 'PUT', body: path });
        expect((await proxied.objects.handle(request)).status).toBe(200);
        expect(await new Response((await proxied.objects.get('a/b'))?.body).text()).toBe(path);
      }
    } finally {
      await proxied.close();
    }
  });
});

describe('downloads from the file system store', () => {
  it('close the file when the reader disconnects', async ({ skip }) => {
    if (!existsSync('/proc/self/fd')) skip('this system does not tell which files are open');
    const large = await startObjectServer();
    const openFiles = async () => {
      const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
      return (await Promise.all(links)).filter((path) => path.startsWith(large.folder)).length;
    };
    try {
      // More than the sockets between us hold, so that the server cannot have read it all.
      await large.objects.put('large', new Uint8Array(40_000_000), text);
      const { request } = beginRequest(await large.objects.presignGet('large', minute), {});
      const received = new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
      request.end();
      (await received).pause();
      expect(await openFiles()).toBe(1);
      request.destroy();
      while ((await openFiles()) > 0) await new Promise(setImmediate);
      const reader = (await large.objects.get('large'))?.body.getReader();
      await reader?.read();
      expect(await openFiles()).toBe(1);
      await reader?.cancel();
      expect(await openFiles()).toBe(0);
    } finally {
      await large.close();
    }
  });
});
