import { afterAll, describe, expect, it } from 'vitest';
import type { Commit } from '../../src/ports/store/commit.ts';
import type { Store } from '../../src/ports/store/store.ts';
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

describe('the simulation finds a store that', () => {
  it.each([
    ['forgets what it says to have stored', / is never lost$/, () => ({ commit: async () => ({ ok: true }) as const })],
    ['drops an event', /./, changing((commit) => ({ ...commit, events: commit.events.slice(0, -1) }))],
    ['drops the ledger', /^G3 the ledger/, changing((commit) => ({ ...commit, ledger: [] }))],
    ['drops reservations', /^G3 /, changing((commit) => ({ ...commit, reservations: [] }))],
    ['drops the history', /^G2 the history/, changing((commit) => ({ ...commit, history: [] }))],
    ['drops what is to be said outside', /^G7 /, changing((commit) => ({ ...commit, outbox: [] }))],
    ['drops idempotency keys', /is true$|at most$/, changing((commit) => ({ ...commit, idempotency: [] }))],
    ['overlooks that an account has changed', /./, blind],
    ['loses queue messages', /^G7 /, (honest: Store) => ({ queue: { ...honest.queue, put: async () => {} } })],
    [
      'delivers what somebody holds',
      /^G5 /,
      (honest: Store) => {
        const pull: Store['queue']['pull'] = (queue, options) => {
          return honest.queue.pull(queue, { ...options, now: options.now + options.leaseMs });
        };
        return { queue: { ...honest.queue, pull } };
      },
    ],
    [
      'takes acknowledgements of old deliveries',
      /^the answer to (acknowledge|retry|extend) is true/,
      (honest: Store) => {
        const acknowledge: Store['queue']['acknowledge'] = async (_queue, leases) => leases.map(() => true);
        return { queue: { ...honest.queue, acknowledge } };
      },
    ],
    ['never says what is due', /^G1 /, (honest: Store) => ({ outbox: { ...honest.outbox, claim: none } })],
    ['never says what is overdue', /^G1 /, (honest: Store) => ({ jobs: { ...honest.jobs, overdue: none } })],
  ] as const)('%s', { timeout: 60_000 }, async (_name, rule, lie) => {
    const finding = await simulate({ store: lying(lie), seed: 1, rounds: 2_000 });
    expect(finding?.violation.rule).toMatch(rule);
    expect(finding?.steps.left).toBeLessThanOrEqual(finding?.steps.found ?? 0);
  });
});

describe('a scenario', () => {
  it('happens again in the same way', async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [await playOnce(planScenario(seed), store), await playOnce(planScenario(seed), store)];
      expect(first.violation).toBeNull();
      expect(first.trace.length).toBeGreaterThan(50);
      expect(second.trace).toEqual(first.trace);
    }
  });

  it('is another one with another seed', async () => {
    const [first, second] = [await playOnce(planScenario(1), store), await playOnce(planScenario(2), store)];
    expect(second.trace).not.toEqual(first.trace);
  });

  it('that goes wrong is made smaller and goes wrong in the same way', async () => {
    const finding = await simulate({ store: lying(blind), seed: 1, rounds: 2_000 });
    const again = await simulate({ store: lying(blind), seed: finding?.seed ?? 0, rounds: 1 });
    expect(finding?.steps.left).toBeLessThan(finding?.steps.found ?? 0);
    expect(again?.violation.rule).toBe(finding?.violation.rule);
    expect(again?.trace).toEqual(finding?.trace);
  });
});
