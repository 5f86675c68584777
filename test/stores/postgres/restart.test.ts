import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { granting } from '../../application/operations.ts';
import { startEmbedded, type EmbeddedServer } from '../../postgres/embedded.ts';
import { open } from './open.ts';

// A server of its own: that of the others must not be stopped.
let server: EmbeddedServer;
let store: Store;
beforeEach(async () => {
  server = await startEmbedded();
  store = await open(server.url, { connectTimeoutMs: 2_000 });
});
afterEach(async () => {
  await store.close();
  await server.remove();
});

/** What became of one account's grants of one credit each. */
interface Tally {
  readonly account: string;
  acknowledged: number;
  /** Those that ended in an error: stored or not. */
  failed: number;
}

const callers = 16;

/** Callers that grant one credit after the other until they are told to stop. */
function load(writePath: WritePath): { readonly tallies: Tally[]; total(): number; stop(): Promise<void> } {
  let going = true;
  const tallies = Array.from({ length: callers }, (_, n): Tally => {
    return { account: `user-${n}`, acknowledged: 0, failed: 0 };
  });
  const running = tallies.map(async (tally) => {
    while (going) {
      const granted = await writePath.run(granting(tally.account, 1)).catch(() => null);
      if (granted?.ok === true) tally.acknowledged += 1;
      else tally.failed += 1;
      // Errors come at once while nothing listens: that must not keep everything else from happening.
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
  return {
    tallies,
    total: () => tallies.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    stop: async () => {
      going = false;
      await Promise.all(running);
    },
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('PostgreSQL that goes away under load and comes back', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)('(%s) has lost nothing that was acknowledged', async (signal) => {
    const work = load(new WritePath({ store, clock: createFakeClock() }));
    for (let round = 1; round <= 3; round++) {
      const before = work.total();
      await until(() => work.total() >= before + 200);
      await server.stop(signal);
      await server.start();
      const restarted = work.total();
      await until(() => work.total() >= restarted + 200);
    }
    await work.stop();
    for (const { account: id, acknowledged, failed } of work.tallies) {
      const account = await store.accounts.get(id);
      // Ten were granted when the account was opened.
      const granted = (account?.available ?? 0) - 10;
      expect(granted).toBeGreaterThanOrEqual(acknowledged);
      expect(granted).toBeLessThanOrEqual(acknowledged + failed);
      const ledger = await store.accounts.ledger(id, { after: 0, limit: 1_000 });
      expect(account?.ledgerSequence).toBeGreaterThan(granted);
      expect(ledger.slice(0, 2).map(({ sequence }) => sequence)).toEqual([1, 2]);
    }
  });

  it('tells whoever waits for wake-ups that some may have been missed', async () => {
    let woken = (_topic: string | null): void => {};
    const next = (): Promise<string | null> => new Promise((resolve) => (woken = resolve));
    const connected = next();
    store.wakeUps?.listen((topic) => woken(topic));
    expect(await connected).toBeNull();
    await server.stop('SIGINT');
    const again = next();
    await server.start();
    expect(await again).toBeNull();
  });
});
