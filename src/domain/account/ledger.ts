import { buckets, type Bucket, type LedgerEntry } from './account.ts';

export type Balances = Readonly<Record<Bucket, number>>;

/** What the ledger says the balances are; all four together sum to zero. */
export function balancesOf(entries: Iterable<LedgerEntry>): Balances {
  const balances = Object.fromEntries(buckets.map((bucket) => [bucket, 0])) as Record<Bucket, number>;
  for (const { debit, credit, amount } of entries) {
    balances[debit] -= amount;
    balances[credit] += amount;
  }
  return balances;
}
