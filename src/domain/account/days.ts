import type { LedgerEntry, MovementType } from './account.ts';

/** What moved in an account on one day, in UTC. Credits. */
export interface DaySums {
  readonly granted: number;
  /** Taken for jobs that were begun. */
  readonly held: number;
  readonly spent: number;
  /** Held before, and not needed. */
  readonly returned: number;
}

export interface AccountDay extends DaySums {
  readonly accountId: string;
  /** Days since 1970-01-01. */
  readonly day: number;
}

export const dayMs = 86_400_000;

const sumOf: Readonly<Record<MovementType, keyof DaySums>> = {
  grant: 'granted', reserve: 'held', commit: 'spent', return: 'returned', rollback: 'returned',
};

/** What these entries add to their days, each day of an account once; by account and day. */
export function daySumsOf(entries: Iterable<LedgerEntry>): readonly AccountDay[] {
  const days = new Map<string, AccountDay>();
  for (const { accountId, type, amount, at } of entries) {
    const day = Math.floor(at / dayMs);
    const key = `${day} ${accountId}`;
    const before = days.get(key) ?? { accountId, day, granted: 0, held: 0, spent: 0, returned: 0 };
    const name = sumOf[type];
    days.set(key, { ...before, [name]: before[name] + amount });
  }
  return [...days.values()].sort((a, b) => {
    if (a.accountId !== b.accountId) return a.accountId < b.accountId ? -1 : 1;
    return a.day - b.day;
  });
}
