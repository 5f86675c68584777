import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../../src/main/client/index.ts';
import { refuses, startServer, type MisbehavingServer, type Step } from './misbehaving-server.ts';

const params = { id: '01935a3e-7c1d-7e62-9f10-3b6c5a8d2e41' };
let server: MisbehavingServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function clientOf(...steps: readonly Step[]) {
  server = await startServer(...steps);
  return createClient({ server: server.url, token: 'mira' });
}

const event = (id: number): string => `id: ${id}\nevent: ProgressReported\ndata: {"processed":${id}}\n\n`;

/** Streams these pieces, then does as said. */
const streams = (pieces: readonly string[], then: 'ends' | 'breaks' | 'stays'): Step => (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const piece of pieces) response.write(piece);
  if (then === 'ends') response.end();
  if (then === 'breaks') setImmediate(() => response.destroy());
};
const nothingMore: Step = (response) => void response.writeHead(204).end();

async function processed(events: AsyncIterable<Readonly<Record<string, unknown>>>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const data of events) seen.push(data['processed']);
  return seen;
}

describe('a stream of events', () => {
  test('is read with the user’s token until the server has nothing more', async () => {
    const whole = `retry: 2000\n\n${event(1)}:\n\n${event(2)}`;
    const client = await clientOf(streams([whole.slice(0, 25), whole.slice(25)], 'ends'), nothingMore);
    expect(await processed(client.taskEvents({ params, query: { after: 0 } }))).toEqual([1, 2]);
    expect(server?.seen.map(({ url, headers }) => [url, headers.authorization, headers['last-event-id']])).toEqual([
      [`/api/v1/jobs/${params.id}/events?after=0`, 'Bearer mira', undefined],
      [`/api/v1/jobs/${params.id}/events?after=0`, 'Bearer mira', '2'],
    ]);
  });

  test('goes on after the last event when the connection breaks, in the middle of one too', async () => {
    const client = await clientOf(
      streams([event(1), event(2).slice(0, 20)], 'breaks'), streams([event(2)], 'ends'), nothingMore,
    );
    expect(await processed(client.taskEvents({ params }))).toEqual([1, 2]);
    expect(server?.seen.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '2']);
  });

  test('is given up when an event grows beyond its limit', async () => {
    const endless: Step = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        while (!response.destroyed) if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
      };
      response.write('id: 1\ndata: ');
      more();
    };
    const client = await clientOf(endless);
    await expect(processed(client.taskEvents({ params }))).rejects.toMatchObject({ code: 'unexpected_answer' });
    expect(server?.seen).toHaveLength(1);
  });

  test('throws what the server refuses', async () => {
    const client = await clientOf(refuses(404, 'not_found'));
    await expect(processed(client.taskEvents({ params }))).rejects.toMatchObject({ code: 'not_found' });
    expect(server?.seen).toHaveLength(1);
  });

  test('stops with its signal, and when it is left', async () => {
    const client = await clientOf(streams([event(1)], 'stays'));
    const stopping = new AbortController();
    const events = client.taskEvents({ params }, { signal: stopping.signal });
    expect((await events.next()).value).toEqual({ processed: 1 });
    const next = events.next();
    stopping.abort();
    await expect(next).rejects.toMatchObject({ code: 'aborted' });
    for await (const data of client.taskEvents({ params })) {
      expect(data).toEqual({ processed: 1 });
      break;
    }
    expect(server?.seen).toHaveLength(2);
  });
});
