import { describe, expect, it } from 'vitest';
import type { Account, Reservation } from '../../src/domain/account/account.ts';
import {
  freeRuleSlot,
  grant,
  maxCredits,
  open,
  reserve,
  setPlan,
  settle,
  shrink,
  takeRuleSlot,
  unopened,
  type AccountChange,
} from '../../src/domain/account/decide.ts';
import { plans } from '../../src/domain/account/plans.ts';
import { InvariantViolation, type Result } from '../../src/domain/errors.ts';

const now = 1000;

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

function opened(): Account {
  return open(unopened('ada', now), now).account;
}

/** A free account with `credits` of its ten held by the job. */
function holding(credits: number): { account: Account; reservation: Reservation } {
  const { account, reservation } = accepted(reserve(opened(), null, 'job', credits, now));
  if (reservation === null) throw new Error('nothing is held');
  return { account, reservation };
}

const balances = ({ granted, available, reserved, spent, activeJobs }: Account): number[] => [
  granted, available, reserved, spent, activeJobs,
];
const moves = ({ entries }: AccountChange): string[] => entries.map(({ type, amount }) => `${type} ${amount}`);

describe('opening an account', () => {
  it('grants what the plan starts with', () => {
    const change = open(unopened('ada', now), now);
    expect(balances(change.account)).toEqual([10, 10, 0, 0, 0]);
    expect(change.entries).toEqual([
      {
        accountId: 'ada', sequence: 1, jobId: null, type: 'grant', debit: 'granted', credit: 'available', amount: 10,
        note: 'plan free', at: now,
      },
    ]);
  });

  it('grants nothing to a pro account', () => {
    const change = open({ ...unopened('ada', now), plan: 'pro' }, now);
    expect([balances(change.account), change.entries]).toEqual([[0, 0, 0, 0, 0], []]);
  });

  it('changes nothing for an open account', () => {
    expect(open(opened(), now).changed).toBe(false);
    expect(open({ ...unopened('ada', now), version: 1 }, now).changed).toBe(false);
  });
});

describe('granting credits', () => {
  it('makes them available', () => {
    const change = accepted(grant(opened(), 5, 'thanks', now));
    expect([balances(change.account), moves(change)]).toEqual([[15, 15, 0, 0, 0], ['grant 5']]);
    expect(change.entries[0]?.note).toBe('thanks');
  });

  it('is refused beyond the most that an account can hold', () => {
    const full = { ...opened(), granted: maxCredits, available: maxCredits };
    expect(grant(full, 1, null, now)).toMatchObject({ ok: false, refusal: { code: 'invalid_request' } });
    expect(grant({ ...full, granted: maxCredits - 1, available: maxCredits - 1 }, 1, null, now).ok).toBe(true);
  });

  it.each([-1, 0.5, NaN])('of %d throws', (credits) => {
    expect(() => grant(opened(), credits, null, now)).toThrow(InvariantViolation);
  });
});

describe('reserving', () => {
  it('takes the credits and a slot', () => {
    const change = accepted(reserve(opened(), null, 'job', 4, now));
    expect([balances(change.account), moves(change)]).toEqual([[10, 6, 4, 0, 1], ['reserve 4']]);
    expect(change.reservation).toEqual({
      jobId: 'job', accountId: 'ada', state: 'held', held: 4, spent: 0, createdAt: now, settledAt: null,
      movements: [{ sequence: 2, type: 'reserve', amount: 4, at: now }],
    });
  });

  it('takes the last credit', () => {
    expect(balances(holding(10).account)).toEqual([10, 0, 10, 0, 1]);
  });

  it('is refused one credit beyond the available ones, which it names', () => {
    expect(reserve(opened(), null, 'job', 11, now)).toMatchObject({
      ok: false, refusal: { code: 'insufficient_credits', details: { needed: 11, available: 10 } },
    });
  });

  it.each(['free', 'pro'] as const)('is refused beyond the slots of the plan %s', (plan) => {
    const { runningJobs } = plans[plan];
    const full: Account = { ...opened(), plan, activeJobs: runningJobs };
    expect(reserve(full, null, 'job', 1, now)).toMatchObject({
      ok: false,
      refusal: {
        code: 'concurrency_limit', retryable: true, details: { activeJobs: runningJobs, limit: runningJobs },
      },
    });
    expect(reserve({ ...full, activeJobs: runningJobs - 1 }, null, 'job', 1, now).ok).toBe(true);
  });

  it('for the same job changes nothing, even when there is no room left', () => {
    const { account, reservation } = holding(10);
    const again = accepted(reserve(account, reservation, 'job', 10, now));
    expect([again.changed, again.account, again.reservation]).toEqual([false, account, reservation]);
  });
});

describe('shrinking a reservation', () => {
  it('returns the surplus and keeps the slot', () => {
    const { account, reservation } = holding(7);
    const change = shrink(account, reservation, 3, now);
    expect([balances(change.account), moves(change)]).toEqual([[10, 7, 3, 0, 1], ['return 4']]);
    expect(change.reservation?.held).toBe(3);
  });

  it.each([7, 8])('of 7 to %d changes nothing', (keep) => {
    const { account, reservation } = holding(7);
    expect(shrink(account, reservation, keep, now).changed).toBe(false);
  });

  it('changes nothing once it is settled', () => {
    const { account, reservation } = holding(7);
    const settled = settle(account, reservation, { delivered: 2, failed: 0, outcome: 'commit' }, now);
    expect(shrink(settled.account, settled.reservation!, 0, now).changed).toBe(false);
  });

  it('to less than nothing throws', () => {
    const { account, reservation } = holding(7);
    expect(() => shrink(account, reservation, -1, now)).toThrow(InvariantViolation);
  });
});

describe('settling a reservation', () => {
  it.each([
    ['commit', 5, [10, 5, 0, 5, 0], ['commit 5'], 'committed'],
    ['commit', 2, [10, 8, 0, 2, 0], ['commit 2', 'return 3'], 'committed'],
    ['commit', 0, [10, 10, 0, 0, 0], ['return 5'], 'committed'],
    ['rollback', 0, [10, 10, 0, 0, 0], ['rollback 5'], 'rolled-back'],
    ['rollback', 2, [10, 8, 0, 2, 0], ['commit 2', 'rollback 3'], 'rolled-back'],
    ['rollback', 5, [10, 5, 0, 5, 0], ['commit 5'], 'rolled-back'],
  ] as const)('as %s with %d of 5 delivered', (outcome, delivered, after, written, state) => {
    const { account, reservation } = holding(5);
    const change = settle(account, reservation, { delivered, failed: 0, outcome }, now + 1);
    expect([balances(change.account), moves(change)]).toEqual([after, written]);
    expect(change.reservation).toMatchObject({ state, held: 0, spent: delivered, settledAt: now + 1 });
    const movements = change.reservation?.movements.map(({ type, amount }) => `${type} ${amount}`);
    expect(movements).toEqual(['reserve 5', ...written]);
  });

  it('again changes nothing, whatever the second outcome', () => {
    const { account, reservation } = holding(5);
    const once = settle(account, reservation, { delivered: 2, failed: 0, outcome: 'commit' }, now);
    const twice = settle(once.account, once.reservation!, { delivered: 5, failed: 0, outcome: 'rollback' }, now);
    expect([twice.changed, twice.account]).toEqual([false, once.account]);
  });

  it.each([-1, 6, NaN, 0.5])('with %d of 5 delivered throws', (delivered) => {
    const { account, reservation } = holding(5);
    const end = { delivered, failed: 0, outcome: 'commit' } as const;
    expect(() => settle(account, reservation, end, now)).toThrow(InvariantViolation);
  });

  it('of an unknown job throws', () => {
    const { reservation } = holding(5);
    const end = { delivered: 0, failed: 0, outcome: 'rollback' } as const;
    expect(() => settle(opened(), reservation, end, now)).toThrow(InvariantViolation);
  });
});

describe('failed items', () => {
  const hourMs = 3_600_000;
  /** The account after a set of so many, all of which failed. */
  const failing = (account: Account, count: number, at: number): Account => {
    const { account: held, reservation } = accepted(reserve(account, null, `job-${at}`, 1, at));
    return settle(held, reservation!, { delivered: 0, failed: count, outcome: 'commit' }, at).account;
  };
  const tries = (account: Account, at: number) => reserve(account, null, 'next', 1, at);

  it('stop further sets once there are too many within an hour', () => {
    const almost = failing(opened(), 49, now);
    expect(tries(almost, now + 1).ok).toBe(true);
    const full = failing(almost, 1, now + 600_000);
    expect(tries(full, now + 600_001)).toMatchObject({
      ok: false,
      refusal: { code: 'rate_limit', details: { failedItems: 50, limit: 50, retryAfterSeconds: 3_000 } },
    });
    expect(tries(full, now + hourMs - 1).ok).toBe(false);
    expect(tries(full, now + hourMs).ok).toBe(true);
  });

  it('of an hour that is over do not count', () => {
    const later = failing(failing(opened(), 49, now), 1, now + hourMs);
    expect([later.failedItems, later.failuresSince]).toEqual([1, now + hourMs]);
  });

  it('counted while the clock was ahead do not block for longer', () => {
    expect(tries(failing(opened(), 50, now + 30 * 24 * hourMs), now).ok).toBe(true);
  });

  it('count as the plan says', () => {
    const pro = setPlan(failing(opened(), 50, now), 'pro', now).account;
    expect(tries(pro, now + 1).ok).toBe(true);
  });
});

describe('a plan', () => {
  it('that changes changes the limits of its account, and no balance', () => {
    const change = setPlan(opened(), 'pro', now);
    expect([change.account.plan, balances(change.account), change.entries]).toEqual(['pro', [10, 10, 0, 0, 0], []]);
  });

  it('that an account has already changes nothing', () => {
    expect(setPlan(opened(), 'free', now).changed).toBe(false);
  });

  it('gives its number of rule slots, and takes them back', () => {
    const one = accepted(takeRuleSlot(opened(), now));
    const two = accepted(takeRuleSlot(one, now));
    expect(takeRuleSlot(two, now)).toMatchObject({
      ok: false, refusal: { code: 'rule_limit', details: { usedRuleSlots: 2, maxRuleSlots: 2 } },
    });
    expect(takeRuleSlot(freeRuleSlot(two, now), now).ok).toBe(true);
  });

  it('takes back no rule slot that was not taken', () => {
    expect(() => freeRuleSlot(opened(), now)).toThrow(InvariantViolation);
  });
});

describe('an account that is out of balance throws for', () => {
  it.each([
    ['credits from nowhere', { available: 11 }],
    ['credits that went missing', { granted: 11 }],
    ['negative available credits', { available: -5, reserved: 15 }],
    ['negative reserved credits', { available: 11, reserved: -1 }],
    ['negative spent credits', { available: 11, spent: -1 }],
    ['a negative number of running jobs', { activeJobs: -1 }],
  ])('%s', (_name, wrong) => {
    expect(() => grant({ ...opened(), ...wrong }, 1, null, now)).toThrow(/not balanced/);
  });
});
