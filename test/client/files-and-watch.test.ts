import { afterEach, describe, expect, test } from 'vitest';
import { ApiError, createClient } from '../../src/main/client/index.ts';
import { answers, hangsUp, refuses, startServer, type MisbehavingServer, type Step } from './misbehaving-server.ts';

const id = '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41';
let server: MisbehavingServer | null = null;

async function serve(...steps: readonly Step[]): Promise<MisbehavingServer> {
  return (server = await startServer(...steps));
}

afterEach(async () => {
  await server?.close();
  server = null;
});

const stored: Step = (response) => void response.writeHead(200).end();

describe('an upload', () => {
  test.each<[string, () => Blob | Uint8Array<ArrayBuffer>]>([
    ['a blob', () => new Blob(['photo'], { type: 'image/jpeg' })],
    ['bytes', () => new TextEncoder().encode('photo')],
  ])('of %s says its length, and is repeated when the connection breaks', async (_, body) => {
    const target = await serve(hangsUp, stored);
    const client = createClient({ server: target.url, token: 'mira' });
    await client.upload(`${target.url}/objects/a?signature=1`, body(), { contentType: 'image/jpeg' });
    const again = target.seen[1];
    expect([again?.method, again?.body, again?.headers['content-length']]).toEqual(['PUT', 'photo', '5']);
    expect(again?.headers['content-type']).toBe('image/jpeg');
  });

  test('does not give the user’s token to the object storage', async () => {
    const target = await serve(stored);
    await createClient({ server: target.url, token: 'mira' }).upload(`${target.url}/a`, new Blob(['x']));
    expect(target.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('of a stream is sent once, since it is read once', async () => {
    const target = await serve(hangsUp, stored);
    const upload = createClient({ server: target.url }).upload(`${target.url}/a`, new Blob(['photo']).stream());
    await expect(upload).rejects.toMatchObject({ code: 'network' });
    expect(target.seen).toHaveLength(1);
  });

  test('that is refused tells why, without the signed URL', async () => {
    const target = await serve(refuses(403, 'forbidden'));
    const upload = createClient({ server: target.url }).upload(`${target.url}/a?signature=1`, new Blob(['x']));
    const error = await upload.then(
      () => null,
      (reason: ApiError) => reason,
    );
    expect(error).toMatchObject({ code: 'forbidden', status: 403 });
    expect(error?.message).not.toContain('signature');
  });
});

test('a download of the client gives the bytes', async () => {
  const target = await serve((response) => void response.end('result'));
  const response = await createClient({ server: target.url }).download(`${target.url}/a`);
  expect(await response.text()).toBe('result');
});

describe('a watch', () => {
  const view = (status: string, done: number, endedAt: string | null = null) =>
    answers({ jobId: id, status, progress: { done, failed: 0, total: 2 }, endedAt, items: [] });
  const quick = { minIntervalMs: 1, maxIntervalMs: 4 };

  test('reports each change once and ends with the job', async () => {
    const end = view('done', 2, '2026-11-22T10:00:00.000Z');
    const target = await serve(view('queued', 0), view('queued', 0), view('running', 1), view('running', 1), end);
    const seen: string[] = [];
    for await (const { status, progress } of createClient({ server: target.url }).watch(id, quick)) {
      seen.push(`${status} ${progress.done}`);
    }
    expect(seen).toEqual(['queued 0', 'running 1', 'done 2']);
    expect(target.seen).toHaveLength(5);
  });

  test('of a job that has ended asks once', async () => {
    const target = await serve(view('canceled', 0, '2026-11-22T10:00:00.000Z'));
    const seen = [];
    for await (const { status } of createClient({ server: target.url }).watch(id)) seen.push(status);
    expect([seen, target.seen.length]).toEqual([['canceled'], 1]);
  });

  test('goes on after the server was away for a while', async () => {
    const away = refuses(503, 'unavailable');
    const target = await serve(view('running', 1), away, hangsUp, view('done', 2, '2026-11-22T10:00:00.000Z'));
    const troubles: string[] = [];
    const seen = [];
    const client = createClient({ server: target.url, retries: 0 });
    const options = { ...quick, onTrouble: ({ code }: ApiError) => troubles.push(code) };
    for await (const { status } of client.watch(id, options)) seen.push(status);
    expect([seen, troubles]).toEqual([
      ['running', 'done'],
      ['unavailable', 'network'],
    ]);
  });

  test('ends at its time limit', async () => {
    const target = await serve(view('running', 1), refuses(503, 'unavailable'));
    const watching = createClient({ server: target.url, retries: 0 }).watch(id, { ...quick, patienceMs: 20 });
    await watching.next();
    await expect(watching.next()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('ends with an error at a refusal', async () => {
    const target = await serve(refuses(404, 'not_found'));
    await expect(createClient({ server: target.url }).watch(id).next()).rejects.toMatchObject({ code: 'not_found' });
  });

  test('ends when it is stopped', async () => {
    const target = await serve(view('running', 1));
    const stop = new AbortController();
    const watching = createClient({ server: target.url }).watch(id, { signal: stop.signal });
    await watching.next();
    const next = watching.next();
    stop.abort();
    await expect(next).rejects.toMatchObject({ code: 'aborted' });
  });
});
