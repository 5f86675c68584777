import type { MovementType } from '../../domain/account/account.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { readMigrations } from '../../stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../stores/sqlite/store.ts';
import { openMemorySqlite } from './memory-driver.ts';
import type { SimulatedStore } from './simulated-store.ts';

const kept = new Set(['schema_migrations', 'store_check']);

/** The SQLite store in memory, which scenarios may begin anew, restart and look into. */
export function openSimulatedSqlite(): SimulatedStore & { close(): Promise<void> } {
  const driver = openMemorySqlite();
  migrate(driver, readMigrations());
  const named = driver.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const emptied = named.map(({ name }) => name).filter((name) => !kept.has(name));
  const empty = emptied.map((name) => `DELETE FROM ${name};`).join(' ');
  return {
    open: () => createSqliteStore(driver),
    clear: () => driver.exec(empty),
    close: () => driver.close(),
    inside: {
      outbox: () => driver.all('SELECT id, topic, job_id AS jobId FROM outbox_events ORDER BY id'),
      queue: () =>
        driver
          .all<{ queue: string; jobId: string; state: string }>(
            'SELECT queue, job_id AS jobId, state FROM queue_messages',
          )
          .map(({ queue, jobId, state }) => ({ queue, jobId, isGone: state === 'gone' })),
      billing: (accountId) =>
        driver.all<{ sequence: number; jobId: string | null; type: MovementType; amount: number }>(
          'SELECT sequence, job_id AS jobId, type, amount FROM billing_events WHERE account_id = ? ORDER BY sequence',
          [accountId],
        ),
    },
  };
}
