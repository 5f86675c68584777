import { buckets, type Bucket, type LedgerEntry } from '../../domain/account/account.ts';
import type { Work } from '../../domain/job/work.ts';

/**
 * What metrics say of the whole store. Each is read at a cost that does not grow with the number of jobs or accounts.
 */
export interface StoreMeasures {
  /**
   * Since when a worker could have had the job of each type that has waited longest for one: the earliest `dueAt` of
   * its ready rows, or all but the earliest where many are ready at one priority. Those without ready rows are left
   * out. At most 100 types.
   */
  readySince(types: readonly WorkTypeName[]): Promise<readonly ReadySince[]>;
  /** Workers that were heard of at this time or later, by each type that they take. */
  workersByType(heardFrom: number): Promise<ReadonlyMap<string, number>>;
  /** Of all accounts together. */
  credits(): Promise<Credits>;
  /** When the oldest message of the outbox was stored; null when there is none. */
  outboxOldestAt(): Promise<number | null>;
  /** What the store takes up on its disk; absent where that is not known. */
  bytes?(): Promise<number>;
}

export interface WorkTypeName {
  readonly kind: string;
  readonly type: string;
}

export interface ReadySince extends WorkTypeName {
  readonly dueAt: Work['dueAt'];
}

export const mostTypesMeasured = 100;
/** Of all types together, so many priorities are looked at, the greatest first. */
export const mostPriorities = 1_000;
/** Of each priority, so many rows are looked at, those that were made first. */
export const readyLookedAt = 20;

/** As accounts have them: what was granted is positive. */
export type Credits = Readonly<Record<Bucket, number>>;

export interface CreditsMoved {
  readonly bucket: Bucket;
  readonly credits: number;
}

/** What these lines of the ledger add to each bucket, in the order of their names; what adds nothing is left out. */
export function creditsMoved(entries: Iterable<LedgerEntry>): readonly CreditsMoved[] {
  const sums: Record<Bucket, number> = { granted: 0, available: 0, reserved: 0, spent: 0 };
  for (const { debit, credit, amount } of entries) {
    sums[debit] -= amount;
    sums[credit] += amount;
  }
  // In the ledger it is the source, and runs negative.
  sums.granted = -sums.granted;
  return buckets.toSorted().flatMap((bucket) => (sums[bucket] === 0 ? [] : [{ bucket, credits: sums[bucket] }]));
}

export function creditsOf(rows: Iterable<CreditsMoved>): Credits {
  const sums: Record<Bucket, number> = { granted: 0, available: 0, reserved: 0, spent: 0 };
  for (const { bucket, credits } of rows) sums[bucket] += credits;
  return sums;
}
