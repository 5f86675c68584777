import type { Commit, NewOutboxMessage } from '../../src/ports/store/commit.ts';
import type { Store } from '../../src/ports/store/store.ts';
import { createFakeClock } from '../../src/testing/fake-clock.ts';
import { SimulatedWakeUp } from '../../src/testing/simulator/simulated-time.ts';

export const emptyCommit: Commit = {
  jobs: [], accounts: [], reservations: [], records: [], ledger: [], idempotency: [], released: [], work: [],
  events: [], outbox: [], history: [], objects: [],
};

/** As a commit does that has something to say. */
export async function say(store: Store, ...outbox: NewOutboxMessage[]): Promise<void> {
  const result = await store.commit({ ...emptyCommit, outbox });
  if (!result.ok) throw new Error(`conflicts: ${result.conflicts.join(', ')}`);
}

/** A clock and the wake-up of a service that waits by it. */
export function createTime(): {
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly wakeUp: SimulatedWakeUp;
  /** Lets time pass once the service waits, and waits until it does so again. */
  pass(ms: number): Promise<void>;
} {
  const clock = createFakeClock();
  const wakeUp = new SimulatedWakeUp(clock);
  const pass = async (ms: number): Promise<void> => {
    await wakeUp.asleep();
    clock.advance(ms);
    wakeUp.tick();
    await wakeUp.asleep();
  };
  return { clock, wakeUp, pass };
}
