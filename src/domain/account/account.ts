import type { PlanName } from './plans.ts';

/**
 * Who pays. At every commit `granted = available + reserved + spent`; all are credits, whole
 * and never negative. The balances are a projection of the ledger, checked by tests.
 */
export interface Account {
  /** The user's id. */
  readonly id: string;
  readonly plan: PlanName;
  readonly granted: number;
  readonly available: number;
  /** Held by jobs that have not ended. */
  readonly reserved: number;
  readonly spent: number;
  /** Jobs that hold a slot now. */
  readonly activeJobs: number;
  readonly usedRuleSlots: number;
  /** Items that failed in the work, which costs nothing, in the hour from `failuresSince` on. */
  readonly failedItems: number;
  /** When that hour began. Milliseconds since 1970; 0 before the first. */
  readonly failuresSince: number;
  /** Number of the newest ledger entry; 0 before the first. */
  readonly ledgerSequence: number;
  /** Changes at every write; 0 for an account that was never stored. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The four sides that credits move between. `granted` is the source and runs negative. */
export const buckets = ['granted', 'available', 'reserved', 'spent'] as const;
export type Bucket = (typeof buckets)[number];

export type MovementType = 'grant' | 'reserve' | 'return' | 'commit' | 'rollback';

/** Which way each movement goes: from its debit bucket to its credit bucket. */
export const movementDirections: Readonly<Record<MovementType, { readonly debit: Bucket; readonly credit: Bucket }>> = {
  grant: { debit: 'granted', credit: 'available' },
  reserve: { debit: 'available', credit: 'reserved' },
  /** Part of a reservation that is not needed (any longer) goes back. */
  return: { debit: 'reserved', credit: 'available' },
  commit: { debit: 'reserved', credit: 'spent' },
  /** Like `return`, for what a canceled job did not deliver. */
  rollback: { debit: 'reserved', credit: 'available' },
};

export interface Movement {
  /** Number in the account's ledger, from 1, without gaps. */
  readonly sequence: number;
  readonly type: MovementType;
  /** Credits, at least 1. */
  readonly amount: number;
  readonly at: number;
}

/** One line of the append-only ledger. It takes from one bucket what it gives another: its sum is zero. */
export interface LedgerEntry extends Movement {
  readonly accountId: string;
  readonly jobId: string | null;
  /** Why, for grants; null otherwise. */
  readonly note: string | null;
  readonly debit: Bucket;
  readonly credit: Bucket;
}

/** Credits and a slot held for one job: taken once, then kept or given back once. */
export interface Reservation {
  readonly jobId: string;
  readonly accountId: string;
  readonly state: 'held' | 'committed' | 'rolled-back';
  /** Credits still held; 0 unless `held`. */
  readonly held: number;
  /** Credits kept at the end. */
  readonly spent: number;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** What was moved for this job, for its history. */
  readonly movements: readonly Movement[];
}
