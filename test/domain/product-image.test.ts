import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { maxReportedUsd, microUsdOf, usdOf } from '../../src/kinds/product-image/domain/costs.ts';
import {
  canPass, errorCodes, retryDelayMs, storedCode, type ErrorCode,
} from '../../src/kinds/product-image/domain/error-codes.ts';
import {
  backgroundKey, compositeKey, contentTypeOf, cutOutKey, extensionOf, keyPrefixes, maskKey, originalKey, readKey,
  reportedKeyProblem, skuProblem, thumbKey,
} from '../../src/kinds/product-image/domain/keys.ts';
import { remainingSeconds } from '../../src/kinds/product-image/domain/lifecycle.ts';
import {
  expire, fail, jobAfter, reported, results, retry, run, start, startedAt, timeLimitMs, ways,
} from './product-images.ts';

const image = { sku: 'VWS200433868', imageSha256: 'abc123def456', theme: 'halloween' };

function statesOf(commands: Parameters<typeof run>[0]): readonly (string | undefined)[] {
  return run(commands).events.map(({ body }) => body.state);
}

describe('a product image', () => {
  it('goes the whole way by start and four reports, each state recorded', () => {
    expect(statesOf([...ways.SHOPIFY_PUSH, reported(results.shopify)])).toEqual([
      'NEW', 'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH', 'DONE',
    ]);
  });

  it('takes no report of a later step before the fields of that step are there', () => {
    const { answers } = run([start, reported(results.composite)]);
    expect(answers.at(-1)).toMatchObject({
      ok: false,
      refusal: { code: 'conflict', details: { state: 'QUEUED' }, message: expect.stringContaining('maskKey') },
    });
  });

  it('goes on after a retry with what it has: a later step can be reported from QUEUED', () => {
    const failedLate = [...ways.SHOPIFY_PUSH, fail, retry];
    expect(statesOf([...failedLate, reported(results.shopify)]).slice(-6)).toEqual([
      'QUEUED', 'SEGMENTING', 'BG_GENERATING', 'COMPOSITING', 'SHOPIFY_PUSH', 'DONE',
    ]);
  });

  it('takes the same result after a retry as the result of the new attempt', () => {
    const job = jobAfter([...ways.BG_GENERATING, fail, retry, reported(results.segmentation)]);
    expect([job.state, job.attempt]).toEqual(['BG_GENERATING', 1]);
  });

  const open = Object.keys(ways) as (keyof typeof ways)[];
  it.each(open)('expires from %s with TIMEOUT and gives its place back', (state) => {
    const { job, effects } = run([...ways[state], expire]);
    expect([job.state, job.fields.errorCode, effects.at(-1)]).toMatchObject(['FAILED', 'TIMEOUT', { by: -1 }]);
    expect(job.fields.errorMessage).toBe(`It was not done within 600 seconds; it was ${state}.`);
  });

  it('has a time limit from its start on, and a new one from each retry', () => {
    expect(jobAfter([]).deadlineAt).toBeNull();
    expect(jobAfter([start]).deadlineAt).toBe(startedAt + 1_000 + timeLimitMs);
    expect(jobAfter([start, fail, retry]).deadlineAt).toBe(startedAt + 3_000 + timeLimitMs);
  });

  it('says what to do instead of a cancel', () => {
    expect(run([start, { type: 'cancel' }]).answers.at(-1)).toMatchObject({
      ok: false, refusal: { code: 'conflict', message: expect.stringContaining('/fail') },
    });
  });
});

describe('the time that is left', () => {
  test.each([
    ['QUEUED', 280], ['SEGMENTING', 240], ['BG_GENERATING', 180], ['COMPOSITING', 60], ['SHOPIFY_PUSH', 15],
    ['DONE', 0], ['FAILED', 0],
  ])('of a job that has just become %s is about %d seconds', (state, seconds) => {
    expect(remainingSeconds(state)).toBe(seconds);
  });
});

describe('a cost in dollars', () => {
  test.each([
    [0, 0], [0.000001, 1], [0.0023, 2_300], [1.1, 1_100_000], [4.35, 4_350_000], [999.999999, 999_999_999],
    [maxReportedUsd, 1_000_000_000],
  ])('%d is exactly %d micro-dollars', (usd, micro) => {
    expect(microUsdOf(usd)).toBe(micro);
  });

  test.each([-1, -0.000001, 1e9, 1000.000001, 1e-7, 0.1 + 0.2, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d is refused', (usd) => expect(microUsdOf(usd)).toBeNull(),
  );

  it('is the same after it was stored, whatever it is', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (micro) => {
      expect(microUsdOf(usdOf(micro))).toBe(micro);
    }));
  });
});

describe('an error code', () => {
  test.each([
    ['BG_FAILED', 'BG_GENERATION_FAILED'], ['SHOPIFY_UPLOAD_FAILED', 'SHOPIFY_PUSH_FAILED'],
    ['S3_UPLOAD_FAILED', 'STORAGE_FAILED'], ['MAX_RETRIES_EXCEEDED', 'UNKNOWN'],
  ] as const)('%s of older orchestrators is stored as %s', (older, stored) => expect(storedCode(older)).toBe(stored));

  test('of ours is stored as it is', () => expect(errorCodes.map(storedCode)).toEqual(errorCodes));

  test('says whether another attempt may pass', () => {
    const never: readonly ErrorCode[] = errorCodes.filter((code) => !canPass(code));
    expect(never).toEqual([
      'HASH_MISMATCH', 'INVALID_IMAGE', 'PRODUCT_NOT_FOUND', 'QUALITY_CHECK_FAILED', 'COST_LIMIT_EXCEEDED',
    ]);
  });

  test('that may pass is waited for: 2, 4, 8 s and so on up to a minute, shortened by up to half', () => {
    expect([0, 1, 2, 3, 10].map((attempt) => retryDelayMs(attempt, 0))).toEqual([2_000, 4_000, 8_000, 16_000, 60_000]);
    expect(retryDelayMs(0, 0.999_999)).toBe(1_000);
  });
});

describe('the keys of a product image', () => {
  it('are those of the contract', () => {
    expect([
      originalKey(image, 'jpg'), maskKey(image), backgroundKey(image, 2), compositeKey(image, '4x5', 1),
      thumbKey(image, '1x1', 1), cutOutKey(image),
    ]).toEqual([
      'originals/VWS200433868/abc123def456.jpg',
      'masks/VWS200433868/abc123def456.png',
      'backgrounds/halloween/VWS200433868/abc123def456_2.jpg',
      'composites/halloween/VWS200433868/abc123def456_4x5_1_master.jpg',
      'thumbs/halloween/VWS200433868/abc123def456_1x1_1_400.jpg',
      'cutouts/VWS200433868/abc123def456.png',
    ]);
  });

  it('are read back, and lie under its prefixes', () => {
    const { shared, own } = keyPrefixes(image);
    const keys = [
      originalKey(image, 'png'), maskKey(image), backgroundKey(image, 2), compositeKey(image, '16x9', 3),
      thumbKey(image, '1x1', 1), cutOutKey(image),
    ];
    for (const key of keys) {
      expect(readKey(key)).toEqual({ sku: image.sku, sha256: image.imageSha256 });
      expect([...shared, ...own].filter((prefix) => key.startsWith(prefix))).toHaveLength(1);
    }
    expect(['inputs/mira/x/0.jpg', 'masks/a.png', 'masks/A/zz.png'].map(readKey)).toEqual([null, null, null]);
  });

  test.each([
    ['https://example.com/photo.jpg', 'jpg', 'image/jpeg'], ['https://example.com/a.JPEG?w=1', 'jpg', 'image/jpeg'],
    ['https://example.com/a.png#x', 'png', 'image/png'], ['https://example.com/a.webp', 'webp', 'image/webp'],
    ['https://example.com/a.php?f=b.png', 'jpg', 'image/jpeg'], ['https://example.com', 'jpg', 'image/jpeg'],
  ])('of the original of %s end in %s, which is %s', (url, extension, type) => {
    expect([extensionOf(url), contentTypeOf(`k.${extensionOf(url)}`)]).toEqual([extension, type]);
  });
});

describe('a sku', () => {
  test.each([
    'VWS200433868', 'BLUE-SHIRT-001', 'TESTING_ONLY_TESTING_ITEM_#2_2012_750ML', '50% off', 'a b', 'Ä-Größe', '…', '.a',
    '100%', '商品', 'x'.repeat(200),
  ])('may be %s', (sku) => expect(skuProblem(sku)).toBeNull());

  test.each([
    '', '.', '..', 'a/b', '../x', 'a\\b', 'a\nb', 'a\u0000', 'a\u0085', 'a\u2028', 'a\u200b', '\ud800', '\ufffd', ' a',
    'a ', '%2e%2e', '..%2F..', 'a%5Cb', '%252e', '%00', 'x'.repeat(201), '商'.repeat(100),
  ])('may not be %j', (sku) => expect(skuProblem(sku)).toMatch(/^must /));
});

describe('a key that is reported', () => {
  test.each([
    ['mask', 'masks/VWS200433868/abc123.png'], ['mask', 'masks/VWS200433868/any name (2).webp'],
    ['bg', 'backgrounds/halloween/VWS200433868/abc123_1.jpg'],
    ['composite', 'composites/halloween/VWS200433868/abc123_1x1_1_master.jpg'],
    ['thumb', 'thumbs/VWS200433868/abc123_400.jpg'], ['thumb', 'thumbs/halloween/VWS200433868/abc123_400.jpg'],
  ] as const)('as %s may be %s', (kind, key) => expect(reportedKeyProblem(kind, image, key)).toBeNull());

  test.each([
    ['mask', 'masks/OTHER/abc123.png'], ['mask', 'originals/VWS200433868/abc123.png'], ['mask', 'masks/VWS200433868/'],
    ['mask', 'masks/VWS200433868/../OTHER/a.png'], ['mask', 'masks/VWS200433868/..'], ['mask', ''],
    ['mask', 'masks/VWS200433868/sub/a.png'], ['mask', '/masks/VWS200433868/a.png'],
    ['mask', 'masks/VWS200433868/a\\b.png'], ['mask', 'masks/VWS200433868/a\u0000.png'],
    ['mask', 'masks/VWS200433868/..%2fOTHER%2Fa.png'], ['mask', 'masks/VWS200433868/%252e%252e'],
    ['mask', `masks/VWS200433868/${'x'.repeat(241)}`], ['mask', 'masks/VWS200433868X/a.png'],
    ['bg', 'backgrounds/christmas/VWS200433868/abc123_1.jpg'], ['bg', 'masks/VWS200433868/abc123.png'],
    ['composite', 'composites/VWS200433868/a.jpg'], ['thumb', 'thumbs/christmas/VWS200433868/a.jpg'],
  ] as const)('as %s may not be %j', (kind, key) => expect(reportedKeyProblem(kind, image, key)).toMatch(/^must /));
});
