import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { killRounds } from './kill-rounds.ts';
import { openStand } from './stand.ts';

describe('the pipeline of a server that is killed', () => {
  it('goes on from each of the five steps, pays no call twice and puts no image on a product twice (55)', async () => {
    const stand = await openStand();
    const folder = mkdtempSync(join(tmpdir(), 'waybill-killed-'));
    onTestFinished(async () => {
      await stand.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const report = await killRounds(stand, { folder, rounds: 5 });
    expect(report).toEqual({ kills: 5, jobs: 15, calls: 30 });
  }, 180_000);
});
