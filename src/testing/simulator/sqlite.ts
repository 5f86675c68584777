import type { MovementType } from '../../domain/account/account.ts';
import { neverForgotten } from '../../ports/store/commit.ts';
import { migrate } from '../../stores/sqlite/migrate.ts';
import { readMigrations } from '../../stores/sqlite/node-migrations.ts';
import { createSqliteStore } from '../../stores/sqlite/store.ts';
import { openMemorySqlite } from './memory-driver.ts';
import type { SimulatedStore, WorkRow } from './simulated-store.ts';

const kept = new Set(['schema_migrations', 'store_check']);

const selectKeys = 'SELECT scope, key, resource_id AS jobId FROM idempotency_keys WHERE created_at = ?';
const selectWork = `SELECT id AS jobId, kind, type, stage, priority, due_at AS dueAt,
  iif(stage = 'leased', lease_token, NULL) AS token, concurrency_key AS concurrencyKey, timeout_ms AS timeoutMs, slot,
  leased_until AS leasedUntil, cancel_requested AS cancelRequested
  FROM job_rows WHERE stage IS NOT NULL ORDER BY id`;

/** The SQLite store in memory, which scenarios may begin anew, restart and look into. */
export function openSimulatedSqlite(): SimulatedStore & { close(): Promise<void> } {
  const driver = openMemorySqlite();
  migrate(driver, readMigrations());
  const named = driver.all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const emptied = named.map(({ name }) => name).filter((name) => !kept.has(name));
  const empty = emptied.map((name) => `DELETE FROM ${name};`).join(' ');
  return {
    // In memory nothing becomes durable later than it is seen.
    open: () => {
      const { commitAhead: _, ...store } = createSqliteStore(driver);
      return store;
    },
    clear: () => driver.exec(empty),
    close: () => driver.close(),
    inside: {
      outbox: () => driver.all('SELECT id, topic, job_id AS jobId FROM outbox_rows ORDER BY id'),
      queue: () =>
        driver
          .all<{ queue: string; jobId: string; state: string }>(
            'SELECT queue, job_id AS jobId, state FROM queue_messages',
          )
          .map(({ queue, jobId, state }) => ({ queue, jobId, isGone: state === 'gone' })),
      work: () =>
        driver
          .all<Omit<WorkRow, 'cancelRequested' | 'slot'> & { cancelRequested: number; slot: number }>(selectWork)
          .map(({ concurrencyKey, cancelRequested, slot, ...row }) => ({
            ...row,
            concurrencyKey: concurrencyKey || null, cancelRequested: cancelRequested === 1, slot: slot === 1,
          })),
      keys: () => driver.all(selectKeys, [neverForgotten]),
      billing: (accountId) =>
        driver.all<{ sequence: number; jobId: string | null; type: MovementType; amount: number }>(
          'SELECT sequence, job_id AS jobId, type, amount FROM billing_history WHERE account_id = ? ORDER BY sequence',
          [accountId],
        ),
    },
  };
}
