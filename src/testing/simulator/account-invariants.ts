import { isDeepStrictEqual } from 'node:util';
import type { Account, LedgerEntry, Reservation } from '../../domain/account/account.ts';
import { balancesOf } from '../../domain/account/ledger.ts';
import { plans } from '../../domain/account/plans.ts';
import type { Job } from '../../domain/job/job.ts';
import { shown, type Invariant } from './invariant.ts';

/** An account as the store has it after a commit that changed it, and as it had it before. */
export interface AccountView {
  readonly account: Account;
  readonly before: Account | null;
  readonly ledger: readonly LedgerEntry[];
  readonly ledgerBefore: readonly LedgerEntry[];
  readonly jobs: readonly Job[];
  readonly reservations: readonly Reservation[];
  /** Rule slots that what kinds keep for the account takes. */
  readonly ruleSlots: number;
  readonly billing: readonly { readonly sequence: number; readonly jobId: string | null; readonly amount: number }[];
}

/** By the plan that it has or, where the plan changed in the same commit, by the one that it had. */
function most(limit: 'runningJobs' | 'ruleSlots', { account, before }: AccountView): number {
  return Math.max(plans[account.plan][limit], plans[before?.plan ?? account.plan][limit]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What is true of an account after every commit. */
export const accountInvariants: readonly Invariant<AccountView>[] = [
  {
    guarantee: 'G3',
    name: 'granted = available + reserved + spent, none of them negative',
    check: ({ account }) => {
      const { granted, available, reserved, spent } = account;
      const right = granted === available + reserved + spent && Math.min(available, reserved, spent) >= 0;
      return right ? null : shown(account);
    },
  },
  {
    guarantee: 'G3',
    name: 'the ledger adds up to the balances',
    check: ({ account, ledger }) => {
      const balances = balancesOf(ledger);
      const { granted, available, reserved, spent, ledgerSequence } = account;
      const numbered = ledger.every(({ sequence }, at) => sequence === at + 1) && ledger.length === ledgerSequence;
      const right = -balances.granted === granted && balances.available === available;
      const held = balances.reserved === reserved && balances.spent === spent;
      return numbered && right && held ? null : `${shown(balances)} is not ${shown(account)}`;
    },
  },
  {
    guarantee: 'G3',
    name: 'the ledger is appended to and never changed',
    check: ({ ledger, ledgerBefore }) =>
      isDeepStrictEqual(ledger.slice(0, ledgerBefore.length), ledgerBefore) ? null : shown(ledgerBefore),
  },
  {
    guarantee: 'G3',
    name: 'what is reserved and spent is what the reservations say',
    check: ({ account, reservations }) => {
      const held = sum(reservations.map((one) => one.held));
      const spent = sum(reservations.map((one) => one.spent));
      return held === account.reserved && spent === account.spent ? null : `${shown(reservations)}, ${shown(account)}`;
    },
  },
  {
    guarantee: 'G3',
    name: 'as many jobs are active as have not ended',
    check: ({ account, jobs }) => {
      const open = jobs.filter(({ endedAt }) => endedAt === null).map(({ id }) => id);
      return open.length === account.activeJobs ? null : `${shown(open)} are open, ${shown(account)}`;
    },
  },
  {
    guarantee: 'G6',
    name: 'no job begins beyond the slots of the plan',
    check: (view) => {
      // An account that lost its plan may run what it ran, and nothing more.
      const { account, before } = view;
      const grown = account.activeJobs > (before?.activeJobs ?? 0);
      return grown && account.activeJobs > most('runningJobs', view) ? shown(account) : null;
    },
  },
  {
    guarantee: 'G6',
    name: 'as many rule slots are used as there are rules, and no more begin than the plan keeps',
    check: (view) => {
      const { account, before, ruleSlots } = view;
      const { usedRuleSlots } = account;
      const grown = usedRuleSlots > (before?.usedRuleSlots ?? 0);
      const right = usedRuleSlots === ruleSlots && !(grown && usedRuleSlots > most('ruleSlots', view));
      return right ? null : `${ruleSlots}, ${shown(account)}`;
    },
  },
  {
    guarantee: 'G2',
    name: 'every grant, and every movement of a job that has ended, is billed once',
    check: ({ ledger, jobs, billing }) => {
      const ended = new Set(jobs.filter(({ endedAt }) => endedAt !== null).map(({ id }) => id));
      const due = ledger.filter(({ jobId }) => jobId === null || ended.has(jobId));
      const expected = due.map(({ sequence, jobId, type, amount }) => ({ sequence, jobId, type, amount }));
      return isDeepStrictEqual(billing, expected) ? null : `${shown(billing)} is not ${shown(expected)}`;
    },
  },
];
