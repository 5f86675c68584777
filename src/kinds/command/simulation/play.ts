import type { KindParts } from '../../../services/kind-runtime.ts';
import { createSeededRandom, type SeededRandom } from '../../../testing/seeded-random.ts';
import { Violation } from '../../../testing/simulator/invariant.ts';
import { operator, type Life } from '../../../testing/simulator/life.ts';
import {
  answerOf, anyTime, asked, planCrashes, planJumps, played, step, type PlayedLives,
} from '../../../testing/simulator/lives-play.ts';
import type { SimulatedStore } from '../../../testing/simulator/simulated-store.ts';
import { Tally } from '../../../testing/simulator/tally.ts';
import { noPool } from '../domain/warm-pool.ts';
import type { CommandFields } from '../domain/types.ts';
import { checkEnd, whatIsLeft } from './final-audit.ts';
import { commandsOf, planText } from './life.ts';
import { CommandWorld } from './world.ts';

export interface PlayOptions {
  readonly seed: number;
  readonly store: SimulatedStore;
  readonly parts: KindParts;
  readonly tally?: Tally;
  /** Absent: mishaps as the seed has them. Else nothing fails but one server, at its n-th await. */
  readonly crashAt?: number;
  /** Clocks are set to wrong times. */
  readonly jumps?: boolean;
}

const wildMs = 150_000;
/** Within this simulated time everything has ended once nothing fails any more. */
const endsWithinMs = 4 * 3_600_000;

/** Plays command jobs to their end. */
export async function playCommands(options: PlayOptions): Promise<PlayedLives> {
  const { seed, store, parts, tally = new Tally(), crashAt = null, jumps = false } = options;
  store.clear();
  const random = createSeededRandom(seed + 77);
  const isCalm = crashAt !== null;
  const servers = isCalm ? 2 : random.integer(1, 3);
  return played(new CommandWorld({ seed, store, tally, servers, crashAt, jumps }, parts), (world) => {
    if (jumps) planJumps(world, random, wildMs);
    return play(world, store, random, isCalm);
  });
}

async function play(world: CommandWorld, store: SimulatedStore, random: SeededRandom, isCalm: boolean): Promise<void> {
  world.isWild = false;
  await register(world, random);
  await answerOf(world, (life) => setSecret(world, life, false));
  const input = await world.files.upload(world.newId());
  world.begin();
  world.isWild = !isCalm;
  const acknowledged = planJobs(world, random, { isCalm, input });
  if (!isCalm) {
    planMishaps(world, random);
    planSecrets(world, random);
  }
  const { clock } = world;
  const began = clock.now();
  let isEmptied = false;
  for (let isOver = false; !isOver; ) {
    await step(world);
    const elapsed = clock.now() - began;
    if (world.isWild && elapsed > wildMs) calmDown(world);
    // Else there would always be workers.
    if (!world.isWild && elapsed > wildMs && !isEmptied) {
      await emptyPools(world);
      isEmptied = true;
    }
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
  await answerOf(world, (life) => checkEnd(world.audit, store.inside, world, life));
  for (const { type, state } of world.audit.jobs('saga')) world.tally.count(`saga ${type}: ${state}`);
  for (const { state, fields } of world.audit.jobs('command')) {
    world.tally.count(`command: ${state}`);
    const { failure } = fields as CommandFields;
    if (failure !== null) world.tally.count(`command: ${failure.reason}`);
  }
}

async function register(world: CommandWorld, random: SeededRandom): Promise<void> {
  for (const { name } of world.providers) {
    const maxWorkers = random.integer(1, 3);
    const pool = {
      ...noPool, size: random.integer(0, 2), jobsPerWorker: random.integer(1, 3), shared: random.chance(0.5),
    };
    const made = await answerOf(world, (life) => commandsOf(life).providers.register(operator, {
      name, type: 'simulated', config: { name }, status: 'ACTIVE', priority: 0, maxWorkers, labels: {}, pool,
    }));
    if (!made.ok) throw new Error(made.refusal.message);
  }
}

async function emptyPools(world: CommandWorld): Promise<void> {
  for (const { name } of world.providers) {
    const done = await answerOf(world, (life) =>
      commandsOf(life).providers.update(operator, name, { pool: { size: 0 } }));
    if (!done.ok) throw new Error(done.refusal.message);
  }
}

/** Answers the ids of those that servers said they have, as they say so. */
function planJobs(
  world: CommandWorld,
  random: SeededRandom,
  { isCalm, input }: { readonly isCalm: boolean; readonly input: string },
): ReadonlySet<string> {
  const acknowledged = new Set<string>();
  const count = isCalm ? 2 : random.integer(1, 8);
  const atOnce = random.chance(0.5);
  for (let job = 0; job < count; job++) {
    const at = atOnce ? 50 : random.integer(0, isCalm ? 100 : 60_000);
    const maxAttempts = random.integer(1, 4);
    const [ms, lines] = [random.pick([5, 500, 3_000, 12_000, 45_000]), random.integer(0, 30)];
    const files = random.pick([0, 0, 1, 3]);
    const plan = { ms, lines, exitCode: random.pick([0, 0, 0, 7]), files };
    const given = {
      ...(files > 0 && { outputs: ['**'] }),
      ...(random.chance(0.5) && { secrets: { TOKEN: world.secrets.name } }),
      ...(random.chance(0.3) && { inputs: [{ objectKey: input, path: 'in' }] }),
    };
    world.agenda.after(at, () => asked(world, async (life) => {
      const made = await commandsOf(life).commands.submit(operator, {
        command: planText(plan), ...given, timeoutMs: random.pick([20_000, 60_000]), graceMs: 5_000,
        retry: { maxAttempts, on: random.pick(['lost', 'failure']), backoff: { firstMs: 500, maxMs: 5_000 } },
        ...(random.chance(0.1) ? { startWithinMs: 10_000 } : {}),
      });
      if (made.ok) acknowledged.add(made.value.job.id);
    }));
  }
  return acknowledged;
}

/** Sets the secret, or deletes it. */
async function setSecret({ secrets: book }: CommandWorld, life: Life, isDeleted: boolean): Promise<void> {
  const { secrets } = commandsOf(life);
  const { value, stored } = book.ask(isDeleted);
  const done = value === null
    ? await secrets.delete(operator, book.name)
    : await secrets.put(operator, book.name, value);
  if (done.ok) stored();
}

/** One after the other, so that the last one that was asked for is the one that is stored. */
function planSecrets(world: CommandWorld, random: SeededRandom): void {
  let asked: { life: Life; isOver: boolean } | null = null;
  anyTime(world, random, wildMs, 6, () => {
    const life = world.anyLife();
    if (life === null || (asked !== null && !asked.isOver && !asked.life.dead)) return;
    const mine = { life, isOver: false };
    asked = mine;
    setSecret(world, life, random.chance(0.3))
      .catch((error: unknown) => world.note(`  an answer is an error: ${String(error)}`))
      .finally(() => void (mine.isOver = true));
  });
}

function planMishaps(world: CommandWorld, random: SeededRandom): void {
  const { agenda } = world;
  const often = (most: number, mishap: () => void): void => anyTime(world, random, wildMs, most, mishap);
  const anyAgent = () => {
    const agents = world.providers.flatMap((provider) => provider.agents);
    return agents.length === 0 ? null : random.pick(agents);
  };
  planCrashes(world, random, wildMs);
  often(6, () => anyAgent()?.cut());
  often(8, () => {
    const agent = anyAgent();
    agent?.freeze();
    // Half of the time past its lease.
    agenda.after(random.integer(1_000, 2 * world.leaseMs), () => agent?.thaw());
  });
  often(3, () => {
    const provider = random.pick(world.providers);
    const ids = provider.workers;
    if (ids.length > 0) provider.kill(random.pick(ids));
  });
  often(6, () => {
    const agent = anyAgent();
    const others = [...world.book.runs.values()].filter(({ workerId, isRunning }) => {
      return isRunning && workerId !== agent?.workerId;
    });
    if (others.length > 0) agent?.claim(random.pick(others).run);
  });
  often(6, () => onAnyJob(world, random, 'cancel'));
  often(6, () => onAnyJob(world, random, 'retry'));
  often(2, () => {
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
  world.calmDown();
  for (const agent of world.providers.flatMap(({ agents }) => agents)) agent.thaw();
}
