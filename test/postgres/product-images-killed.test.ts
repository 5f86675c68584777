import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import { killOneOfTwo, killRounds, killSeed } from '../product-image/pipeline/kill-rounds.ts';
import { openStand, type Stand } from '../product-image/pipeline/stand.ts';
import { newDatabase } from './database.ts';

/** `npm run test:long` kills in 50 steps. */
const isLong = process.env['WAYBILL_TEST_LONG'] !== undefined;
const timeout = isLong ? 1_800_000 : 120_000;

async function somewhere(): Promise<{ readonly stand: Stand; readonly folder: string; readonly databaseUrl: string }> {
  const [stand, database] = await Promise.all([openStand(), newDatabase()]);
  const folder = mkdtempSync(join(tmpdir(), 'waybill-killed-'));
  onTestFinished(async () => {
    await stand.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { stand, folder, databaseUrl: database.url };
}

describe('the pipeline on PostgreSQL', { timeout }, () => {
  it('of two servers, one of them killed, pays no call twice and puts no image on a product twice', async () => {
    const { stand, ...where } = await somewhere();
    expect(await killOneOfTwo(stand, { ...where, jobs: 20 })).toEqual({ kills: 1, jobs: 20, calls: 40 });
  });

  it('of a server that is killed goes on from the step, pays no call and puts no image twice (55)', async () => {
    const { stand, ...where } = await somewhere();
    const seed = killSeed();
    const random = createSeededRandom(seed);
    const rounds = isLong ? 50 : 2;
    const report = await killRounds(stand, { ...where, rounds, random: () => random.next() });
    expect({ ...report, seed }).toEqual({ kills: rounds, jobs: 2 * rounds, calls: 4 * rounds, seed });
  });
});
