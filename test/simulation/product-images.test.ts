import { afterAll, describe, expect, it, vi } from 'vitest';
import { productImage } from '../../src/kinds/product-image/domain/kind.ts';
import { productImageModuleWith as partsWith } from '../../src/kinds/product-image/module.ts';
import { playImages } from '../../src/kinds/product-image/simulation/play.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { Tally } from '../../src/testing/simulator/tally.ts';

const isLong = process.env['WAYBILL_TEST_LONG'] === '1';
const store = openSimulatedSqlite();
afterAll(() => store.close());

describe('product images', { timeout: isLong ? 3_600_000 : 120_000 }, () => {
  it('come out right whatever happens to servers, the shop and the provider', async () => {
    const tally = new Tally();
    for (let seed = 1; seed <= (isLong ? 1_000 : 12); seed++) {
      const { violation, trace } = await playImages({ seed, store, partsWith, tally });
      expect(violation, `seed ${seed}:\n${trace.join('\n')}`).toBeNull();
    }
    const seen = ['DONE', 'FAILED', 'server died', 'fail done', 'retry done'];
    for (const what of seen) expect(tally.of(`image: ${what}`), what).toBeGreaterThan(0);
  });

  it('are done, each image once and each call paid once, when a server dies at any await', async () => {
    for (const seed of isLong ? [1, 2, 3, 4] : [1]) {
      const whole = await playImages({ seed, store, partsWith, crashAt: 0 });
      expect(whole.violation).toBeNull();
      expect(whole.points).toBeGreaterThan(100);
      for (let at = 1; at <= whole.points; at += isLong ? 1 : 4) {
        const { violation, trace } = await playImages({ seed, store, partsWith, crashAt: at });
        expect(violation, `seed ${seed}, at ${at}:\n${trace.join('\n')}`).toBeNull();
      }
    }
  });

  it('come out wrong where calls that fail cost nothing, which the simulation finds', async () => {
    const { decide } = productImage;
    const free = vi.spyOn(productImage, 'decide').mockImplementation((job, asked, now) =>
      decide(job, asked.type === 'endCall' ? { ...asked, microUsd: 0 } : asked, now));
    try {
      let found: string | null = null;
      for (let seed = 1; found === null && seed <= 20; seed++) {
        found = (await playImages({ seed, store, partsWith })).violation?.rule ?? null;
      }
      expect(found).toBe('a job costs what its calls cost');
    } finally {
      free.mockRestore();
    }
  });

  it('happen in the same order for the same seed', async () => {
    const { trace } = await playImages({ seed: 5, store, partsWith });
    expect(trace.length).toBeGreaterThan(50);
    expect((await playImages({ seed: 5, store, partsWith })).trace).toEqual(trace);
  });
});
