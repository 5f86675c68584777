import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { createFakeIds } from '../../src/testing/fake-ids.ts';
import { createMemoryObjects } from '../../src/testing/memory-objects.ts';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';

describe('the fake clock', () => {
  it('stands still until it is told to go on', () => {
    const clock = createFakeClock(1_000);
    const before = clock.now();
    clock.advance(5);
    expect([before, clock.now()]).toEqual([1_000, 1_005]);
  });

  it.each([-1, NaN])('does not go on by %d', (ms) => {
    expect(() => createFakeClock().advance(ms)).toThrow(RangeError);
  });
});

describe('fake ids', () => {
  it('are UUIDv7s of the clock that sort in the order in which they were made', () => {
    const clock = createFakeClock();
    const ids = createFakeIds(clock);
    const made = Array.from({ length: 10_000 }, (_, at) => {
      if (at % 6_000 === 5_999) clock.advance(1);
      return ids.uuid();
    });
    const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(made.filter((id) => !uuidV7.test(id))).toEqual([]);
    expect(made.toSorted()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    expect(parseInt(made[0]?.replaceAll('-', '').slice(0, 12) ?? '', 16)).toBe(Date.UTC(2026, 10, 22));
  });

  it('are the same for the same seed, and others for another', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => createFakeIds(createFakeClock(), seed).uuid());
    expect([a === b, a === c]).toEqual([true, false]);
  });
});

describe('seeded random numbers', () => {
  it('are the same for the same seed', () => {
    const draw = (seed: number): number[] => {
      const random = createSeededRandom(seed);
      return Array.from({ length: 5 }, () => random.uint32());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('come out evenly', () => {
    const random = createSeededRandom(7);
    const counts = new Map<number, number>();
    for (let at = 0; at < 60_000; at++) {
      const one = random.integer(1, 6);
      counts.set(one, (counts.get(one) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('have nothing to pick from nothing', () => {
    expect(() => createSeededRandom(1).pick([])).toThrow(RangeError);
  });
});

describe('objects in memory', () => {
  const objects = createMemoryObjects(createFakeClock());
  const bytes = new TextEncoder().encode('photo');

  it('are there once they are put, and gone once they are deleted', async () => {
    await objects.put('a/b', bytes, { contentType: 'text/plain' });
    expect(await objects.head('a/b')).toMatchObject({ size: 5, contentType: 'text/plain' });
    expect(await new Response((await objects.get('a/b'))?.body).text()).toBe('photo');
    await objects.delete(['a/b', 'never there']);
    expect([await objects.head('a/b'), await objects.get('a/b')]).toEqual([null, null]);
  });

  it('are listed page by page in the order of their bytes', async () => {
    for (const key of ['l/b', 'l/😀', 'l/a', 'l/\uff5e', 'm/a']) await objects.put(key, bytes, { contentType: 'a/b' });
    const first = await objects.list('l/', { limit: 3 });
    const second = await objects.list('l/', { limit: 3, cursor: first.cursor ?? '' });
    expect([...first.objects, ...second.objects].map(({ key }) => key)).toEqual(['l/a', 'l/b', 'l/\uff5e', 'l/😀']);
    expect(second.cursor).toBeNull();
  });

  it('refuse keys and options that no store takes', async () => {
    await expect(objects.put('../up', bytes, { contentType: 'a/b' })).rejects.toThrow();
    await expect(objects.presignGet('a', { expiresInSeconds: 0 })).rejects.toThrow();
  });
});
