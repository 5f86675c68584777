import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { throttleWaitMs } from '../../src/shops/shopify/throttle.ts';
import { clientOf, shopForEach, signal } from './shopify-set-up.ts';
import { CostBucket } from './shopify-server/cost-bucket.ts';
import { adminToken, app } from './shopify-server/server.ts';
import { faulty } from '../http/faulty.ts';

const shop = shopForEach();

describe('The access to a Shopify shop', () => {
  test('is good with a token of a custom app', async () => {
    const health = await clientOf(shop).test(signal);
    expect(health).toEqual({ healthy: true, message: 'the shop "Test shop" (test-shop.myshopify.com) answers' });
  });

  test('is good with client credentials, of which many calls at once make one token', async () => {
    const client = clientOf(shop, { access: app });
    const all = await Promise.all(Array.from({ length: 10 }, () => client.test(signal)));
    expect(all.every(({ healthy }) => healthy)).toBe(true);
    expect(shop.server.operations.filter((each) => each === 'token')).toHaveLength(1);
  });

  test('gets another token before the first one expires after a day', async () => {
    const client = clientOf(shop, { access: app });
    for (const hours of [0, 23.5, 1, 24]) {
      shop.time.advance(hours * 3_600_000);
      expect(await client.test(signal)).toMatchObject({ healthy: true });
    }
    expect(shop.server.operations.filter((each) => each === 'token')).toHaveLength(3);
  });

  test('gets another token when Shopify withdraws the first one', async () => {
    const client = clientOf(shop, { access: app });
    await client.test(signal);
    shop.server.granted.clear();
    expect(await client.test(signal)).toMatchObject({ healthy: true });
  });

  test.each([
    ['token', { adminToken: 'shpat_wrong' }, 'answered 401: check SHOPIFY_ADMIN_TOKEN'],
    ['client secret', { ...app, clientSecret: 'wrong' }, 'refused SHOPIFY_CLIENT_ID and SHOPIFY_CLIENT_SECRET'],
  ])('is refused with a wrong %s, which no message shows', async (_, access, reason) => {
    const health = await clientOf(shop, { access }).test(signal);
    expect(health.healthy).toBe(false);
    expect(health.message).toContain(reason);
    expect(health.message).not.toMatch(/shpat_wrong|: wrong/);
    expect(shop.time.pauses).toEqual([]);
  });

  test('names the access scopes that are missing', async () => {
    shop.server.scopes.clear();
    const { message } = await clientOf(shop).test(signal);
    expect(message).toContain('does not grant the app read_products and write_files');
  });

  test('names the scope that a call needed', async () => {
    shop.server.scopes.delete('read_products');
    await expect(clientOf(shop).findBySku('A', signal)).rejects.toMatchObject({
      code: 'SHOPIFY_PUSH_FAILED', retryable: false, message: expect.stringContaining('`read_products` access scope'),
    });
  });

  test('is not there in a version of the API that the shop does not have', async () => {
    const health = await clientOf(shop, { apiVersion: '2019-01' }).test(signal);
    expect(health).toMatchObject({ healthy: false, message: expect.stringContaining('SHOPIFY_API_VERSION') });
  });
});

describe('A request to Shopify', () => {
  test.each([
    ['a 503', faulty.status(503)],
    ['a 429', faulty.status(429)],
    ['a web page with status 200', faulty.html],
    ['a broken connection', faulty.cut],
  ])('is made again after %s', async (_, answer) => {
    shop.server.faults.push({ on: null, when: 'before', answer }, { on: null, when: 'after', answer });
    expect(await clientOf(shop).test(signal)).toMatchObject({ healthy: true });
    expect(shop.time.pauses).toHaveLength(2);
  });

  test('waits as long as Retry-After says', async () => {
    shop.server.faults.push({ on: null, when: 'before', answer: faulty.status(429, { 'retry-after': '7.0' }) });
    await clientOf(shop).test(signal);
    expect(shop.time.pauses[0]).toBeGreaterThanOrEqual(7_000);
  });

  test('gives up after its patience, and says that Shopify limits requests', async () => {
    const answer = faulty.status(429, { 'retry-after': '20' });
    for (let i = 0; i < 9; i++) shop.server.faults.push({ on: null, when: 'before', answer });
    const error = await clientOf(shop).findBySku('A', signal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PROVIDER_RATE_LIMITED', retryable: true, retryAfterMs: 20_000 });
    expect(shop.time.pauses.length).toBeLessThan(4);
  });

  test.each([
    ['a 403', faulty.status(403), 'access scopes'],
    ['a 402', faulty.status(402), 'unpaid bill'],
    ['a redirect', faulty.status(302, { location: 'https://example.com/' }), 'redirect'],
    ['an endless answer', faulty.large, 'more than 4194304 bytes'],
  ])('is not made again after %s', async (_, answer, reason) => {
    shop.server.faults.push({ on: null, when: 'before', answer });
    const health = await clientOf(shop).test(signal);
    expect([health.healthy, shop.time.pauses]).toEqual([false, []]);
    expect(health.message).toContain(reason);
    expect(health.message).not.toContain(adminToken);
  });

  test('ends with the reason of its signal, also while it waits', async () => {
    const stop = new AbortController();
    shop.server.faults.push({ on: null, when: 'before', answer: faulty.status(503) });
    const time = { now: shop.time.now, pause: () => Promise.reject(stop.abort(new Error('enough'))) };
    await expect(clientOf(shop, {}, { time }).test(stop.signal)).rejects.toThrow('enough');
  });
});

describe('A throttled query', () => {
  test('waits until the bucket has what it costs, and no fifth longer', async () => {
    shop.server.files.addProduct('Shirt', 'A');
    shop.server.bucket.drainTo(2);
    await clientOf(shop).findBySku('A', signal);
    // 102 points for the search at 100 a second, then 103 for the product's media, less what the first wait left over.
    expect(shop.server.throttled).toBe(2);
    const [first = 0, second = 0] = shop.time.pauses;
    expect(first).toSatisfy(within(1_000));
    expect(second).toSatisfy(within(1_030 - (first - 1_000)));
  });

  test('that costs more than the bucket ever holds fails at once', async () => {
    shop.server.bucket.size = { maximumAvailable: 50, restoreRate: 100 };
    await expect(clientOf(shop).findBySku('A', signal)).rejects.toMatchObject({ retryable: false });
    expect(shop.time.pauses).toEqual([]);
  });

  test('finds enough in the bucket after the wait, whatever its size, and would not have a millisecond earlier', () => {
    const points = fc.integer({ min: 0, max: 20_000 });
    const restoreRate = fc.double({ min: 0.5, max: 2_000, noNaN: true });
    const bucket = fc.record({ requested: points, maximumAvailable: points, left: points, restoreRate });
    fc.assert(fc.property(bucket, ({ requested, maximumAvailable, left, restoreRate }) => {
      let now = 0;
      const real = new CostBucket({ maximumAvailable, restoreRate }, () => now);
      real.drainTo(left);
      const currentlyAvailable = Math.floor(real.available);
      const waitMs = throttleWaitMs({ requested, maximumAvailable, currentlyAvailable, restoreRate });
      if (requested > maximumAvailable) {
        expect(waitMs).toBeNull();
        return;
      }
      expect(Number.isSafeInteger(waitMs)).toBe(true);
      if (waitMs! > 0) {
        now = waitMs! - 1;
        expect(real.available).toBeLessThan(requested + 1e-6);
      }
      now = waitMs!;
      expect(real.available).toBeGreaterThan(requested - 1e-6);
    }));
  });

  test('never waits for a bucket that does not fill', () => {
    const empty = { requested: 10, maximumAvailable: 20, currentlyAvailable: 0, restoreRate: 0 };
    expect(throttleWaitMs(empty)).toBeNull();
    expect(throttleWaitMs({ ...empty, currentlyAvailable: 10 })).toBe(0);
  });
});

function within(ms: number) {
  return (pause: number): boolean => pause >= ms - 30 && pause <= ms * 1.2 + 30;
}
