import { describe, expect, test, vi } from 'vitest';
import { defaultLimits, type ImageWorkerLimits } from '../../src/kinds/image-set/worker/limits.ts';
import type { ImageSetMessage } from '../../src/kinds/image-set/worker/message.ts';
import { createReporter } from '../../src/kinds/image-set/worker/report.ts';

interface Request {
  readonly url: string;
  readonly idx: readonly number[];
  answer(status: number, body: unknown): void;
  breakOff(): void;
}

const callbackUrl = 'http://waybill.test/api/jobs/7/callback';
const done = { status: 'done' } as const;
const never = new AbortController().signal;

/** A reporter whose requests are answered by the test, one after the other. */
function reporter(limits: Partial<ImageWorkerLimits> = {}) {
  const requests: Request[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const body = JSON.parse(String(init.body)) as { idx: number; callbacks?: { idx: number }[] };
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    init.signal!.addEventListener('abort', () => reject(init.signal!.reason));
    requests.push({
      url: url.slice(url.lastIndexOf('/') + 1),
      idx: (body.callbacks ?? [body]).map(({ idx }) => idx),
      answer: (status, data) => resolve(Response.json(status < 300 ? { success: true, data } : data, { status })),
      breakOff: () => reject(new TypeError('fetch failed')),
    });
    return promise;
  };
  const quick = { backoff: { firstMs: 1, maxMs: 2 }, ...limits };
  const { report } = createReporter(fetch, 'secret', { ...defaultLimits, ...quick }, () => {});
  return {
    requests,
    report: (idx: number, signal = never, callbacks = true): Promise<string> => {
      const message = {
        job_id: '7', callback_url: callbackUrl, idempotency_prefix: '7',
        ...(callbacks && { callbacks_url: `${callbackUrl}s` }),
      } as unknown as ImageSetMessage;
      return report(message, { idx } as never, done, signal);
    },
    next: async (count: number): Promise<Request> => {
      await vi.waitFor(() => expect(requests).toHaveLength(count));
      return requests[count - 1]!;
    },
  };
}

const running = { status: 'running' };
const stored = (count: number) => ({ status: 'done', outcomes: new Array(count).fill({ ok: true }) });

describe('results of an image set', () => {
  test('are reported alone, and together when several are ready', async () => {
    const { report, next, requests } = reporter();
    const first = report(0);
    const one = await next(1);
    const others = [report(1), report(2), report(3)];
    one.answer(200, running);
    expect(await first).toBe('running');
    (await next(2)).answer(200, stored(3));
    expect(await Promise.all(others)).toEqual(['done', 'done', 'done']);
    expect(requests.map(({ url, idx }) => [url, idx])).toEqual([['callback', [0]], ['callbacks', [1, 2, 3]]]);
    const last = report(4);
    (await next(3)).answer(200, running);
    expect([await last, requests[2]!.url]).toEqual(['running', 'callback']);
  });

  test('are reported one by one where the message names no place for several', async () => {
    const { report, next } = reporter();
    const all = [0, 1].map((idx) => report(idx, never, false));
    (await next(1)).answer(200, running);
    const second = await next(2);
    second.answer(200, running);
    expect([second.url, second.idx, await Promise.all(all)]).toEqual(['callback', [1], ['running', 'running']]);
  });

  test('are refused each by itself', async () => {
    const { report, next } = reporter();
    const [good, bad] = [report(0), report(1)];
    const error = { code: 'invalid_request', message: 'idx must be 0 to 0.' };
    (await next(1)).answer(200, { status: 'done', outcomes: [{ ok: true }, { ok: false, error }] });
    expect(await good).toBe('done');
    await expect(bad).rejects.toMatchObject({ retryable: false, reason: error.message });
  });

  test('are reported again, with what is ready by then, when there was no answer', async () => {
    const { report, next } = reporter();
    const first = report(0);
    (await next(1)).breakOff();
    const second = report(1);
    const again = await next(2);
    if (again.idx.length === 1) again.answer(503, {});
    const all = again.idx.length === 1 ? await next(3) : again;
    expect(all.idx).toEqual([0, 1]);
    all.answer(200, stored(2));
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
  });

  test('are all told when there is no such job', async () => {
    const { report, next } = reporter();
    const all = [report(0), report(1)];
    (await next(1)).answer(404, { success: false, error: { code: 'not_found', message: 'no' } });
    for (const one of all) await expect(one).rejects.toMatchObject({ status: 404 });
  });

  test('that nobody wants reported any more do not hold up others, nor keep a request', async () => {
    const { report, next } = reporter();
    const [stop, stopBoth] = [new AbortController(), new AbortController()];
    const [given, kept] = [report(0, stop.signal), report(1, stopBoth.signal)];
    const one = await next(1);
    stop.abort(new Error('stop'));
    await expect(given).rejects.toThrow('stop');
    one.answer(503, {});
    const two = await next(2);
    expect(two.idx).toEqual([1]);
    stopBoth.abort(new Error('stop both'));
    await expect(kept).rejects.toThrow('stop both');
    const last = report(2);
    (await next(3)).answer(200, running);
    expect(await last).toBe('running');
  });

  test('are given up when the server was not heard for as long as there is patience', async () => {
    const { report, next } = reporter({ reportPatienceMs: 0 });
    const all = [report(0), report(1)];
    (await next(1)).answer(503, {});
    for (const one of all) await expect(one).rejects.toMatchObject({ status: 503 });
  });
});
