import type { SeededRandom } from '../seeded-random.ts';
import { createSeededRandom } from '../seeded-random.ts';
import type { Ask } from './ask.ts';
import type { Call } from './gate.ts';
import { jumpsMs } from './jumping-clock.ts';
import type { Act } from './kind-model.ts';
import type { Fate } from './fate.ts';
import { drain } from './drain.ts';
import { settings, type World } from './world.ts';

/** One thing that happens; its seed decides on everything about it that is left open. */
export interface Step {
  readonly type: 'ask' | 'ask and wait' | 'release' | 'fault' | 'time' | 'crash' | 'jump';
  readonly seed: number;
}

/** As data, so that steps may be left out and the rest happens as before. */
export interface Scenario {
  readonly seed: number;
  readonly users: readonly string[];
  readonly servers: readonly string[];
  /** Of the models, by position: which kinds of jobs are asked for. */
  readonly kinds: readonly number[];
  /** Whether clocks are set to wrong times: to the right ones at the end. */
  readonly jumps: boolean;
  readonly steps: readonly Step[];
}

const { uploadTimeLimitMs } = settings;

const calm: readonly Step['type'][] = ['ask', 'ask and wait', 'ask and wait', 'release', 'release', 'release', 'time'];
const wild: readonly Step['type'][] = [...calm, ...calm, 'fault', 'fault', 'crash'];

const jumpy: readonly Step['type'][] = [...wild, 'jump', 'jump', 'time', 'time', 'time'];

export function planScenario(seed: number, { jumps = false }: { readonly jumps?: boolean } = {}): Scenario {
  const random = createSeededRandom(seed);
  const isCalm = random.chance(0.3);
  const types = jumps ? jumpy : isCalm ? calm : wild;
  const length = random.integer(20, 80);
  return {
    seed,
    jumps,
    users: ['ada', 'bob', 'cleo'].slice(0, random.integer(1, 3)),
    servers: random.chance(0.2) ? ['one'] : ['one', 'two'],
    kinds: random.pick([[0], [1], [1], [0, 1]]),
    steps: Array.from({ length }, () => ({ type: random.pick(types), seed: random.uint32() })),
  };
}

/** Throws the first Violation. After the steps everything that is under way is brought to its end. */
export async function playScenario(
  scenario: Scenario,
  world: World,
  asking: { readonly acts: readonly Act[]; readonly clearUps: readonly Ask[] },
): Promise<void> {
  for (const step of scenario.steps) await play(step, world, asking.acts);
  await world.setClocksRight();
  await drain(world, asking.clearUps);
}

async function play({ type, seed }: Step, world: World, acts: readonly Act[]): Promise<void> {
  const random = createSeededRandom(seed);
  switch (type) {
    case 'ask':
    case 'ask and wait':
      return ask(world, random, acts, type === 'ask and wait');
    case 'release':
      for (let times = random.integer(1, 3); times > 0; times--) await release(world, random, 'performed');
      return;
    case 'fault':
      return fault(world, random);
    case 'time':
      return world.advance(random.pick([1, 1_000, 1_000, 5_000, 31_000, 31_000, 120_000, uploadTimeLimitMs]));
    case 'jump': {
      const whose = random.pick([null, null, ...world.serverNames]);
      return world.jump(whose, random.pick(jumpsMs));
    }
    case 'crash':
      return crash(world, random);
  }
}

/** More than this many wait at once for their answer only in the storm that a client makes for itself. */
const mostPending = 8;

async function ask(world: World, random: SeededRandom, acts: readonly Act[], wait: boolean): Promise<void> {
  const server = random.pick(world.serverNames);
  let next: Ask | null = null;
  // Many an act makes no sense yet: then another one is thought of.
  for (let thoughts = 0; next === null && thoughts < 4; thoughts++) next = random.pick(acts)(world, random);
  if (next === null || world.pending >= mostPending) return release(world, random, 'performed');
  await world.ask(next, server);
  const before = world.pending;
  for (let left = 40; wait && left > 0 && world.calls.length > 0 && world.pending >= before; left--) {
    await release(world, random, 'performed');
  }
}

/** What services do by themselves, mostly in vain: it is not to be most of what happens. */
const looking: ReadonlySet<string> = new Set([
  'outbox.claim', 'jobs.overdue', 'work.admit', 'work.lapsed', 'jobs.deadlines',
]);

async function release(world: World, random: SeededRandom, fate: Fate): Promise<void> {
  if (world.calls.length === 0) return;
  const asked = world.calls.filter(({ name }) => !looking.has(name));
  await world.release(random.pick(asked.length > 0 && random.chance(0.6) ? asked : world.calls), fate);
}

/** Of a commit, if there is one or can soon be one; else of whatever waits. */
async function fault(world: World, random: SeededRandom): Promise<void> {
  const commits = (): Call[] => world.calls.filter(({ name }) => name === 'commit');
  for (let tries = 0; tries < 3 && commits().length === 0; tries++) {
    const load = world.calls.find(({ name }) => name === 'load');
    if (load !== undefined) await world.release(load);
  }
  if (world.calls.length === 0) return;
  const call = random.pick(commits().length > 0 ? commits() : world.calls);
  const possible: Fate[] = ['lost', 'cut off'];
  if (call.name === 'commit') possible.push('conflict', 'nothing stored');
  await world.release(call, random.pick(possible));
}

/** Half of the time the store still does the last thing that it was asked to. */
async function crash(world: World, random: SeededRandom): Promise<void> {
  const server = random.pick(world.serverNames);
  const calls = world.calls.filter((call) => call.server === server);
  if (calls.length > 0 && random.chance(0.5)) await world.release(random.pick(calls), 'unanswered');
  await world.restart(server);
}
