import { expect, it } from 'vitest';
import { t0, type Context } from './context.ts';

export function askedTypeTests(context: Context): void {
  it('are told with the time of the newest note, and forgotten after a day', async () => {
    const { askedTypes } = context.store;
    await askedTypes.note(['a', 'b'], t0);
    await askedTypes.note(['b', 'c', 'b'], t0 + 1_000);
    expect(await askedTypes.when(['a', 'b', 'd'])).toEqual(new Map([['a', t0], ['b', t0 + 1_000]]));
    await askedTypes.note(['c'], t0 + 86_400_500);
    expect(await askedTypes.when(['a', 'b', 'c'])).toEqual(new Map([['b', t0 + 1_000], ['c', t0 + 86_400_500]]));
    expect(await askedTypes.when([])).toEqual(new Map());
  });

  it('may be noted by many servers at once', async () => {
    const { askedTypes } = context.store;
    const types = Array.from({ length: 50 }, (_, n) => `type-${n}`);
    await Promise.all(Array.from({ length: 8 }, (_, n) => askedTypes.note(n % 2 ? types : types.toReversed(), t0)));
    expect((await askedTypes.when(types)).size).toBe(50);
  });
}
