import type { SeededRandom } from '../seeded-random.ts';
import type { Fate } from './fate.ts';
import { Violation } from './invariant.ts';
import { jumpsMs } from './jumping-clock.ts';
import type { Life } from './life.ts';
import type { Lives } from './lives.ts';
import { rest } from './rest.ts';
import type { Played } from './simulate.ts';

export interface PlayedLives extends Played {
  /** Awaits that the first server came past. */
  readonly points: number;
}

/** Whatever goes wrong in it is a violation, a bug of the simulation too. */
export async function played<W extends Lives>(world: W, play: (world: W) => Promise<void>): Promise<PlayedLives> {
  const unheard = (error: unknown): void => void (world.fatal ??= error);
  process.on('unhandledRejection', unheard);
  try {
    await play(world);
    return { violation: null, trace: world.trace, points: world.points };
  } catch (error) {
    const what = String(error instanceof Error ? error.stack : error);
    const violation = error instanceof Violation ? error : new Violation('the simulation works', what);
    return { violation, trace: world.trace, points: world.points };
  } finally {
    process.off('unhandledRejection', unheard);
  }
}

/** One call, or a little time. */
export async function step(world: Lives): Promise<void> {
  if (world.fatal instanceof Violation) throw world.fatal;
  if (world.fatal !== null) throw new Violation('nothing that fails ends a server', String(world.fatal));
  const { random, calls, clock, agenda } = world;
  if (calls.length > 0 && !random.chance(world.isWild ? 0.02 : 0)) {
    const call = random.pick(calls);
    return world.release(call, world.isWild ? fateOf(world, call.name) : 'performed');
  }
  const most = random.integer(200, world.isWild ? 1_000 : 3_000);
  const next = agenda.nextAt;
  await world.advance(next === null ? most : Math.max(0, Math.min(most, next - clock.now())));
}

/** How often a call fails, by its name. A message that is not said to be delivered comes once more, much later. */
const faulty: ReadonlyMap<string, number> = new Map([['commit', 0.03], ['outbox.done', 0.1]]);

function fateOf({ random, isOut }: Lives, name: string): Fate {
  if (isOut) return random.pick(['cut off', 'cut off', 'performed']);
  if (!random.chance(faulty.get(name) ?? 0.003)) return 'performed';
  const fates: readonly Fate[] = ['lost', 'cut off'];
  return random.pick(name === 'commit' ? [...fates, 'conflict', 'nothing stored'] : fates);
}

/** What a server says, calls being let through meanwhile. Another one is asked when it dies: it never answers. */
export async function answerOf<T>(world: Lives, ask: (life: Life) => Promise<T>): Promise<T> {
  for (;;) {
    const life = world.anyLife();
    if (life === null) {
      await step(world);
      continue;
    }
    const state = { done: false };
    const answer = ask(life).finally(() => void (state.done = true));
    answer.catch(() => {});
    while (!state.done && !life.dead) {
      await rest();
      if (!state.done) await step(world);
    }
    if (state.done) return answer;
  }
}

/** Whoever asks a server that dies meanwhile hears nothing. */
export function asked(world: Lives, ask: (life: Life) => Promise<void>): void {
  const life = world.anyLife();
  if (life === null) return;
  ask(life).catch((error: unknown) => world.note(`  an answer is an error: ${String(error)}`));
}

/** Each at most so often within the time: servers die, and the store does not answer for a while. */
export function planCrashes(world: Lives, random: SeededRandom, withinMs: number): void {
  const { agenda } = world;
  anyTime(world, random, withinMs, 5, () =>
    world.crash(random.integer(0, world.lives.length - 1), random.integer(0, 40_000)));
  anyTime(world, random, withinMs, 3, () => {
    world.isOut = true;
    agenda.after(random.integer(100, 8_000), () => void (world.isOut = false));
  });
}

/** Somebody sets clocks to wrong times. */
export function planJumps(world: Lives, random: SeededRandom, withinMs: number): void {
  anyTime(world, random, withinMs, 6, () => {
    const slots = [...world.lives.keys()];
    world.jump(random.pick([null, null, ...slots]), random.pick(jumpsMs));
  });
}

/** At most so often within the time. */
export function anyTime(
  { agenda }: Lives, random: SeededRandom, withinMs: number, most: number, mishap: () => void,
): void {
  for (let left = random.integer(0, most); left > 0; left--) agenda.after(random.integer(0, withinMs), mishap);
}
