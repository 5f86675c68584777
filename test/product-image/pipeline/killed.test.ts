import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSeededRandom } from '../../../src/testing/seeded-random.ts';
import { killRounds, killSeed } from './kill-rounds.ts';
import { openStand } from './stand.ts';

/** `npm run test:long` kills in 50 steps, chosen at random. */
const isLong = process.env['WAYBILL_TEST_LONG'] !== undefined;

describe('the pipeline of a server that is killed', () => {
  it('goes on from each of the five steps, pays no call twice and puts no image on a product twice (55)', async () => {
    const stand = await openStand();
    const folder = mkdtempSync(join(tmpdir(), 'waybill-killed-'));
    onTestFinished(async () => {
      await stand.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const seed = killSeed();
    const random = createSeededRandom(seed);
    const rounds = isLong ? 50 : 5;
    const report = await killRounds(stand, { folder, rounds, ...(isLong && { random: () => random.next() }) });
    expect({ ...report, seed }).toEqual({ kills: rounds, jobs: 2 * rounds, calls: 4 * rounds, seed });
  }, isLong ? 1_800_000 : 180_000);
});
