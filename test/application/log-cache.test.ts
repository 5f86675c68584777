import { describe, expect, it, vi } from 'vitest';
import { LogCache } from '../../src/application/logs/log-cache.ts';

/** More than half of what is kept. */
const bytes = 3 * 1_048_576;

const pieceFrom = (line: number, free = vi.fn()) => ({
  free,
  make: vi.fn(async () => ({ groups: [`lines from ${line}`], next: line + 1, bytes, free })),
});

describe('a piece of a log that several follow', () => {
  it('is made once', async () => {
    const cache = new LogCache();
    const { make } = pieceFrom(1);
    const both = await Promise.all([cache.take('1', 1, make), cache.take('1', 1, make)]);
    expect(both.map(({ groups }) => groups)).toEqual([['lines from 1'], ['lines from 1']]);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it('is freed when newer ones have taken its place and all who had it have let go of it, and only then', async () => {
    const cache = new LogCache();
    const { make, free } = pieceFrom(1);
    const [fast, slow] = await Promise.all([cache.take('1', 1, make), cache.take('1', 1, make)]);
    fast.release();
    (await cache.take('2', 2, pieceFrom(2).make)).release();
    await settled();
    expect(free).not.toHaveBeenCalled();
    slow.release();
    await settled();
    expect(free).toHaveBeenCalledTimes(1);
    expect((await cache.take('1', 1, make)).groups).toEqual(['lines from 1']);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('is freed at once if nothing was found there, as there may be something later', async () => {
    const cache = new LogCache();
    const free = vi.fn();
    const nothing = async () => ({ groups: [], next: 1, bytes: 0, free });
    (await cache.take('1', 1, nothing)).release();
    await settled();
    expect(free).toHaveBeenCalledTimes(1);
    expect((await cache.take('1', 1, pieceFrom(1).make)).groups).toEqual(['lines from 1']);
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
