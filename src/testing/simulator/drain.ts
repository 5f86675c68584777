import type { Ask } from './ask.ts';
import { shown, Violation } from './invariant.ts';
import { settings, type World } from './world.ts';

/** More calls than this for what is under way at once, and somebody goes round in circles. */
const mostCalls = 5_000;
/** Chains of jobs that wait for each other take a round for each. */
const mostRounds = 60;

/** Nothing fails any more, and time passes: G1, everything that was accepted comes to its end. */
export async function drain(world: World, clearUps: readonly Ask[]): Promise<void> {
  await comeToRest(world);
  for (let round = 0; round < mostRounds; round++) {
    await world.advance(settings.uploadTimeLimitMs + settings.executionTimeLimitMs);
    await comeToRest(world);
    for (const clearUp of clearUps) await world.ask(clearUp, world.serverNames[0] ?? '');
    await comeToRest(world);
    if (whatIsLeft(world) === null) return;
  }
  throw new Violation('G1 whatever was accepted comes to its end', whatIsLeft(world) ?? '');
}

async function comeToRest(world: World): Promise<void> {
  for (let calls = 0; calls < mostCalls; calls++) {
    const [next] = world.calls;
    if (next === undefined) return;
    await world.release(next);
  }
  throw new Violation('G1 the servers come to rest', shown(world.calls.map(({ name }) => name)));
}

function whatIsLeft(world: World): string | null {
  const open = world.truth.jobs().filter(({ endedAt }) => endedAt === null);
  const messages = world.unsaid();
  const nothing = open.length + messages.length + world.pending === 0;
  return nothing ? null : shown({ open, messages, requests: world.pending });
}
