import type { KindParts } from '../../../services/kind-runtime.ts';
import { createSeededRandom, type SeededRandom } from '../../../testing/seeded-random.ts';
import type { Fate } from '../../../testing/simulator/fate.ts';
import { Violation } from '../../../testing/simulator/invariant.ts';
import { rest } from '../../../testing/simulator/rest.ts';
import type { Played } from '../../../testing/simulator/simulate.ts';
import type { SimulatedStore } from '../../../testing/simulator/simulated-store.ts';
import { Tally } from '../../../testing/simulator/tally.ts';
import { noPool } from '../domain/warm-pool.ts';
import { checkEnd, whatIsLeft } from './final-audit.ts';
import { commandsOf, operator, planText, type Life } from './life.ts';
import { CommandWorld } from './world.ts';

export interface PlayOptions {
  readonly seed: number;
  readonly store: SimulatedStore;
  readonly parts: KindParts;
  readonly tally?: Tally;
  /** Absent: mishaps as the seed has them. Else nothing fails but one server, at its n-th await. */
  readonly crashAt?: number;
}

export interface PlayedCommands extends Played {
  /** Awaits that the first server came past. */
  readonly points: number;
}

const wildMs = 150_000;
/** Within this simulated time everything has ended once nothing fails any more. */
const endsWithinMs = 4 * 3_600_000;

/** Plays command jobs to their end. Whatever goes wrong is a violation, a bug of the simulation too. */
export async function playCommands(options: PlayOptions): Promise<PlayedCommands> {
  const { seed, store, parts, tally = new Tally(), crashAt = null } = options;
  store.clear();
  const random = createSeededRandom(seed + 77);
  const isCalm = crashAt !== null;
  const servers = isCalm ? 2 : random.integer(1, 3);
  const world = new CommandWorld({ seed, store, parts, tally, servers, crashAt });
  const unheard = (error: unknown): void => void (world.fatal ??= error);
  process.on('unhandledRejection', unheard);
  try {
    await play(world, store, random, isCalm);
    return { violation: null, trace: world.trace, points: world.points };
  } catch (error) {
    const what = String(error instanceof Error ? error.stack : error);
    const violation = error instanceof Violation ? error : new Violation('the simulation works', what);
    return { violation, trace: world.trace, points: world.points };
  } finally {
    process.off('unhandledRejection', unheard);
  }
}

async function play(world: CommandWorld, store: SimulatedStore, random: SeededRandom, isCalm: boolean): Promise<void> {
  world.isWild = false;
  await register(world, random);
  world.begin();
  world.isWild = !isCalm;
  const acknowledged = planJobs(world, random, isCalm);
  if (!isCalm) planMishaps(world, random);
  const { clock } = world;
  const began = clock.now();
  let isEmptied = false;
  for (let isOver = false; !isOver; ) {
    await step(world);
    if (world.fatal !== null) throw new Violation('nothing that fails ends a server', String(world.fatal));
    const elapsed = clock.now() - began;
    if (world.isWild && elapsed > wildMs) calmDown(world);
    // Else there would always be workers.
    if (!world.isWild && elapsed > wildMs && !isEmptied) isEmptied = await emptyPools(world);
    if (world.isWild || elapsed < wildMs || world.calls.length > 0) continue;
    isOver = world.agenda.nextAt === null && whatIsLeft(world.audit, store.inside, world.providers) === null;
    if (!isOver && elapsed > wildMs + endsWithinMs) {
      const left = whatIsLeft(world.audit, store.inside, world.providers) ?? 'something is planned';
      throw new Violation('G1 whatever was accepted comes to its end', left);
    }
  }
  for (const id of acknowledged) {
    if (world.audit.job(id) === undefined) throw new Violation('G1 an accepted job is never lost', id);
  }
  const life = world.anyLife();
  if (life === null) throw new RangeError('no server is left');
  await during(world, checkEnd(world.audit, store.inside, world.book, life));
  for (const { type, state } of world.audit.jobs('saga')) world.tally.count(`saga ${type}: ${state}`);
  for (const { state } of world.audit.jobs('command')) world.tally.count(`command: ${state}`);
}

/** One call, or a little time. */
async function step(world: CommandWorld): Promise<void> {
  const { random, calls, clock, agenda } = world;
  if (calls.length > 0 && !random.chance(world.isWild ? 0.02 : 0)) {
    const call = random.pick(calls);
    return world.release(call, world.isWild ? fateOf(world, call.name) : 'performed');
  }
  const most = random.integer(200, world.isWild ? 1_000 : 3_000);
  const next = agenda.nextAt;
  await world.advance(next === null ? most : Math.max(0, Math.min(most, next - clock.now())));
}

function fateOf({ random, isOut }: CommandWorld, name: string): Fate {
  if (isOut) return random.pick(['cut off', 'cut off', 'performed']);
  if (!random.chance(name === 'commit' ? 0.03 : 0.003)) return 'performed';
  const fates: readonly Fate[] = ['lost', 'cut off'];
  return random.pick(name === 'commit' ? [...fates, 'conflict', 'nothing stored'] : fates);
}

/** Lets calls through until the work is done. */
async function during<T>(world: CommandWorld, work: Promise<T>): Promise<T> {
  const state = { done: false };
  const noted = work.finally(() => void (state.done = true));
  noted.catch(() => {});
  while (!state.done) {
    await rest();
    if (!state.done) await step(world);
  }
  return noted;
}

async function register(world: CommandWorld, random: SeededRandom): Promise<void> {
  const life = world.anyLife();
  if (life === null) return;
  for (const { name } of world.providers) {
    const made = await during(world, commandsOf(life).providers.register(operator, {
      name, type: 'simulated', config: { name }, status: 'ACTIVE', priority: 0, maxWorkers: random.integer(1, 3),
      labels: {},
      pool: {
        ...noPool, size: random.integer(0, 2), jobsPerWorker: random.integer(1, 3), shared: random.chance(0.5),
      },
    }));
    if (!made.ok) throw new Error(made.refusal.message);
  }
}

/** False: no server is there to do it. */
async function emptyPools(world: CommandWorld): Promise<boolean> {
  const life = world.anyLife();
  if (life === null) return false;
  for (const { name } of world.providers) {
    const done = await during(world, commandsOf(life).providers.update(operator, name, { pool: { size: 0 } }));
    if (!done.ok) throw new Error(done.refusal.message);
  }
  return true;
}

/** Answers the ids of those that servers said they have, as they say so. */
function planJobs(world: CommandWorld, random: SeededRandom, isCalm: boolean): ReadonlySet<string> {
  const acknowledged = new Set<string>();
  const count = isCalm ? 2 : random.integer(1, 8);
  const atOnce = random.chance(0.5);
  for (let job = 0; job < count; job++) {
    const at = atOnce ? 50 : random.integer(0, isCalm ? 100 : 60_000);
    const maxAttempts = random.integer(1, 4);
    const [ms, lines] = [random.pick([5, 500, 3_000, 12_000, 45_000]), random.integer(0, 30)];
    const plan = { ms, lines, exitCode: random.pick([0, 0, 0, 7]) };
    world.agenda.after(at, () => asked(world, async (life) => {
      const made = await commandsOf(life).commands.submit(operator, {
        command: planText(plan), timeoutMs: random.pick([20_000, 60_000]), graceMs: 5_000,
        retry: { maxAttempts, on: random.pick(['lost', 'failure']), backoff: { firstMs: 500, maxMs: 5_000 } },
        ...(random.chance(0.1) ? { startWithinMs: 10_000 } : {}),
      });
      if (made.ok) acknowledged.add(made.value.job.id);
    }));
  }
  return acknowledged;
}

/** Whoever asks a server that dies meanwhile hears nothing. */
function asked(world: CommandWorld, ask: (life: Life) => Promise<void>): void {
  const life = world.anyLife();
  if (life === null) return;
  ask(life).catch((error: unknown) => world.note(`  an answer is an error: ${String(error)}`));
}

function planMishaps(world: CommandWorld, random: SeededRandom): void {
  const { agenda } = world;
  const anyTime = (most: number, mishap: () => void): void => {
    for (let left = random.integer(0, most); left > 0; left--) agenda.after(random.integer(0, wildMs), mishap);
  };
  const anyAgent = () => {
    const agents = world.providers.flatMap((provider) => provider.agents);
    return agents.length === 0 ? null : random.pick(agents);
  };
  anyTime(5, () => world.crash(random.integer(0, world.lives.length - 1), random.integer(0, 40_000)));
  anyTime(3, () => {
    world.isOut = true;
    agenda.after(random.integer(100, 8_000), () => void (world.isOut = false));
  });
  anyTime(6, () => anyAgent()?.cut());
  anyTime(8, () => {
    const agent = anyAgent();
    agent?.freeze();
    // Half of the time past its lease.
    agenda.after(random.integer(1_000, 2 * world.leaseMs), () => agent?.thaw());
  });
  anyTime(3, () => {
    const provider = random.pick(world.providers);
    const ids = provider.workers;
    if (ids.length > 0) provider.kill(random.pick(ids));
  });
  anyTime(6, () => {
    const agent = anyAgent();
    const others = [...world.book.runs.values()].filter(({ workerId, isRunning }) => {
      return isRunning && workerId !== agent?.workerId;
    });
    if (others.length > 0) agent?.claim(random.pick(others).run);
  });
  anyTime(6, () => onAnyJob(world, random, 'cancel'));
  anyTime(6, () => onAnyJob(world, random, 'retry'));
  anyTime(2, () => {
    const workers = world.audit.jobs('worker');
    if (workers.length === 0) return;
    const { id } = random.pick(workers);
    asked(world, async (life) => void (await commandsOf(life).fleet.drain(operator, id, 'An operator ends it.')));
  });
}

function onAnyJob(world: CommandWorld, random: SeededRandom, what: 'cancel' | 'retry'): void {
  const jobs = world.audit.jobs('command');
  if (jobs.length === 0) return;
  const { id } = random.pick(jobs);
  asked(world, async ({ server: { application } }) => {
    const done = await application.jobs[what](operator, id);
    world.tally.count(`command: ${what} ${done.ok ? 'done' : done.refusal.code}`);
  });
}

/** From now on nothing fails. */
function calmDown(world: CommandWorld): void {
  world.note('nothing fails any more');
  [world.isWild, world.isOut] = [false, false];
  for (const agent of world.providers.flatMap(({ agents }) => agents)) agent.thaw();
}
