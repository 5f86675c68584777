/**
 * The long form of what `npm test` runs bounded: a server killed 100 times under load.
 *
 *   npm run test:long [-- --rounds=N]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSeededRandom } from '../src/testing/seeded-random.ts';
import { killRounds } from '../test/crash/kill-rounds.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError('--rounds is a whole number, at least 1');
const seed = values.seed === undefined ? Date.now() % 2 ** 32 : Number(values.seed);
const random = createSeededRandom(seed);
const folder = mkdtempSync(join(tmpdir(), 'waybill-kill-'));
try {
  const report = await killRounds({
    folder,
    rounds,
    maxRoundMs: 1_500,
    random: () => random.next(),
    onRound: (round, acknowledged) => {
      process.stderr.write(`killed ${round} of ${rounds} times, ${acknowledged} answers acknowledged\n`);
    },
  });
  console.log(`${report.rounds} kills, ${report.acknowledged} acknowledged, ${report.jobs} jobs known, seed ${seed}`);
  console.log(`nothing was lost; ended as ${JSON.stringify(report.ended)}; every ledger sums to zero`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
