import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSeededRandom } from '../../src/testing/seeded-random.ts';
import { chaos } from './rounds.ts';

test('two servers and three workers, killed and frozen, lose no task, end none twice and keep limits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-chaos-'));
  const random = createSeededRandom(20261123);
  try {
    const report = await chaos({ folder, blows: 4, leaseMs: 2_000, pauseMs: 200, random: () => random.next() });
    expect(report.completed).toBeGreaterThan(100);
    expect(report.attempts).toBeGreaterThan(report.completed);
    expect(report.longestLossMs + report.longestWaitMs).toBeLessThan(30_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
