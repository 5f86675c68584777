import type { UsageChange, UsageReads } from '../../ports/store/usage.ts';
import type { SqliteDriver } from './driver.ts';

const add = `INSERT INTO owner_usage (owner_id, kind, unfinished, kept, bytes) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (owner_id, kind) DO UPDATE SET unfinished = unfinished + excluded.unfinished,
    kept = kept + excluded.kept, bytes = bytes + excluded.bytes`;
const read = 'SELECT unfinished, kept, bytes FROM owner_usage WHERE owner_id = ? AND kind = ?';

/** In a transaction. */
export function changeUsage(driver: SqliteDriver, changes: readonly UsageChange[]): void {
  for (const { ownerId, kind, unfinished, kept, bytes } of changes) {
    driver.run(add, [ownerId, kind, unfinished, kept, bytes]);
  }
}

export function createUsageReads(driver: SqliteDriver): UsageReads {
  return {
    // Only ever compared with a limit: it need not be durable.
    async of(ownerId, kind) {
      const [row] = driver.all<{ unfinished: number; kept: number; bytes: number }>(read, [ownerId, kind]);
      return row ?? { unfinished: 0, kept: 0, bytes: 0 };
    },
  };
}
