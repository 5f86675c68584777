import { InvariantViolation, ok, refuse, type Result } from '../errors.ts';
import {
  movementDirections,
  type Account,
  type LedgerEntry,
  type Movement,
  type MovementType,
  type Reservation,
} from './account.ts';
import { plans, type PlanName, type PlanTable } from './plans.ts';

export interface AccountChange {
  readonly account: Account;
  /** The reservation as it is now; null when the command concerns none. */
  readonly reservation: Reservation | null;
  readonly entries: readonly LedgerEntry[];
  /** False when the command was said before: nothing is to be stored. */
  readonly changed: boolean;
}

/** What a job has come to. */
export interface JobEnd {
  readonly delivered: number;
  /** Items that workers spent their time on in vain. */
  readonly failed: number;
  /** How what was not delivered goes back: `rollback` when the job was canceled. */
  readonly outcome: 'commit' | 'rollback';
}

/** Largest balance of an account, so that sums stay exact integers in every store. */
export const maxCredits = 1_000_000_000;

/** An account as it is before anything was ever stored for it. */
export function unopened(id: string, now: number): Account {
  return {
    id, plan: 'free', granted: 0, available: 0, reserved: 0, spent: 0, activeJobs: 0, usedRuleSlots: 0,
    failedItems: 0, failuresSince: 0, ledgerSequence: 0, version: 0, createdAt: now, updatedAt: now,
  };
}

/** Grants what the plan starts with. Leaves an account that is open as it is. */
export function open(account: Account, now: number, limits: PlanTable = plans): AccountChange {
  if (account.version > 0 || account.ledgerSequence > 0) return unchanged(account, null);
  const credits = limits[account.plan].startingCredits;
  return movement(account, null, null, [['grant', credits, `plan ${account.plan}`]], now);
}

export function grant(account: Account, credits: number, note: string | null, now: number): Result<AccountChange> {
  if (account.granted + credits > maxCredits) {
    return refuse('invalid_request', `An account can hold at most ${maxCredits} credits.`, {
      fields: { credits: 'too many' },
    });
  }
  return ok(movement(account, null, null, [['grant', credits, note]], now));
}

export function setPlan(account: Account, plan: PlanName, now: number): AccountChange {
  if (account.plan === plan) return unchanged(account, null);
  return { account: { ...account, plan, updatedAt: now }, reservation: null, entries: [], changed: true };
}

/** Takes `credits` and one slot for the job, or neither. Said again for the same job, changes nothing. */
export function reserve(
  account: Account,
  existing: Reservation | null,
  jobId: string,
  credits: number,
  now: number,
  limits: PlanTable = plans,
): Result<AccountChange> {
  if (existing !== null) return ok(unchanged(account, existing));
  const { available, activeJobs, plan } = account;
  if (credits > available) {
    const needs = credits === 1 ? '1 credit' : `${credits} credits`;
    const message = `This needs ${needs}, but only ${available} ${available === 1 ? 'is' : 'are'} available.`;
    return refuse('insufficient_credits', message, { needed: credits, available });
  }
  const slots = limits[plan].runningJobs;
  if (activeJobs >= slots) {
    const message = `The plan ${plan} allows ${slots} running jobs: wait for one to end, or cancel one.`;
    return refuse('concurrency_limit', message, { activeJobs, limit: slots });
  }
  const failing = tooManyFailures(account, now, limits);
  if (failing !== null) return failing;
  const reservation: Reservation = {
    jobId, accountId: account.id, state: 'held', held: credits, spent: 0, createdAt: now, settledAt: null,
    movements: [],
  };
  const taken = { ...account, activeJobs: activeJobs + 1 };
  return ok(movement(taken, reservation, jobId, [['reserve', credits, null]], now));
}

/** Lowers what is held for the job to `keep` credits. Never raises it; changes nothing once settled. */
export function shrink(account: Account, reservation: Reservation, keep: number, now: number): AccountChange {
  if (keep < 0) throw new InvariantViolation(`job ${reservation.jobId} keeps ${keep} credits`);
  const surplus = reservation.held - keep;
  if (reservation.state !== 'held' || surplus <= 0) return unchanged(account, reservation);
  const smaller = { ...reservation, held: keep };
  return movement(account, smaller, reservation.jobId, [['return', surplus, null]], now);
}

/**
 * The job ended: `delivered` credits are spent, the rest goes back and the slot is free; `failed` items had their share
 * of the workers' time for nothing. Said again, changes nothing.
 */
export function settle(
  account: Account,
  reservation: Reservation,
  { delivered, failed, outcome }: JobEnd,
  now: number,
): AccountChange {
  if (reservation.state !== 'held') return unchanged(account, reservation);
  if (delivered < 0 || delivered > reservation.held) {
    throw new InvariantViolation(`job ${reservation.jobId} delivered ${delivered} of ${reservation.held} credits held`);
  }
  const rest = reservation.held - delivered;
  const settled: Reservation = {
    ...reservation,
    state: outcome === 'commit' ? 'committed' : 'rolled-back',
    held: 0,
    spent: delivered,
    settledAt: now,
  };
  const freed = { ...account, ...withFailures(account, failed, now), activeJobs: account.activeJobs - 1 };
  return movement(freed, settled, reservation.jobId, [
    ['commit', delivered, null],
    [outcome === 'commit' ? 'return' : 'rollback', rest, null],
  ], now);
}

const hourMs = 3_600_000;

/** Whether the hour is over. A clock that was ahead for a while does not stretch it. */
function isOver({ failuresSince }: Account, now: number): boolean {
  return now - failuresSince >= hourMs || failuresSince > now;
}

function withFailures(account: Account, failed: number, now: number): Pick<Account, 'failedItems' | 'failuresSince'> {
  const { failedItems, failuresSince } = account;
  if (failed === 0) return { failedItems, failuresSince };
  if (failedItems === 0 || isOver(account, now)) return { failedItems: failed, failuresSince: now };
  return { failedItems: failedItems + failed, failuresSince };
}

function tooManyFailures(account: Account, now: number, limits: PlanTable): ReturnType<typeof refuse> | null {
  const { plan, failedItems, failuresSince } = account;
  const limit = limits[plan].failedItemsPerHour;
  if (failedItems < limit || isOver(account, now)) return null;
  const retryAfterSeconds = Math.ceil((failuresSince + hourMs - now) / 1_000);
  const message =
    `${failedItems} of your items failed within an hour, but the plan ${plan} allows only ${limit}: ` +
    `look at their errors, and create the next set in ${Math.ceil(retryAfterSeconds / 60)} minutes.`;
  return refuse('rate_limit', message, { failedItems, limit, retryAfterSeconds });
}

/** Takes one more rule slot, or refuses. */
export function takeRuleSlot(account: Account, now: number, limits: PlanTable = plans): Result<Account> {
  const limit = limits[account.plan].ruleSlots;
  if (account.usedRuleSlots >= limit) {
    return refuse('rule_limit', `The plan ${account.plan} allows ${limit} rules: delete one first.`, {
      usedRuleSlots: account.usedRuleSlots,
      maxRuleSlots: limit,
    });
  }
  return ok({ ...account, usedRuleSlots: account.usedRuleSlots + 1, updatedAt: now });
}

export function freeRuleSlot(account: Account, now: number): Account {
  if (account.usedRuleSlots === 0) throw new InvariantViolation(`account ${account.id} has no rule slot to free`);
  return { ...account, usedRuleSlots: account.usedRuleSlots - 1, updatedAt: now };
}

function unchanged(account: Account, reservation: Reservation | null): AccountChange {
  return { account, reservation, entries: [], changed: false };
}

/** Writes the movements (those of nothing are left out) and moves the balances with them. */
function movement(
  account: Account,
  reservation: Reservation | null,
  jobId: string | null,
  moves: readonly (readonly [type: MovementType, amount: number, note: string | null])[],
  now: number,
): AccountChange {
  const balances = { granted: 0, available: account.available, reserved: account.reserved, spent: account.spent };
  let { ledgerSequence, granted } = account;
  const entries: LedgerEntry[] = [];
  for (const [type, amount, note] of moves) {
    if (amount === 0) continue;
    if (!Number.isSafeInteger(amount) || amount < 0) throw new InvariantViolation(`${type} of ${amount} credits`);
    const { debit, credit } = movementDirections[type];
    balances[debit] -= amount;
    balances[credit] += amount;
    if (debit === 'granted') granted += amount;
    ledgerSequence += 1;
    const accountId = account.id;
    entries.push({ accountId, sequence: ledgerSequence, jobId, type, debit, credit, amount, note, at: now });
  }
  const { available, reserved, spent } = balances;
  const next: Account = { ...account, granted, available, reserved, spent, ledgerSequence, updatedAt: now };
  assertConserved(next);
  const movements: Movement[] = entries.map(({ sequence, type, amount, at }) => ({ sequence, type, amount, at }));
  return {
    account: next,
    reservation: reservation && { ...reservation, movements: [...reservation.movements, ...movements] },
    entries,
    changed: true,
  };
}

/** G3: throws when credits were made or lost, or a balance is negative. */
function assertConserved(account: Account): void {
  const { granted, available, reserved, spent, activeJobs } = account;
  const wrong = granted !== available + reserved + spent || Math.min(available, reserved, spent, activeJobs) < 0;
  if (wrong) throw new InvariantViolation(`account ${account.id} is not balanced: ${JSON.stringify(account)}`);
}
