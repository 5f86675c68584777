import { simulatedKinds } from '../../scripts/simulated-kinds.ts';
import { afterAll, describe, expect, it } from 'vitest';
import type { Commit } from '../../src/ports/store/commit.ts';
import { noWorkLimits } from '../../src/domain/job/work.ts';
import type { Store } from '../../src/ports/store/store.ts';
import type { WorkStore, WorkType } from '../../src/ports/store/work-store.ts';
import { planScenario } from '../../src/testing/simulator/scenario.ts';
import { playOnce, simulate } from '../../src/testing/simulator/simulate.ts';
import { openSimulatedSqlite } from '../../src/testing/simulator/sqlite.ts';

const store = openSimulatedSqlite();
afterAll(() => store.close());

/** A store that lies now and then. */
function lying(lie: (honest: Store) => Partial<Store>): typeof store {
  return {
    ...store,
    open: () => {
      const honest = store.open();
      return { ...honest, ...lie(honest) };
    },
  };
}

const none = async (): Promise<[]> => [];

const changing = (change: (commit: Commit) => Commit) => (honest: Store): Partial<Store> => ({
  commit: (commit) => honest.commit(change(commit)),
});

const working = (lie: (honest: WorkStore) => Partial<WorkStore>) => (honest: Store): Partial<Store> => ({
  work: { ...honest.work, ...lie(honest.work) },
});

/** Says that there are limits, and keeps none. */
function unlimited(): (honest: Store) => Partial<Store> {
  const said = new Map<string, WorkType>();
  return working((honest) => ({
    putType: (type, now) => {
      said.set(type.name, type);
      return honest.putType({ ...type, limits: noWorkLimits }, now);
    },
    types: async () => (await honest.types()).map((type) => said.get(type.name) ?? type),
  }));
}

/** Stores over whatever is there, as if nobody had changed it meanwhile. */
const blind = (honest: Store): Partial<Store> => ({
  commit: async (commit) => {
    const accounts = await Promise.all(
      commit.accounts.map(async ({ account }) => {
        const version = (await honest.accounts.get(account.id))?.version ?? 0;
        return { account: { ...account, version: version + 1 }, expectedVersion: version };
      }),
    );
    return honest.commit({ ...commit, accounts });
  },
});

type Lie = readonly [name: string, rule: RegExp, lie: (honest: Store) => Partial<Store>, seed?: number];

/** A lie that few scenarios come across names the seed from which on one soon does. */
function testFindings(lies: readonly Lie[]): void {
  for (const [name, rule, lie, seed = 1] of lies) {
    it(name, { timeout: 180_000 }, async () => {
      const finding = await simulate({ kinds: simulatedKinds, store: lying(lie), seed, rounds: 2_000 });
      expect(finding?.violation.rule).toMatch(rule);
      expect(finding?.steps.left).toBeLessThanOrEqual(finding?.steps.found ?? 0);
    });
  }
}

describe('the simulation finds a store that', () => {
  testFindings([
    ['loses commits that it acknowledged', / is never lost$/, () => ({ commit: async () => ({ ok: true }) as const })],
    ['drops an event', /./, changing((commit) => ({ ...commit, events: commit.events.slice(0, -1) }))],
    ['drops the ledger', /^G3 the ledger/, changing((commit) => ({ ...commit, ledger: [] }))],
    ['drops reservations', /^G3 /, changing((commit) => ({ ...commit, reservations: [] }))],
    ['drops the history', /^G2 the history/, changing((commit) => ({ ...commit, history: [] }))],
    ['drops outbox messages', /^G7 /, changing((commit) => ({ ...commit, outbox: [] }))],
    ['drops idempotency keys', /is true$|at most$|^G2 a key/, changing((commit) => ({ ...commit, idempotency: [] }))],
    ['overlooks a conflict on an account', /./, blind],
    ['loses queue messages', /^G7 /, (honest: Store) => ({ queue: { ...honest.queue, put: async () => {} } })],
    [
      'delivers a leased queue message',
      /^G5 /,
      (honest: Store) => {
        const pull: Store['queue']['pull'] = (queue, options) => {
          return honest.queue.pull(queue, { ...options, now: options.now + options.leaseMs });
        };
        return { queue: { ...honest.queue, pull } };
      },
      820,
    ],
    [
      'accepts acknowledgements of old deliveries',
      /^the answer to (acknowledge|retry|renew) is true/,
      (honest: Store) => {
        const acknowledge: Store['queue']['acknowledge'] = async (_queue, leases) => leases.map(() => true);
        return { queue: { ...honest.queue, acknowledge } };
      },
      560,
    ],
    ['never offers outbox messages', /^G1 /, (honest: Store) => ({ outbox: { ...honest.outbox, claim: none } })],
    ['never lists overdue jobs', /^G1 /, (honest: Store) => ({ jobs: { ...honest.jobs, overdue: none } })],
  ]);
});

describe('the simulation of tasks finds a store that', () => {
  testFindings([
    ['stores no work', /^G1 work is offered/, changing((commit) => ({ ...commit, work: [] }))],
    ['keeps released keys', /^G2 a key is held/, changing((commit) => ({ ...commit, released: [] }))],
    ['ignores limits', /^G6 no more /, unlimited()],
    [
      'gives workers another job than it has stored',
      /^G4 what a worker is given/,
      working((honest) => ({
        claim: async (options) =>
          (await honest.claim(options)).map((one) => ({ ...one, job: { ...one.job, attempt: 0 } })),
      })),
    ],
    [
      'hands out work out of order',
      /^G6 who waits first/,
      working((honest) => ({ claim: (options) => honest.claim({ ...options, types: options.types.slice(0, 1) }) })),
    ],
    [
      'renews lost leases',
      /^G5 only the live lease/,
      working(() => ({
        renew: async (leases, { now, leaseMs }) =>
          leases.map((lease) => ({ ...lease, leasedUntil: now + leaseMs, cancelRequested: false })),
      })),
    ],
    [
      'ends live leases',
      /^G5 a live lease/,
      working((honest) => ({ lapsed: (now, limit) => honest.lapsed(now + 25_000, limit) })),
    ],
    ['never lists expired leases', /^G1 /, working(() => ({ lapsed: none }))],
    [
      'never admits work',
      /^G1 /,
      working(() => ({ admit: async () => ({ types: [], waiting: false, nextAt: null }) })),
    ],
    [
      'claims deletions that it did not make',
      /./,
      (honest: Store) => ({ retention: { ...honest.retention, removeJobs: async (ids: readonly string[]) => ids } }),
      410,
    ],
  ]);
});

describe('a scenario', () => {
  const play = (seed: number): ReturnType<typeof playOnce> => playOnce(planScenario(seed), simulatedKinds, store);

  it('happens in the same way each time', async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await play(seed), await play(seed)];
      expect(first.violation).toBeNull();
      expect(first.trace.length).toBeGreaterThan(50);
      expect(second.trace).toEqual(first.trace);
    }
  });

  it('is a different one with another seed', async () => {
    const [first, second] = [await play(1), await play(2)];
    expect(second.trace).not.toEqual(first.trace);
  });

  it('that goes wrong is reduced to fewer steps and goes wrong in the same way', async () => {
    const finding = await simulate({ kinds: simulatedKinds, store: lying(blind), seed: 1, rounds: 2_000 });
    const again = await simulate({ kinds: simulatedKinds, store: lying(blind), seed: finding?.seed ?? 0, rounds: 1 });
    expect(finding?.steps.left).toBeLessThan(finding?.steps.found ?? 0);
    expect(again?.violation.rule).toBe(finding?.violation.rule);
    expect(again?.trace).toEqual(finding?.trace);
  });
});
