/** The S3 store against a server that misbehaves: each test says what it answers, in order. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createS3Objects, type S3ObjectsOptions } from '../../src/objects/s3/index.ts';
import { ObjectStoreFailure } from '../../src/ports/object-store.ts';

type Step = (request: IncomingMessage, response: ServerResponse) => void;

let close: (() => Promise<void>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

async function serve(steps: readonly Step[], options: Partial<S3ObjectsOptions> = {}) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split('?')[0]}`);
    const step = steps[Math.min(seen.length, steps.length) - 1] as Step;
    request.resume();
    request.once('end', () => step(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const objects = createS3Objects({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    bucket: 'bucket',
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    clock: { now: () => Date.now() },
    timeoutMs: 5_000,
    retry: { attempts: 3, baseDelayMs: 1, maxDelayMs: 20 },
    ...options,
  });
  return { objects, seen };
}

const status = (code: number, body = '', headers: Record<string, string> = {}): Step => (_, response) => {
  response.writeHead(code, headers).end(body);
};
const reset: Step = (request) => request.socket.destroy();
const silence: Step = () => {};
const object = { 'Content-Type': 'text/plain', 'Last-Modified': 'Sun, 22 Nov 2026 00:00:00 GMT' };
const emptyList = '<ListBucketResult></ListBucketResult>';
const error = (code: string) => `<Error><Code>${code}</Code><Message>said so</Message></Error>`;

async function failureOf(work: Promise<unknown>): Promise<ObjectStoreFailure> {
  const failure = await work.then(() => null, (thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ObjectStoreFailure);
  return failure as ObjectStoreFailure;
}

describe('an upload to S3 that is made while it is sent', () => {
  async function* parts(from: readonly string[], fault: Error | null = null): AsyncGenerator<Uint8Array> {
    for (const part of from) yield new TextEncoder().encode(part);
    if (fault !== null) throw fault;
  }

  it('has its length, and is made anew when it is tried again', async () => {
    const bodies: string[] = [];
    const taken = (code: number): Step => (request, response) => {
      bodies.push(`${request.headers['content-length']} ${request.headers['transfer-encoding']}`);
      response.writeHead(code).end();
    };
    const { objects, seen } = await serve([taken(503), taken(200)]);
    let made = 0;
    const body = { byteLength: 6, parts: () => (made++, parts(['one', 'two'])) };
    await objects.put('key', body, { contentType: 'text/plain' });
    expect([made, bodies, seen.length]).toEqual([2, ['6 undefined', '6 undefined'], 2]);
  });

  it('fails as its making does, and is not tried again', async () => {
    const { objects, seen } = await serve([status(200)]);
    const body = { byteLength: 6, parts: () => parts(['one'], new Error('there is no more')) };
    await expect(objects.put('key', body, { contentType: 'text/plain' })).rejects.toThrow('there is no more');
    expect(seen.length).toBeLessThan(2);
  });
});

describe('an S3 server in trouble', () => {
  it.each([
    ['503', status(503)],
    ['429', status(429, '', { 'Retry-After': '1' })],
    ['500', status(500, error('InternalError'))],
    ['a broken connection', reset],
  ])('is asked again after %s', async (_, fault) => {
    const { objects, seen } = await serve([fault, fault, status(200, emptyList)]);
    expect(await objects.list('')).toEqual({ objects: [], cursor: null });
    expect(seen.length).toBe(3);
  });

  it('is asked again with the same body', async () => {
    const bodies: string[] = [];
    const server = await serve([status(503), status(200)], {
      fetch: async (input, init) => {
        bodies.push(new TextDecoder().decode(init?.body as Uint8Array<ArrayBuffer>));
        return fetch(input, init);
      },
    });
    await server.objects.put('k', new TextEncoder().encode('body'), { contentType: 'text/plain' });
    expect(bodies).toEqual(['body', 'body']);
    expect(server.seen).toEqual(['PUT /bucket/k', 'PUT /bucket/k']);
  });

  it('is given up after the last attempt, with its message', async () => {
    const { objects, seen } = await serve([status(503, error('SlowDown'))]);
    const failure = await failureOf(objects.delete(['k']));
    expect(failure.message).toBe('S3 answered DELETE "k" with 503 SlowDown (said so)');
    expect([failure.retryable, seen.length]).toEqual([true, 3]);
  });

  it.each([
    ['InvalidAccessKeyId', 403, /the access key is unknown there/],
    ['SignatureDoesNotMatch', 403, /the secret access key or the region is wrong/],
    ['RequestTimeTooSkewed', 403, /the clock of this machine is wrong/],
    ['NoSuchBucket', 404, /there is no such bucket/],
    ['PermanentRedirect', 301, /in another region or at another endpoint/],
  ])('is not asked again after %s, and the message says what to do', async (code, answer, hint) => {
    const { objects, seen } = await serve([status(answer, error(code))]);
    const failure = await failureOf(objects.check());
    expect(failure.message).toMatch(hint);
    expect([failure.retryable, seen.length]).toEqual([false, 1]);
    expect((await failureOf(objects.list(''))).message).toMatch(hint);
  });

  it('is not followed where it redirects to', async () => {
    const { objects, seen } = await serve([status(307, '', { Location: 'http://127.0.0.1:9/elsewhere' })]);
    expect((await failureOf(objects.head('k'))).message).toMatch(/in another region or at another endpoint/);
    expect(seen.length).toBe(1);
  });

  it('is not waited for longer than the limit', async () => {
    const { objects, seen } = await serve([silence], { timeoutMs: 40 });
    const failure = await failureOf(objects.list(''));
    expect(failure.message).toMatch(/cannot be reached: .*no answer in 40 ms/);
    expect(seen.length).toBe(3);
  });

  it('is not waited for longer than the limit in the middle of a body', async () => {
    const half: Step = (_, response) => {
      response.writeHead(200, { ...object, 'Content-Length': '10' });
      response.write('12345');
    };
    const { objects } = await serve([half], { timeoutMs: 40 });
    const got = await objects.get('k');
    const failure = await failureOf(new Response(got?.body).text());
    expect(failure.message).toMatch(/broke off: no data in 40 ms/);
    expect((await failureOf(objects.list(''))).message).toMatch(/broke off/);
  });

  it('is asked again for a list that was cut short', async () => {
    const torn: Step = (request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('<ListBucketResult>', () => request.socket.destroy());
    };
    const { objects, seen } = await serve([torn, status(200, emptyList)]);
    expect((await objects.list('')).objects).toEqual([]);
    expect(seen.length).toBe(2);
  });

  it('that is unreachable is named in the message', async () => {
    const { objects } = await serve([silence], { endpoint: 'http://127.0.0.1:9' });
    expect((await failureOf(objects.check())).message).toMatch(/S3 at http:\/\/127\.0\.0\.1:9 cannot be reached: /);
  });

  it.each([
    ['nothing of the object but its bytes', {}, /Last-Modified/],
    ['an object that fetch would unpack', { ...object, 'Content-Encoding': 'identity' }, /Content-Encoding/],
  ])('has its answer refused when it gives %s', async (_, headers, said) => {
    const { objects } = await serve([status(200, 'hello', { 'Content-Length': '5', ...headers })]);
    expect((await failureOf(objects.get('k'))).message).toMatch(said);
    expect((await failureOf(objects.head('k'))).message).toMatch(said);
  });

  it('has a list refused that is too long or malformed', async () => {
    const { objects } = await serve([status(200, ' '.repeat(9 * 1024 * 1024)), status(200, '<html>')]);
    expect((await failureOf(objects.list(''))).message).toMatch(/more than 8388608 bytes/);
    expect((await failureOf(objects.list(''))).message).toMatch(/it is not a complete ListBucketResult/);
  });

  it('may lack an object, which is no error', async () => {
    const { objects, seen } = await serve([status(404, error('NoSuchKey'))]);
    expect([await objects.get('k'), await objects.head('k')]).toEqual([null, null]);
    await objects.delete(['k']);
    expect(seen).toEqual(['GET /bucket/k', 'HEAD /bucket/k', 'DELETE /bucket/k']);
  });

  it('deletes no further after the first failure', async () => {
    const { objects, seen } = await serve([status(403, error('AccessDenied')), status(204)]);
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    expect((await failureOf(objects.delete(keys))).message).toMatch(/has no right to this bucket/);
    expect(seen.length).toBeLessThan(50);
  });
});

describe('the address of a bucket', () => {
  const base = { region: 'eu-1', bucket: 'my.bucket', accessKeyId: 'key', secretAccessKey: 'secret' };
  const clock = { now: () => Date.UTC(2026, 10, 22) };
  const minute = { expiresInSeconds: 60 };

  it('signs for the address that clients know, and talks to its own', async () => {
    const publicEndpoint = 'https://files.example:8443/s3';
    const { objects, seen } = await serve([status(200, emptyList)], { publicEndpoint });
    expect(await objects.presignPut('a b', minute)).toMatch(/^https:\/\/files\.example:8443\/s3\/bucket\/a%20b\?/);
    await objects.list('');
    expect(seen).toEqual(['GET /bucket']);
  });

  it('is a path or a host', async () => {
    const endpoint = 'https://s3.example/';
    const path = createS3Objects({ ...base, endpoint, clock });
    expect(await path.presignGet('k', minute)).toMatch(/^https:\/\/s3\.example\/my\.bucket\/k\?/);
    const virtual = createS3Objects({ ...base, endpoint, clock, forcePathStyle: false });
    expect(await virtual.presignGet('k', minute)).toMatch(/^https:\/\/my\.bucket\.s3\.example\/k\?/);
  });

  it.each([
    [{ endpoint: 'not a url' }, /not a URL/],
    [{ endpoint: 'ftp://s3.example' }, /http or https/],
    [{ endpoint: 'https://user:secret@s3.example' }, /^(?!.*secret@).*credentials/],
    [{ bucket: 'a/b' }, /bucket name/],
    [{ bucket: '..' }, /bucket name/],
    [{ publicEndpoint: 'nowhere' }, /not a URL/],
    [{ region: '' }, /region is empty/],
    [{ secretAccessKey: '' }, /secretAccessKey is empty/],
  ])('is refused at the start when it is %j', (wrong, message) => {
    expect(() => createS3Objects({ ...base, endpoint: 'https://s3.example', clock, ...wrong })).toThrow(message);
  });

  it('signs a type and a length with an upload', async () => {
    const objects = createS3Objects({ ...base, endpoint: 'https://s3.example', clock });
    const url = await objects.presignPut('k', { ...minute, contentType: 'image/png', contentLength: 5 });
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    await expect(objects.presignPut('k', { ...minute, contentLength: 6 * 1024 ** 3 })).rejects.toThrow(/at most/);
  });
});

describe('parts of objects in S3', () => {
  const partOf = (content: string): Step => (request, response) => {
    const [, from = 0, to = 0] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []).map(Number);
    if (from >= content.length) return void response.writeHead(416).end();
    const part = content.slice(from, to + 1);
    const range = `bytes ${from}-${from + part.length - 1}/${content.length}`;
    response.writeHead(206, { ...object, 'Content-Range': range, 'Content-Length': part.length }).end(part);
  };

  it('are requested by range; there is nothing after the end', async () => {
    const head = status(200, '', { ...object, 'Content-Length': '10' });
    const { objects, seen } = await serve([partOf('0123456789'), partOf('0123456789'), head]);
    const middle = await objects.get('key', { offset: 3, length: 4 });
    expect([middle?.info.size, await new Response(middle?.body).text()]).toEqual([10, '3456']);
    const behind = await objects.get('key', { offset: 10, length: 4 });
    expect([behind?.info.size, await new Response(behind?.body).text()]).toEqual([10, '']);
    expect(seen.map((one) => one.split(' ')[0])).toEqual(['GET', 'GET', 'HEAD']);
  });

  it('are not all of it', async () => {
    const { objects } = await serve([status(200, 'everything', object)]);
    const failure = await failureOf(objects.get('key', { offset: 3, length: 4 }));
    expect(failure.message).toContain('the answer has all of it');
  });
});
