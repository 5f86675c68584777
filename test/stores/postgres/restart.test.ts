import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WritePath } from '../../../src/application/write-path/write-path.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import type { ClaimedJob } from '../../../src/ports/store/work-store.ts';
import { createFakeClock } from '../../../src/testing/fake-clock.ts';
import { newId } from '../../../src/testing/store-suite/bookkeeper.ts';
import { granting } from '../../application/operations.ts';
import { startEmbedded, type EmbeddedServer } from '../../postgres/embedded.ts';
import { open } from './open.ts';
import { asked, commandingTask, creatingTask, faithful, now } from './tasks.ts';

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

describe('PostgreSQL that restarts under load', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)('(%s) has lost nothing that was acknowledged', async (signal) => {
    const work = load(new WritePath({ store, clock: createFakeClock() }));
    for (let round = 1; round <= 2; round++) {
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

  it('reports to waiters that wake-ups may have been missed', async () => {
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

describe('claims while PostgreSQL is killed again and again', () => {
  it('lose no task and finish each one, those whose answer was lost after their lease', async () => {
    const path = new WritePath({ store, clock: createFakeClock(now) });
    const ids = Array.from({ length: 600 }, () => newId(now));
    const made = await Promise.all(ids.map((id) => path.run(creatingTask(id, 'a'))));
    expect(made.every(({ ok }) => ok)).toBe(true);
    let claimed = 0;
    const work = async (workerId: string): Promise<void> => {
      while ((await store.work.counts().catch(() => [null])).length > 0) {
        const jobs = await store.work.claim(asked({ limit: 5, workerId })).catch(() => []);
        claimed += jobs.length;
        const complete = ({ job: { id, lease } }: ClaimedJob) =>
          path.run(commandingTask(id, () => ({ type: 'complete', token: lease?.token ?? 0, result: null })));
        await Promise.allSettled(jobs.map(complete));
        // Nobody knows of those whose answer was lost, until their lease runs out.
        const lapsed = jobs.length > 0 ? [] : await store.work.lapsed(now + 60_000, 100).catch(() => []);
        await Promise.allSettled(lapsed.map(({ jobId, token }) =>
          path.run(commandingTask(jobId, () => ({ type: 'loseLease', token, timedOut: false, random: 0 }))),
        ));
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    const working = Promise.all([work('worker-1'), work('worker-2')]);
    for (const most of [100, 250]) {
      await until(() => claimed >= most);
      await server.stop('SIGKILL');
      await server.start();
    }
    await working;
    for (const id of ids) expect((await faithful(store, id)).state).toBe('completed');
    expect(await store.jobs.counts()).toEqual([{ kind: 'task', type: 'a', state: 'completed', count: ids.length }]);
  });
});
