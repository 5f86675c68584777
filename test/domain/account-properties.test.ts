import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, LedgerEntry, Reservation } from '../../src/domain/account/account.ts';
import {
  grant,
  open,
  reserve,
  setPlan,
  settle,
  shrink,
  unopened,
  type AccountChange,
} from '../../src/domain/account/decide.ts';
import { balancesOf } from '../../src/domain/account/ledger.ts';
import { plans } from '../../src/domain/account/plans.ts';

type Act =
  | { readonly type: 'grant'; readonly credits: number }
  | { readonly type: 'plan'; readonly plan: 'free' | 'pro' }
  | { readonly type: 'reserve' | 'shrink' | 'settle'; readonly job: string; readonly credits: number };

interface World {
  account: Account;
  readonly reservations: Map<string, Reservation>;
  readonly ledger: LedgerEntry[];
  /** Reservations taken while as many jobs ran as the plan allows. */
  overruns: number;
}

const job = fc.constantFrom('a', 'b', 'c', 'd');
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ type: fc.constant('grant' as const), credits: fc.integer({ min: 1, max: 1000 }) }),
  fc.record({ type: fc.constant('plan' as const), plan: fc.constantFrom('free' as const, 'pro' as const) }),
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('reserve' as const, 'shrink' as const, 'settle' as const),
      job,
      credits: fc.integer({ min: 1, max: 12 }),
    }),
  },
);

function begin(): World {
  const { account, entries } = open(unopened('ada', 0), 0);
  return { account, ledger: [...entries], reservations: new Map(), overruns: 0 };
}

function decide(world: World, one: Act, now: number): AccountChange | null {
  const { account, reservations } = world;
  if (one.type === 'plan') return setPlan(account, one.plan, now);
  if (one.type === 'grant') {
    const granted = grant(account, one.credits, null, now);
    return granted.ok ? granted.value : null;
  }
  const reservation = reservations.get(one.job) ?? null;
  if (one.type === 'reserve') {
    const reserved = reserve(account, reservation, one.job, one.credits, now);
    if (!reserved.ok) return null;
    if (reserved.value.changed && account.activeJobs >= plans[account.plan].runningJobs) world.overruns += 1;
    return reserved.value;
  }
  if (reservation === null) return null;
  if (one.type === 'shrink') return shrink(account, reservation, one.credits, now);
  const outcome = one.credits % 2 === 0 ? 'commit' : 'rollback';
  return settle(account, reservation, { delivered: Math.min(one.credits, reservation.held), failed: 0, outcome }, now);
}

/** Whether anything changed. */
function apply(world: World, one: Act, now: number): boolean {
  const change = decide(world, one, now);
  if (change === null) return false;
  world.account = change.account;
  world.ledger.push(...change.entries);
  if (change.reservation !== null) world.reservations.set(change.reservation.jobId, change.reservation);
  return change.changed;
}

/** Checks after every act. */
function holdsAlways(check: (world: World, last: Act) => void): void {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const world = begin();
      acts.forEach((one, index) => {
        apply(world, one, index);
        check(world, one);
      });
    }),
  );
}

describe('after any sequence of commands on an account', () => {
  it('nothing changes when a command other than a grant is repeated', () => {
    holdsAlways((world, last) => {
      const before = world.account;
      if (last.type !== 'grant') expect(apply(world, last, 1e6)).toBe(false);
      expect(world.account).toBe(before);
    });
  });

  it('its balances are what its ledger adds up to', () => {
    holdsAlways(({ account, ledger }) => {
      const { granted, available, reserved, spent } = account;
      expect(balancesOf(ledger)).toEqual({ granted: granted === 0 ? 0 : -granted, available, reserved, spent });
    });
  });

  it('its ledger sums to zero and is numbered without gaps', () => {
    holdsAlways(({ account, ledger }) => {
      expect(Object.values(balancesOf(ledger)).reduce((sum, one) => sum + one, 0)).toBe(0);
      expect(ledger.map(({ sequence }) => sequence)).toEqual(ledger.map((_entry, index) => index + 1));
      expect(account.ledgerSequence).toBe(ledger.length);
    });
  });

  it('what is reserved, spent and running is what its reservations say', () => {
    holdsAlways(({ account, reservations }) => {
      const all = [...reservations.values()];
      expect(account.reserved).toBe(all.reduce((sum, { held }) => sum + held, 0));
      expect(account.spent).toBe(all.reduce((sum, { spent }) => sum + spent, 0));
      expect(account.activeJobs).toBe(all.filter(({ state }) => state === 'held').length);
    });
  });

  it('no reservation is taken beyond the slots of its plan', () => {
    holdsAlways(({ overruns }) => {
      expect(overruns).toBe(0);
    });
  });

  it("a reservation's movements are its lines of the ledger", () => {
    holdsAlways(({ ledger, reservations }) => {
      const told = [...reservations.values()].map(({ jobId, movements }) => [jobId, movements]);
      const written = [...reservations.keys()].map((jobId) => [
        jobId,
        ledger
          .filter((entry) => entry.jobId === jobId)
          .map(({ sequence, type, amount, at }) => ({ sequence, type, amount, at })),
      ]);
      expect(told).toEqual(written);
    });
  });
});
