import type { SqliteDriver } from './driver.ts';

/** Of everything that is done when its time has come; each goes by an index. */
const dues = [
  'SELECT min(due_at) FROM outbox_rows WHERE due_at IS NOT NULL',
  'SELECT min(deadline_at) FROM job_rows WHERE deadline_at IS NOT NULL',
  `SELECT min(leased_until) FROM job_rows WHERE stage = 'leased'`,
  `SELECT min(due_at) FROM job_rows WHERE stage = 'scheduled'`,
  'SELECT min(free_at) FROM work_fronts WHERE free_at IS NOT NULL',
  'SELECT min(next_at) FROM schedules WHERE enabled = 1 AND next_at IS NOT NULL',
  `SELECT min(due_at) FROM webhook_deliveries WHERE state = 'pending'`,
  'SELECT min(due_at) FROM ended_objects WHERE due_at IS NOT NULL',
];

const select = `SELECT ${dues.map((sql, at) => `(${sql}) AS due${at}`).join(', ')}`;

/**
 * When something that is stored is next due, for a server that is alone with its store and sleeps until then.
 * Milliseconds since 1970; null: nothing is.
 */
export function nextDue(driver: SqliteDriver): number | null {
  const [row = {}] = driver.all<Record<string, number | null>>(select);
  const found = Object.values(row).filter((due) => due !== null);
  return found.length === 0 ? null : Math.min(...found);
}
