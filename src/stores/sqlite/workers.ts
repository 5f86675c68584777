import { clockToleranceMs } from '../../domain/job/start.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  leasesLookedAt, workerKeptMs, workersKept, type HeardWorker, type HeldJob, type WorkerNote, type WorkerStore,
} from '../../ports/store/worker-store.ts';
import type { SqliteDriver } from './driver.ts';

export function createWorkerStore(driver: SqliteDriver): WorkerStore {
  return {
    // Not waited for until it is durable: it is said again soon.
    async note(workers, now) {
      driver.transaction(() => note(driver, workers, now));
    },
    async forget(ids) {
      driver.run('DELETE FROM worker_rows WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids)]);
    },
    async list({ limit, after = '', now }) {
      assertLimit(limit, 1_000);
      const [from, to] = [now - workerKeptMs, now + clockToleranceMs];
      return driver.all<WorkerRow>(selectWorkers, [after, from, to, limit]).map(toWorker);
    },
    async held(workerIds, now) {
      return driver.snapshot(() => ({
        jobs: driver.all<HeldJob>(selectHeld, [now, JSON.stringify(workerIds)]),
        complete: driver.all(selectUnseen, [now]).length === 0,
      }));
    },
  };
}

const upsert = `INSERT INTO worker_rows (id, types, since, heard_at)
  SELECT value ->> 'id', value -> 'types', ?, ? FROM json_each(?)
    WHERE json_array_length(value, '$.types') > 0 OR EXISTS (SELECT 1 FROM worker_rows w WHERE w.id = value ->> 'id')
  ON CONFLICT (id) DO UPDATE SET heard_at = iif(
      worker_rows.heard_at > excluded.heard_at + ${clockToleranceMs}, excluded.heard_at,
      max(worker_rows.heard_at, excluded.heard_at)),
    since = min(worker_rows.since, excluded.since),
    types = iif(excluded.types = '[]', worker_rows.types, excluded.types)
  RETURNING since`;
const purgeSilent = 'DELETE FROM worker_rows WHERE heard_at < ?';
const purgeExcess = `DELETE FROM worker_rows WHERE id IN
  (SELECT id FROM worker_rows ORDER BY heard_at DESC LIMIT -1 OFFSET ${workersKept})`;

function note(driver: SqliteDriver, workers: readonly HeardWorker[], now: number): void {
  const heard = workers.map(({ id, types }) => ({ id, types }));
  const noted = driver.all<{ since: number }>(upsert, [now, now, JSON.stringify(heard)]);
  if (!noted.some(({ since }) => since === now)) return;
  driver.run(purgeSilent, [now - workerKeptMs]);
  driver.run(purgeExcess);
}

interface WorkerRow {
  id: string;
  types: string;
  since: number;
  heard_at: number;
}

// By id, which is the order, and not by `heard_at`.
const selectWorkers = `SELECT id, types, since, heard_at FROM worker_rows WHERE id > ? AND +heard_at BETWEEN ? AND ?
  ORDER BY id LIMIT +?`;

function toWorker({ id, types, since, heard_at: heardAt }: WorkerRow): WorkerNote {
  return { id, types: JSON.parse(types) as string[], since, heardAt };
}

const leased = "FROM job_rows WHERE stage = 'leased' AND leased_until > ? ORDER BY leased_until";
const selectHeld = `SELECT worker AS workerId, id AS jobId, type, leased_at AS since
  FROM (SELECT lease_worker AS worker, id, type, leased_at ${leased} LIMIT ${leasesLookedAt})
  WHERE worker IN (SELECT value FROM json_each(?))`;
const selectUnseen = `SELECT id ${leased} LIMIT 1 OFFSET ${leasesLookedAt}`;
