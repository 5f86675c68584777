import type { UsageCap } from '../../ports/store/usage-cap.ts';
import type { Usage, UsageChange, UsageReads } from '../../ports/store/usage.ts';
import type { SqliteDriver } from './driver.ts';
import { typesOf } from './job-types.ts';

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

/** In the transaction, once all that it changes is written. */
export function isExceeded(driver: SqliteDriver, { ownerId, kind, types, ...caps }: UsageCap): boolean {
  const usage = readUsage(driver, ownerId, kind);
  const isOver = (name: keyof Usage): boolean => caps[name] !== null && usage[name] > caps[name];
  if (isOver('unfinished') || isOver('kept') || isOver('bytes')) return true;
  return types !== null && typesOf(driver, ownerId, kind, types + 1).length > types;
}

function readUsage(driver: SqliteDriver, ownerId: string, kind: string): Usage {
  return driver.all<Usage & Record<string, number>>(read, [ownerId, kind])[0] ?? { unfinished: 0, kept: 0, bytes: 0 };
}

export function createUsageReads(driver: SqliteDriver): UsageReads {
  return {
    // Only ever compared with a limit: it need not be durable.
    async of(ownerId, kind) {
      return readUsage(driver, ownerId, kind);
    },
  };
}
