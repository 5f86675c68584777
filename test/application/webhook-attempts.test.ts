import { describe, expect, it } from 'vitest';
import { attemptOf, outcomeOf } from '../../src/application/webhooks/attempts.ts';
import { newWebhookSecret, signedHeaders } from '../../src/application/webhooks/signature.ts';
import { Webhook } from 'standardwebhooks';

const now = Date.parse('2026-11-22T12:00:00Z');
const hour = 3_600_000;
const answered = (status: number, retryAfter: string | null = null) => ({ status, retryAfter, body: 'ok' });
const pause = (status: number, retryAfter: string | null, attempt: number, random = 0): number | null => {
  const { dueAt } = outcomeOf(answered(status, retryAfter), { attempt }, { now, random });
  return dueAt === null ? null : dueAt - now;
};

describe('after an attempt', () => {
  it('that was answered 2xx it is delivered', () => {
    expect(outcomeOf(answered(204), { attempt: 3 }, { now, random: 0 })).toEqual({
      state: 'delivered', dueAt: null, endedAt: now,
    });
    expect(attemptOf(answered(204), now, now + 7)).toEqual({
      at: now, status: 204, error: null, body: 'ok', durationMs: 7,
    });
  });

  it.each([100, 301, 307, 304, 400, 404, 500])('that was answered with %i is retried', (status) => {
    expect(pause(status, null, 1)).toBe(5_000);
    expect(attemptOf(answered(status), now, now).error).toContain(String(status));
  });

  it('it waits longer and longer, and fails after the eighth', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => pause(500, null, attempt));
    expect(pauses).toEqual([5_000, 300_000, 1_800_000, 2 * hour, 5 * hour, 10 * hour, 10 * hour, null]);
    expect(outcomeOf(answered(500), { attempt: 8 }, { now, random: 0 }).state).toBe('failed');
    expect(pause(500, null, 2, 0.999)).toBeGreaterThan(350_000);
    expect(pause(500, null, 2, 0.999)).toBeLessThanOrEqual(360_000);
  });

  it('that was answered 410 it is disabled', () => {
    expect(outcomeOf(answered(410), { attempt: 1 }, { now, random: 0 }).state).toBe('disabled');
  });

  it.each([
    ['120', 120_000], ['3', 5_000], ['0', 5_000], ['999999', 24 * hour], ['soon', 5_000], ['-5', 5_000], ['', 5_000],
    ['Sun, 22 Nov 2026 12:10:00 GMT', 600_000], ['Sat, 21 Nov 2026 12:00:00 GMT', 5_000],
    ['Sun, 22 Nov 2099 12:00:00 GMT', 24 * hour],
  ])('with Retry-After "%s" it waits %i ms, when the receiver is busy', (header, ms) => {
    expect([pause(429, header, 1), pause(503, header, 1)]).toEqual([ms, ms]);
    expect(pause(500, header, 1)).toBe(5_000);
  });
});

describe('a signature', () => {
  it('is one that the reference library makes and takes', async () => {
    const secret = newWebhookSecret();
    const delivery = { id: 'msg_1', body: '{"städte":["Żory","🧨"]}' };
    const at = Date.now();
    const headers = await signedHeaders(delivery, [secret], at);
    const library = new Webhook(secret);
    expect(headers['webhook-signature']).toBe(library.sign(delivery.id, new Date(at), delivery.body));
    expect(library.verify(delivery.body, headers)).toEqual(JSON.parse(delivery.body));
    expect(() => library.verify(delivery.body.replace('Ż', 'Z'), headers)).toThrow();
    expect(() => new Webhook(newWebhookSecret()).verify(delivery.body, headers)).toThrow();
  });
});
