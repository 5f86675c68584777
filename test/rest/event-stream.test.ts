import { afterEach, describe, expect, it, vi } from 'vitest';
import { ok } from '../../src/domain/errors.ts';
import { streamOf, type SentEvent } from '../../src/transports/rest/event-stream.ts';
import { Permits } from '../../src/transports/access/permits.ts';
import { asMira, jobId, json, recordingApplication, startApp } from './harness.ts';

afterEach(() => void vi.useRealTimers());

const neverFails = (thrown: unknown): void => {
  throw thrown;
};

const isSent = (): boolean => true;

const event = (id: number): SentEvent => ({ id, type: 'ProgressReported', data: { processed: id } });

/** A flow whose groups are handed over one by one, and that says when it was stopped. */
function flowOf(groups: AsyncIterable<readonly SentEvent[]>) {
  const stopped = vi.fn();
  return { stopped, flow: { events: groups, stop: stopped } };
}

function readerOf(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value && new TextDecoder().decode(value);
    },
  };
}

describe('a stream of events', () => {
  it('sends the retry time at once, then each event with id, type and data', async () => {
    const { flow, stopped } = flowOf(
      (async function* () {
        yield [event(1), event(2)];
      })(),
    );
    const text = await new Response(streamOf(flow, isSent, neverFails)).text();
    expect(text).toBe(
      'retry: 2000\n\n' +
        'id: 1\nevent: ProgressReported\ndata: {"processed":1}\n\n' +
        'id: 2\nevent: ProgressReported\ndata: {"processed":2}\n\n',
    );
    expect(stopped).toHaveBeenCalled();
  });

  it('sends a comment every 15 seconds while nothing happens, and loses no event by it', async () => {
    vi.useFakeTimers();
    const { promise, resolve } = Promise.withResolvers<readonly SentEvent[]>();
    const { flow } = flowOf(
      (async function* () {
        yield await promise;
      })(),
    );
    const { next } = readerOf(streamOf(flow, isSent, neverFails));
    expect(await next()).toBe('retry: 2000\n\n');
    for (let beats = 0; beats < 3; beats++) {
      const beat = next();
      await vi.advanceTimersByTimeAsync(15_000);
      expect(await beat).toBe(':\n\n');
    }
    resolve([event(7)]);
    expect(await next()).toContain('id: 7\n');
    expect(await next()).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads no more from the store than its client reads', async () => {
    let asked = 0;
    const { flow } = flowOf(
      (async function* () {
        for (;;) yield [event(++asked)];
      })(),
    );
    const reader = streamOf(flow, isSent, neverFails).getReader();
    for (let read = 0; read < 10; read++) await reader.read();
    expect(asked).toBeLessThan(12);
    await reader.cancel();
  });

  it('stops reading when the client goes away', async () => {
    const ended = vi.fn();
    const { flow, stopped } = flowOf(
      (async function* () {
        try {
          for (;;) yield [event(1)];
        } finally {
          ended();
        }
      })(),
    );
    const reader = streamOf(flow, isSent, neverFails).getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
    expect(stopped).toHaveBeenCalled();
    expect(ended).toHaveBeenCalled();
  });

  it('ignores events after the client has gone away', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly SentEvent[]>();
    const faults = vi.fn();
    const { flow } = flowOf(
      (async function* () {
        yield await promise;
      })(),
    );
    const reader = streamOf(flow, isSent, faults).getReader();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    resolve([event(1)]);
    expect(await waiting).toMatchObject({ done: true });
    // What the stream does with the group has been done when the microtasks before this are over.
    await new Promise((done) => setImmediate(done));
    expect(faults).not.toHaveBeenCalled();
  });

  it('ends and logs it when the store fails, and the client resumes where it was', async () => {
    const faults: unknown[] = [];
    const { flow, stopped } = flowOf(
      (async function* () {
        yield [event(1)];
        throw new Error('the store is gone');
      })(),
    );
    const text = await new Response(streamOf(flow, isSent, (thrown) => faults.push(thrown))).text();
    expect(text).toMatch(/id: 1\n.*\n.*\n\n$/);
    expect(faults.map(String)).toEqual(['Error: the store is gone']);
    expect(stopped).toHaveBeenCalled();
  });
});

describe('bytes that are streamed', () => {
  /** Each group is written over once the next one is asked for. */
  const reused = (sent: () => boolean) => {
    const bytes = new Uint8Array(4);
    const events = (async function* () {
      for (let group = 1; group <= 3; group++) yield bytes.fill(group);
    })();
    return streamOf({ events, stop: () => {} }, sent, neverFails);
  };
  const chunks = async (stream: ReadableStream<Uint8Array>) => {
    const taken: Uint8Array[] = [];
    for await (const chunk of stream) taken.push(chunk);
    return taken.slice(1);
  };

  it('stay as they were until they are sent, whatever becomes of them where they came from', async () => {
    expect((await chunks(reused(() => false))).map(([first]) => first)).toEqual([1, 2, 3]);
  });

  it('take the same memory again once they are sent', async () => {
    const memories = (await chunks(reused(isSent))).map(({ buffer }) => buffer);
    expect(new Set(memories).size).toBe(1);
  });
});

describe('permits', () => {
  it('are limited for each user and in all, and are released once', () => {
    const streams = new Permits({ what: 'stream', perUser: 2, inAll: 3, retryAfterSeconds: 5 });
    const opened = ['a', 'a', 'b'].map((user) => streams.take(user));
    expect(opened.every(({ ok: isOpen }) => isOpen)).toBe(true);
    expect(streams.take('a')).toMatchObject({ ok: false, refusal: { code: 'rate_limit', retryable: true } });
    expect(streams.take('c')).toMatchObject({ ok: false, refusal: { code: 'unavailable', retryable: true } });
    const [first] = opened;
    if (first?.ok) for (let times = 0; times < 5; times++) first.value();
    expect(streams.take('c').ok).toBe(true);
    expect(streams.take('c').ok).toBe(false);
  });
});

describe('the route that streams', () => {
  /** A task that goes on for ever. */
  const endless = () =>
    startApp({
      application: {
        ...recordingApplication([]),
        tasks: {
          get: async () => ok({ id: jobId, endedAt: null, version: 1 }),
          follow: async (_: unknown, __: unknown, { signal }: { readonly signal: AbortSignal }) =>
            ok(
              (async function* () {
                await new Promise((resolve) => signal.addEventListener('abort', resolve));
              })(),
            ),
        } as never,
      },
    }).app;
  const path = `/api/v1/jobs/${jobId}/events`;

  it('releases its permit when the client goes away', async () => {
    const app = endless();
    for (let times = 0; times < 250; times++) {
      const response = await app.request(path, { headers: asMira });
      expect(response.status).toBe(200);
      await response.body?.cancel();
    }
  });

  it('answers HEAD without opening a stream', async () => {
    const app = endless();
    for (let times = 0; times < 150; times++) {
      const response = await app.request(path, { method: 'HEAD', headers: asMira });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.body).toBeNull();
    }
  });

  it('refuses a user’s 101st stream', async () => {
    const app = endless();
    const opened = await Promise.all(Array.from({ length: 101 }, async () => app.request(path, { headers: asMira })));
    expect(opened.map(({ status }) => status).filter((status) => status !== 200)).toEqual([429]);
    const refused = opened.find(({ status }) => status === 429)!;
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await json(refused)).error?.code).toBe('rate_limit');
    await Promise.all(opened.map((response) => response.body?.locked || response.body?.cancel()));
  });

  it('is described as a stream, with 204 and the header Last-Event-ID', async () => {
    const { paths } = (await (await startApp().app.request('/openapi.json')).json()) as { paths: Record<string, any> };
    const { get } = paths['/api/v1/jobs/{id}/events'];
    expect(Object.keys(get.responses['200'].content)).toEqual(['text/event-stream']);
    expect(get.responses['204']).toEqual({ description: expect.any(String) });
    expect(get.parameters.map(({ name }: { name: string }) => name)).toEqual(['id', 'after', 'Last-Event-ID']);
  });
});
