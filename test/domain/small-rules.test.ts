import { describe, expect, it } from 'vitest';
import { firstPlaceAt, idAt, placeOf, timeOfId } from '../../src/domain/job/id.ts';
import { refusal, refusalCodes } from '../../src/domain/errors.ts';
import { inputKey, isForeignKey, itemKey, outputKey, previewKey } from '../../src/kinds/image-set/domain/keys.ts';
import { findPreset, presets } from '../../src/kinds/image-set/domain/concepts.ts';
import { formatLeaseId, parseLeaseId } from '../../src/domain/lease.ts';
import { assertObjectKey, objectKeyProblem } from '../../src/domain/object-key.ts';
import { backoffMs } from '../../src/domain/retry.ts';

describe("the check for foreign object keys", () => {
  it('are those of the contract', () => {
    expect(inputKey('ada', 'job', 7)).toBe('inputs/ada/job/7.jpg');
    expect(outputKey('ada', 'job', 7)).toBe('outputs/ada/job/7_result.png');
    expect(previewKey('ada', 'job', 7)).toBe('previews/ada/job/7_thumb.jpg');
    expect(itemKey('job', 7)).toBe('job-item-7');
  });

  it.each([
    ["the job's own output", 'outputs/ada/job/0_result.png', false],
    ["the job's own input", 'inputs/ada/job/0.jpg', false],
    ["the job's own folder, deeper", 'outputs/ada/job/more/0.png', false],
    ["another user's", 'outputs/bob/job/0_result.png', true],
    ["another job's", 'outputs/ada/another/0_result.png', true],
    ["another user's preview", 'previews/bob/job/0_thumb.jpg', true],
    ["another user's input", 'inputs/bob/job/0.jpg', true],
    ['in no folder of ours', 'results/bob/job/0.png', false],
    ["a file where a job's folder should be", 'outputs/bob/0.png', true],
    ["another job's message", 'messages/bob/another.json', true],
  ])('knows %s', (_name, key, foreign) => {
    expect(isForeignKey(key, 'ada', 'job')).toBe(foreign);
  });
});

describe('a lease id', () => {
  it('travels as text', () => {
    const id = '0199a5d6-0000-7000-8000-000000000001';
    expect(parseLeaseId(formatLeaseId(id, 12))).toEqual({ thingId: id, token: 12 });
  });

  const wrong = ['', '.', 'a', 'a.', '.1', 'a.0', 'a.01', 'a.-1', 'a.1.5', 'a.1 ', 'a b.1', 'a.9999999999999999'];
  it.each([...wrong, `${'a'.repeat(65)}.1`])(
    'is not read from %j',
    (text) => expect(parseLeaseId(text)).toBeNull(),
  );
});

describe('the wait between attempts', () => {
  const backoff = { firstMs: 500, maxMs: 60_000 };

  it('doubles up to its maximum', () => {
    const waits = [1, 2, 3, 7, 8, 9, 100].map((attempt) => backoffMs(backoff, attempt, 0));
    expect(waits).toEqual([500, 1000, 2000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is shortened by up to half at random', () => {
    expect([backoffMs(backoff, 2, 0.5), backoffMs(backoff, 2, 0.999999)]).toEqual([750, 500]);
  });

  it('stays finite after any number of attempts', () => {
    expect(backoffMs(backoff, 1e9, 0)).toBe(60_000);
  });
});

describe('an object key', () => {
  const longest = 'x'.repeat(1_024);
  it.each(['a', 'inputs/ada/job/0.jpg', 'with space', '...', '.hidden', 'a..b/c', 'ключ/🔑', longest])(
    'may be %j',
    (key) => expect(objectKeyProblem(key)).toBeNull(),
  );

  it.each(['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/./b', '../a', 'a/..', 'a\\b', 'a\u0000', 'a\nb', '\u007f'])(
    'may not be %j',
    (key) => expect(objectKeyProblem(key)).not.toBeNull(),
  );

  it('is measured in bytes, not in characters', () => {
    expect(objectKeyProblem('é'.repeat(512))).toBeNull();
    expect(objectKeyProblem('é'.repeat(513))).toMatch(/longer than 1024 bytes/);
  });

  it('that is invalid throws', () => {
    expect(() => assertObjectKey('../up')).toThrow(/could leave its folder/);
  });
});

describe('a refusal', () => {
  it('says for every code whether a retry can help', () => {
    const retryable = refusalCodes.filter((code) => refusal(code, 'no').retryable);
    const expected = [
      'concurrency_limit', 'rate_limit', 'limit_reached', 'missing_uploads', 'idempotency_in_progress', 'unavailable',
    ];
    expect(retryable).toEqual(expected);
  });

  it('has details only if it is given some', () => {
    expect(refusal('not_found', 'no')).toEqual({ code: 'not_found', message: 'no', retryable: false });
    expect(refusal('conflict', 'no', { state: 'done' }).details).toEqual({ state: 'done' });
  });
});

describe('the presets', () => {
  it('are the three of the contract, each with something to do', () => {
    expect(presets.map(({ name }) => name)).toEqual(['interior', 'seller', 'remove-background']);
    expect(presets.filter(({ concepts }) => Object.keys(concepts).length === 0)).toEqual([]);
  });

  it('are found by their exact name', () => {
    expect(findPreset('interior')?.name).toBe('interior');
    expect(findPreset('Interior')).toBeNull();
    expect(findPreset('__proto__')).toBeNull();
  });
});

describe('the id of a job', () => {
  it('has the time of its creation, and sorts by it', () => {
    const id = '01a2021a-45f9-7000-b4fb-49f74e08003e';
    const madeAt = timeOfId(id);
    expect(new Date(madeAt).toISOString()).toBe('2026-11-22T07:13:26.009Z');
    expect(id >= firstPlaceAt(madeAt)).toBe(true);
    expect(id < firstPlaceAt(madeAt + 1)).toBe(true);
    expect(firstPlaceAt(-1) < id && id < firstPlaceAt(Number.MAX_SAFE_INTEGER)).toBe(true);
  });

  it('places a job by its time only if that is when the job was made', () => {
    const id = '01a2021a-45f9-7000-b4fb-49f74e08003e';
    const madeAt = timeOfId(id);
    for (const createdAt of [madeAt - 2_000, madeAt, madeAt + 60_000]) expect(placeOf({ id, createdAt })).toBe(id);
    for (const createdAt of [madeAt - 2_001, madeAt + 60_001]) {
      const place = placeOf({ id, createdAt });
      expect(place).toBe(`${firstPlaceAt(createdAt)}:${id}`);
      expect(timeOfId(place)).toBe(createdAt);
      expect(idAt(place)).toBe(id);
    }
    expect(idAt(id)).toBe(id);
  });
});
