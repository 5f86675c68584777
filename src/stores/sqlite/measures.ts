import type { LedgerEntry } from '../../domain/account/account.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  creditsMoved, creditsOf, mostPriorities, mostTypesMeasured, readyLookedAt,
  type CreditsMoved, type StoreMeasures, type WorkTypeName,
} from '../../ports/store/measures.ts';
import { workersKept } from '../../ports/store/worker-store.ts';
import type { SqliteDriver } from './driver.ts';

const ready = "FROM job_rows WHERE stage = 'ready' AND kind = +? AND type = +?";
const selectPriority = `SELECT priority ${ready} AND priority < +? ORDER BY priority DESC LIMIT 1`;
const selectDue = `SELECT min(due_at) AS dueAt FROM (SELECT due_at ${ready} AND priority = +?
  ORDER BY id LIMIT ${readyLookedAt})`;
const selectWorkers = `SELECT types FROM worker_rows WHERE heard_at >= ? LIMIT ${workersKept}`;
const addToTotal = `INSERT INTO credit_totals (bucket, credits) VALUES (?, ?)
  ON CONFLICT (bucket) DO UPDATE SET credits = credits + excluded.credits`;

/** `bytes`: asks the file system, of a database that is a file. */
export function createMeasures(driver: SqliteDriver, bytes?: () => Promise<number>): StoreMeasures {
  return {
    async readySince(types) {
      assertLimit(Math.max(1, types.length), mostTypesMeasured);
      return driver.snapshot(() => readySince(driver, types));
    },
    async workersByType(heardFrom) {
      const counts = new Map<string, number>();
      for (const { types } of driver.all<{ types: string }>(selectWorkers, [heardFrom])) {
        for (const type of JSON.parse(types) as string[]) counts.set(type, (counts.get(type) ?? 0) + 1);
      }
      return counts;
    },
    async credits() {
      return creditsOf(driver.all<CreditsMoved>('SELECT bucket, credits FROM credit_totals'));
    },
    async outboxOldestAt() {
      const select = 'SELECT created_at AS at FROM outbox_rows WHERE id > 0 ORDER BY id LIMIT 1';
      return driver.all<{ at: number }>(select)[0]?.at ?? null;
    },
    ...(bytes && { bytes }),
  };
}

function readySince(driver: SqliteDriver, types: readonly WorkTypeName[]) {
  let looked = 0;
  return types.flatMap(({ kind, type }) => {
    const key = [kind, type];
    let dueAt = Infinity;
    let below = Number.MAX_SAFE_INTEGER;
    for (; looked < mostPriorities; looked++) {
      const [next] = driver.all<{ priority: number }>(selectPriority, [...key, below]);
      if (next === undefined) break;
      below = next.priority;
      dueAt = Math.min(dueAt, driver.all<{ dueAt: number }>(selectDue, [...key, below])[0]?.dueAt ?? Infinity);
    }
    return dueAt === Infinity ? [] : [{ kind, type, dueAt }];
  });
}

/** Keeps what all accounts have together with the ledger of a commit. */
export function addToCredits(driver: SqliteDriver, ledger: readonly LedgerEntry[]): void {
  for (const { bucket, credits } of creditsMoved(ledger)) driver.run(addToTotal, [bucket, credits]);
}
