import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import { killRounds } from './kill-rounds.ts';

test('a server killed with SIGKILL under load loses nothing that it acknowledged, and every set ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-kill-'));
  try {
    const random = createSeededRandom(20261122);
    const report = await killRounds({ folder, rounds: 3, maxRoundMs: 600, random: () => random.next() });
    expect(report.acknowledged).toBeGreaterThan(50);
    expect(Object.keys(report.ended).sort()).toEqual(['canceled', 'done']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
