import { clockToleranceMs } from '../../domain/job/start.ts';
import type { HealedWork } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';

const leases = `UPDATE job_rows SET timeout_at = min(timeout_at, ? + timeout_ms),
    leased_until = min(leased_until, ? + lease_ms, ? + coalesce(timeout_ms, lease_ms))
  WHERE stage = 'leased' AND leased_until > ? AND (leased_until > ? + lease_ms OR timeout_at > ? + timeout_ms)`;
const pauses = `UPDATE job_rows SET due_at = ? + pause_ms
  WHERE stage = 'scheduled' AND pause_ms IS NOT NULL AND due_at > ? AND due_at > ? + pause_ms`;
const starts = 'UPDATE work_starts SET at = ? WHERE at > ?';
/** Made from starts: each is looked at again. */
const fronts = 'UPDATE work_fronts SET free_at = ? WHERE free_at > ?';

/** In a transaction. */
export function healWork(driver: SqliteDriver, now: number): HealedWork {
  const latest = now + clockToleranceMs;
  const healed = {
    leases: driver.run(leases, [now, now, now, latest, latest, latest]),
    pauses: driver.run(pauses, [now, latest, latest]),
    starts: driver.run(starts, [now, latest]),
  };
  driver.run(fronts, [now, latest]);
  return healed;
}
