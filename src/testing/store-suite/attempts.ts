import { expect, it } from 'vitest';
import { t0, type Context } from './context.ts';

export function attemptTests(context: Context): void {
  const windowMs = 60_000;
  const attempt = (keys: readonly string[], now = t0, store = context.store) =>
    store.attempts.count(keys, { now, windowMs });

  it('are kept for each key, and answered in the order of the keys', async () => {
    expect(await attempt(['ada', '::1'])).toEqual([
      { count: 1, endsAt: t0 + windowMs }, { count: 1, endsAt: t0 + windowMs },
    ]);
    expect(await attempt(['::1'], t0 + 5)).toEqual([{ count: 2, endsAt: t0 + windowMs }]);
    expect(await attempt(['bob', '::1', 'ada'], t0 + 10)).toEqual([
      { count: 1, endsAt: t0 + 10 + windowMs },
      { count: 3, endsAt: t0 + windowMs },
      { count: 2, endsAt: t0 + windowMs },
    ]);
  });

  it('count a key once that is given twice', async () => {
    const one = { count: 1, endsAt: t0 + windowMs };
    expect(await attempt(['ada', 'ada'])).toEqual([one, one]);
    expect(await attempt([])).toEqual([]);
  });

  it('start a new window with the first attempt after the last one’s end', async () => {
    await attempt(['ada']);
    expect(await attempt(['ada'], t0 + windowMs - 1)).toEqual([{ count: 2, endsAt: t0 + windowMs }]);
    expect(await attempt(['ada'], t0 + windowMs)).toEqual([{ count: 1, endsAt: t0 + 2 * windowMs }]);
    expect(await attempt(['ada'], t0 + 9 * windowMs)).toEqual([{ count: 1, endsAt: t0 + 10 * windowMs }]);
    expect(await attempt(['ada'], t0 + 9 * windowMs)).toEqual([{ count: 2, endsAt: t0 + 10 * windowMs }]);
  });

  it('are deleted and restored after a success, and no others', async () => {
    const { attempts } = context.store;
    await attempt(['ada', '::1', 'bob']);
    await attempt(['::1', 'eve']);
    await attempts.settle({ clear: ['ada', 'unheard-of'], release: ['::1', 'never'] });
    await attempts.settle({ clear: [], release: [] });
    const counts = (await attempt(['ada', '::1', 'bob', 'eve', 'never'])).map(({ count }) => count);
    expect(counts).toEqual([1, 2, 2, 2, 1]);
  });

  it('lose no attempt, however many come at once and in whatever order of keys', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const told = await Promise.all(
      Array.from({ length: 40 }, (_, i) => {
        const keys = i % 3 === 0 ? ['ada', '::1'] : ['::1', 'ada'];
        return attempt(keys, t0, i % 2 === 0 ? store : other);
      }),
    );
    const all = Array.from({ length: 40 }, (_, i) => i + 1);
    for (const key of [0, 1]) {
      const counts = told.map((both, i) => both[i % 3 === 0 ? key : 1 - key]?.count);
      expect(counts.toSorted((a, b) => Number(a) - Number(b))).toEqual(all);
    }
  });

  it('lose no attempt while other windows end', async () => {
    const { store } = context;
    const other = (await context.under.another?.()) ?? store;
    const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    await attempt(keys);
    for (let window = 1; window <= 8; window++) {
      // Every window has ended, so that each of these may delete what another one counts anew.
      const later = t0 + window * windowMs;
      for (let round = 1; round <= 2; round++) {
        const told = await Promise.all(keys.map((key, i) => attempt([key], later, i % 2 === 0 ? store : other)));
        expect(told.flat()).toEqual(keys.map(() => ({ count: round, endsAt: later + windowMs })));
      }
    }
  });
}
