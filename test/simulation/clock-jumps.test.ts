import { expect, it } from 'vitest';
import { simulatedKinds } from '../../scripts/simulated-kinds.ts';
import { describeFinding, simulate } from '../../src/testing/simulator/simulate.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';
import { Tally } from '../../src/testing/simulator/tally.ts';

it('every guarantee holds while clocks are set to wrong times, and nothing waits once they are right', async () => {
  const store = openSimulatedSqlite();
  const tally = new Tally();
  const finding = await simulate({ kinds: simulatedKinds, store, seed: 1, rounds: 80, tally, jumps: true });
  await store.close();
  expect(finding === null ? null : describeFinding(finding)).toBeNull();
  expect(tally.of('clock was set')).toBeGreaterThan(250);
}, 120_000);
