import { createAccountAct } from './account-asks.ts';
import { Violation } from './invariant.ts';
import type { KindParts } from '../../services/kind-runtime.ts';
import type { KindModel } from './kind-model.ts';
import { planScenario, playScenario, type Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import type { SimulatedStore } from './simulated-store.ts';
import { Tally } from './tally.ts';
import { World } from './world.ts';

/** Requests about jobs of each kind for one about accounts. */
const jobShare = 7;

export interface Played {
  /** Null when everything held. */
  readonly violation: Violation | null;
  /** What happened, one line each. */
  readonly trace: readonly string[];
}

export interface Finding extends Played {
  readonly violation: Violation;
  readonly seed: number;
  readonly jumps: boolean;
  /** Steps of the scenario, and of the smallest one found that breaks the same rule; the trace is the latter's. */
  readonly steps: { readonly found: number; readonly left: number };
}

/** A kind of job as the simulation has it. */
export interface SimulatedKind {
  readonly parts: KindParts;
  /** Made anew for each scenario. */
  createModel(): KindModel;
}

export interface SimulateOptions {
  readonly kinds: readonly SimulatedKind[];
  readonly store: SimulatedStore;
  /** The first scenario's seed; the others follow. */
  readonly seed: number;
  readonly rounds: number;
  readonly tally?: Tally;
  /** As `Scenario.jumps`. */
  readonly jumps?: boolean;
}

/** Plays scenarios until one of them goes wrong: null when none does. */
export async function simulate(options: SimulateOptions): Promise<Finding | null> {
  const { kinds, store, seed, rounds, tally = new Tally(), jumps = false } = options;
  for (let round = 0; round < rounds; round++) {
    const scenario = planScenario(seed + round, { jumps });
    const { violation } = await playOnce(scenario, kinds, store, tally);
    if (violation !== null) return find(scenario, violation, kinds, store);
  }
  return null;
}

/** Anything that goes wrong is a violation, a bug of the simulation too. */
export async function playOnce(
  scenario: Scenario,
  kinds: readonly SimulatedKind[],
  store: SimulatedStore,
  tally = new Tally(),
): Promise<Played> {
  store.clear();
  const models = kinds.map((kind) => kind.createModel());
  const world = new World({ ...scenario, kinds: kinds.map(({ parts }) => parts), store, models, tally });
  await world.start();
  const ofJobs = models.map(({ act }) => act).filter((_act, at) => scenario.kinds.includes(at));
  const acts = [...Array.from({ length: jobShare }, () => ofJobs).flat(), createAccountAct()];
  try {
    await playScenario(scenario, world, { acts, clearUps: models.map(({ clearUp }) => clearUp) });
    return { violation: null, trace: world.trace };
  } catch (error) {
    const broken = error instanceof Error ? error.stack : error;
    const violation = error instanceof Violation ? error : new Violation('the simulation works', String(broken));
    return { violation, trace: world.trace };
  }
}

async function find(
  scenario: Scenario,
  violation: Violation,
  kinds: readonly SimulatedKind[],
  store: SimulatedStore,
): Promise<Finding> {
  const smallest = await shrink(scenario, async (smaller) => {
    const played = await playOnce(smaller, kinds, store);
    return played.violation?.rule === violation.rule;
  });
  const played = await playOnce(smallest, kinds, store);
  const steps = { found: scenario.steps.length, left: smallest.steps.length };
  const { seed, jumps } = scenario;
  return { violation: played.violation ?? violation, trace: played.trace, seed, jumps, steps };
}

/** For people. */
export function describeFinding({ seed, jumps, violation, steps, trace }: Finding): string {
  const again = `npm run simulate -- --seed=${seed}${jumps ? ' --jumps' : ''}`;
  return [
    `seed ${seed}: ${violation.message}`,
    `${steps.left} of ${steps.found} steps are enough; see it again with: ${again}`,
    ...trace,
  ].join('\n');
}
