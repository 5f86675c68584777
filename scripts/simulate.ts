/**
 * `npm run simulate -- --seed=N [--rounds=M] [--jumps]`: plays M scenarios (1 by default) from seed N on, with
 * clocks that are set to wrong times if wanted, and stops at the first that goes wrong, with the smallest trace of it.
 * One round that goes right prints all that happened.
 */
import { simulatedKinds } from './simulated-kinds.ts';
import { parseArgs } from 'node:util';
import { planScenario } from '../src/testing/simulator/scenario.ts';
import { describeFinding, playOnce, simulate } from '../src/testing/simulator/simulate.ts';
import { openSimulatedSqlite } from '../src/testing/simulator/sqlite.ts';
import { Tally } from '../src/testing/simulator/tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '1' },
    jumps: { type: 'boolean', default: false },
  },
});
const [seed, rounds] = [whole('seed', values.seed, 0), whole('rounds', values.rounds, 1)];

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  process.stderr.write(`--${name} is a whole number from ${least} on, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

const { jumps } = values;
const store = openSimulatedSqlite();
const tally = new Tally();
const began = performance.now();
const finding = await simulate({ kinds: simulatedKinds, store, seed, rounds, tally, jumps });
const seconds = (performance.now() - began) / 1000;
if (finding !== null) {
  process.stdout.write(`${describeFinding(finding)}\n`);
  process.exitCode = 1;
} else if (rounds === 1) {
  const { trace } = await playOnce(planScenario(seed, { jumps }), simulatedKinds, store);
  process.stdout.write(`${trace.join('\n')}\nEverything held.\n`);
} else {
  process.stdout.write(`${tally.lines().join('\n')}\n`);
  process.stdout.write(`Everything held in ${rounds} scenarios from seed ${seed} on, ${seconds.toFixed(1)} s.\n`);
}
await store.close();
