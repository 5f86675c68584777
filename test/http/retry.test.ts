import { describe, expect, test } from 'vitest';
import { retryAfterMs } from '../../src/domain/retry.ts';
import { pause } from '../../src/http/pause.ts';
import { RequestError } from '../../src/http/request-error.ts';
import { request } from '../../src/http/request.ts';
import { pauseAfter, retryUntilAnswered } from '../../src/http/retry.ts';

const soon = { backoff: { firstMs: 1, maxMs: 1 }, maxRetryAfterMs: 60_000, signal: undefined };
const busy = (after: number | null = null): RequestError =>
  new RequestError('answered 503', { status: 503, retryable: true, retryAfterMs: after });

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T10:00:00.000Z');
  test.each([
    ['5', 5_000],
    ['0', 0],
    ['2.5', 2_500],
    [' 7 ', 7_000],
    ['Sun, 22 Nov 2026 10:00:07 GMT', 7_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
    ['', null],
    [null, null],
  ])('%j is %j milliseconds', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));

  test('is waited for, and up to a fifth longer so that not all come back at once', () => {
    const pauses = Array.from({ length: 200 }, () => pauseAfter(busy(10_000), 1, soon));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(12_000);
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });

  test('that is longer than the limit is cut to it', () => {
    expect(pauseAfter(busy(600_000), 1, { ...soon, maxRetryAfterMs: 1_000 })).toBeLessThanOrEqual(1_200);
  });
});

test('a pause that is stopped before it began rejects at once', async () => {
  await expect(pause(60_000, AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
});

describe('Retrying', () => {
  test('goes on until there is an answer, and logs it', async () => {
    const said: unknown[] = [];
    const failures = [busy(), busy()];
    const answer = await retryUntilAnswered(
      async () => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return 'answer';
      },
      { ...soon, onFailure: (_, tries) => said.push(tries), onRecovery: (tries) => said.push(`again after ${tries}`) },
    );
    expect([answer, said]).toEqual(['answer', [1, 2, 'again after 2']]);
  });

  test('ends when the time for all tries would be over before the next one', async () => {
    let tries = 0;
    const failing = async (): Promise<never> => {
      tries += 1;
      throw busy(30_000);
    };
    await expect(retryUntilAnswered(failing, { ...soon, patienceMs: 10_000 })).rejects.toThrow('answered 503');
    expect(tries).toBe(1);
  });

  test('stops at errors that a retry does not help', async () => {
    let tries = 0;
    const failing = async (): Promise<never> => {
      tries += 1;
      throw new RequestError('answered 403', { status: 403, retryable: false });
    };
    await expect(retryUntilAnswered(failing, soon)).rejects.toThrow('answered 403');
    expect(tries).toBe(1);
  });
});

describe('A request', () => {
  const url = 'http://127.0.0.1:1/';
  const options = { signal: undefined, timeLimitMs: 1_000 };
  const answering = (status: number, body: string | null, headers: Record<string, string> = {}) =>
    request(async () => new Response(body, { status, headers }), url, options, (response) => response);

  test('never shows the URL, which may be presigned, nor the message of the network', async () => {
    const failing = request(
      async () => {
        throw new TypeError('Failed to fetch http://127.0.0.1:1/photo?signature=secret');
      },
      'http://127.0.0.1:1/photo?signature=secret', options, () => null,
    );
    const error = await failing.catch((caught: unknown) => caught as RequestError);
    expect(error).toMatchObject({ name: 'RequestError', message: 'cannot be reached: TypeError', retryable: true });
  });

  test('is refused a redirect unless it asks for it', async () => {
    await expect(answering(302, null, { location: 'http://127.0.0.1:2/' })).rejects.toMatchObject({
      status: 302, retryable: false,
    });
  });

  test('that is refused tells the code, the body and the Retry-After', async () => {
    const body = JSON.stringify({ error: { code: 'unavailable' } });
    await expect(answering(503, body, { 'retry-after': '3', 'x-request-id': 'r-1' })).rejects.toMatchObject({
      status: 503, code: 'unavailable', body, retryAfterMs: 3_000, requestId: 'r-1', retryable: true,
    });
  });

  test('reads no more than a megabyte of an endless refusal', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const asked = request(async () => new Response(endless, { status: 500 }), url, options, () => null);
    await expect(asked).rejects.toMatchObject({ status: 500, body: '' });
    expect(sent).toBeLessThan(2 * 1024 ** 2);
  });
});
