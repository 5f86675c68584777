import { expect, it } from 'vitest';
import { t0, type Context } from './context.ts';

export function askedTypeTests(context: Context): void {
  it('are listed with the time of the last request, and dropped after a day', async () => {
    const { askedTypes } = context.store;
    await askedTypes.note('errand', ['a', 'b'], t0);
    await askedTypes.note('errand', ['b', 'c', 'b'], t0 + 1_000);
    expect(await askedTypes.when('errand', ['a', 'b', 'd'])).toEqual(new Map([['a', t0], ['b', t0 + 1_000]]));
    await askedTypes.note('errand', ['c'], t0 + 86_400_500);
    const all = await askedTypes.when('errand', ['a', 'b', 'c']);
    expect(all).toEqual(new Map([['b', t0 + 1_000], ['c', t0 + 86_400_500]]));
    expect(await askedTypes.when('errand', [])).toEqual(new Map());
  });

  it('can be recorded by many servers at once', async () => {
    const { askedTypes } = context.store;
    const types = Array.from({ length: 50 }, (_, n) => `type-${n}`);
    const inTurn = (n: number): string[] => (n % 2 ? types : types.toReversed());
    await Promise.all(Array.from({ length: 8 }, (_, n) => askedTypes.note('errand', inTurn(n), t0)));
    expect((await askedTypes.when('errand', types)).size).toBe(50);
  });
}
