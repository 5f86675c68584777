import { describe, expect, it } from 'vitest';
import { addDuration, quantile, together, type Durations } from '../../src/application/times/durations.ts';

function of(all: readonly number[]): Durations {
  const durations: Record<string, number> = {};
  for (const ms of all) addDuration(durations, ms);
  return durations;
}

describe('durations that are counted by their length', () => {
  it('say what share of them takes how long, right to a tenth', () => {
    const all = Array.from({ length: 1_000 }, (_, at) => (at + 1) * 37);
    for (const share of [0.01, 0.5, 0.95, 1]) {
      const exact = all[Math.ceil(all.length * share) - 1]!;
      expect(Math.abs(quantile(of(all), share)! / exact - 1)).toBeLessThan(0.1);
    }
  });

  it('are the same together as if they had been counted in one place', () => {
    const [some, others] = [[5, 80, 1_000], [7, 81, 3_600_000]];
    expect(together([of(some), of(others)])).toEqual(of([...some, ...others]));
  });

  it('take nothing for a moment, and say nothing of none', () => {
    expect([quantile(of([0, 0]), 0.5), quantile(of([-5]), 0.5), quantile({}, 0.5)]).toEqual([1, 1, null]);
  });
});
