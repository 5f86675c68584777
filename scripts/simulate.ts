/**
 * `npm run simulate -- --seed=N [--rounds=M] [--jumps] [--only=commands|images|others]`: plays M scenarios (1 by
 * default) from seed N on, and M of command jobs with their agents, providers, secrets and files, both with clocks that
 * are set to wrong times if wanted, and of product images with their shop and provider. Stops at the first that goes
 * wrong, with the trace of it. One round that goes right prints all that happened.
 */
import { playCommands } from '../src/kinds/command/simulation/play.ts';
import { productImageModuleWith } from '../src/kinds/product-image/module.ts';
import { playImages } from '../src/kinds/product-image/simulation/play.ts';
import { kindModules } from '../src/main/kinds.ts';
import { simulatedKinds } from './simulated-kinds.ts';
import { parseArgs } from 'node:util';
import { planScenario } from '../src/testing/simulator/scenario.ts';
import { describeFinding, playOnce, simulate, type Played } from '../src/testing/simulator/simulate.ts';
import { openSimulatedSqlite } from '../src/testing/simulator/sqlite.ts';
import { Tally } from '../src/testing/simulator/tally.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '1' },
    jumps: { type: 'boolean', default: false }, only: { type: 'string' },
  },
});
const [seed, rounds] = [whole('seed', values.seed, 0), whole('rounds', values.rounds, 1)];

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  process.stderr.write(`--${name} is a whole number from ${least} on, not ${JSON.stringify(text)}\n`);
  process.exit(2);
}

const { jumps, only } = values;
if (only !== undefined && !['commands', 'images', 'others'].includes(only)) {
  process.stderr.write('--only is commands, images or others\n');
  process.exit(2);
}
const [parts, partsWith] = [kindModules.command, productImageModuleWith];
const store = openSimulatedSqlite();
const tally = new Tally();
const began = performance.now();
const isAsked = (part: string): boolean => only === undefined || only === part;
const wrong = (isAsked('others') ? await others() : null) ??
  (isAsked('commands') ? await each((from) => playCommands({ ...from, store, parts, tally, jumps })) : null) ??
  (isAsked('images') ? await each((from) => playImages({ ...from, store, partsWith, tally })) : null);
if (wrong !== null) {
  process.stdout.write(`${wrong}\n`);
  process.exitCode = 1;
} else {
  const seconds = (performance.now() - began) / 1000;
  if (rounds > 1) process.stdout.write(`${tally.lines().join('\n')}\n`);
  process.stdout.write(`Everything held in ${rounds} scenarios from seed ${seed} on, ${seconds.toFixed(1)} s.\n`);
}

/** What went wrong; null: nothing did. */
async function others(): Promise<string | null> {
  const finding = await simulate({ kinds: simulatedKinds, store, seed, rounds, tally, jumps });
  if (finding !== null) return describeFinding(finding);
  if (rounds === 1) print((await playOnce(planScenario(seed, { jumps }), simulatedKinds, store)).trace);
  return null;
}

async function each(play: (from: { readonly seed: number }) => Promise<Played>): Promise<string | null> {
  for (let round = 0; round < rounds; round++) {
    const { violation, trace } = await play({ seed: seed + round });
    if (violation !== null) return [`seed ${seed + round}: ${violation.message}`, ...trace].join('\n');
    if (rounds === 1) print(trace);
  }
  return null;
}

function print(trace: readonly string[]): void {
  process.stdout.write(`${trace.join('\n')}\n`);
}

await store.close();
