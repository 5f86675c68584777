import { clockToleranceMs } from '../../domain/job/start.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  leasesLookedAt, workerKeptMs, workersKept, type HeardWorker, type HeldJob, type WorkerNote, type WorkerStore,
} from '../../ports/store/worker-store.ts';
import type { Database } from './database.ts';
import { arraysOf, statement, text, unnest, type Column } from './statement.ts';

const columns: readonly Column<HeardWorker>[] = [
  text('id', ({ id }) => id),
  text('types', ({ types }) => JSON.stringify(types)),
];
// In the order in which everyone takes these rows.
const note = statement(
  'workers_note',
  `INSERT INTO workers (id, types, since, heard_at) SELECT c.id, c.types, $3::bigint, $3::bigint
    FROM ${unnest(columns)} WHERE c.types <> '[]' OR EXISTS (SELECT FROM workers w WHERE w.id = c.id OFFSET 0)
    ORDER BY c.id COLLATE "C"
    ON CONFLICT (id) DO UPDATE SET heard_at = CASE
        -- Noted by a clock that was ahead.
        WHEN workers.heard_at > excluded.heard_at + ${clockToleranceMs} THEN excluded.heard_at
        ELSE greatest(workers.heard_at, excluded.heard_at)
      END, since = least(workers.since, excluded.since),
      types = CASE excluded.types WHEN '[]' THEN workers.types ELSE excluded.types END
    RETURNING since`,
);
const purgeSilent = statement(
  'workers_forget_silent',
  `DELETE FROM workers WHERE id = ANY(ARRAY(
    SELECT id FROM workers WHERE heard_at < $1::bigint FOR UPDATE SKIP LOCKED
  ))`,
);
const purgeExcess = statement(
  'workers_forget_excess',
  `DELETE FROM workers WHERE id = ANY(ARRAY(
    SELECT id FROM workers WHERE id = ANY(ARRAY(
      SELECT id FROM workers WHERE heard_at >= $1::bigint ORDER BY heard_at DESC OFFSET ${workersKept}
    )) FOR UPDATE SKIP LOCKED
  ))`,
);
const forget = statement(
  'workers_forget',
  `DELETE FROM workers WHERE id = ANY(ARRAY(
    SELECT id FROM workers WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE
  ))`,
);
const list = statement(
  'workers_list',
  `SELECT id, types, since, heard_at AS "heardAt" FROM workers WHERE id > $1::text AND heard_at + 0 >= $2::bigint
    AND heard_at + 0 <= $4::bigint
    ORDER BY id LIMIT $3`,
);
const leased = `FROM work_claims c, unnest(c.job_ids, c.tokens) AS l (id, token), LATERAL (
      SELECT * FROM jobs_open WHERE id = l.id AND work_token = l.token AND leased_until > $1::bigint OFFSET 0
    ) j WHERE c.lapse_at >= 0`;
const held = statement(
  'workers_held',
  `SELECT "workerId", "jobId", type, since FROM (
      SELECT j.lease_worker AS "workerId", j.id AS "jobId", j.type, c.taken_at AS since, j.leased_until ${leased}
      ORDER BY j.leased_until LIMIT ${leasesLookedAt}
    ) held WHERE "workerId" = ANY($2::text[])`,
);
const unseen = statement('workers_unseen', `SELECT l.token ${leased} LIMIT 1 OFFSET ${leasesLookedAt}`);

export function createWorkerStore(database: Database): WorkerStore {
  return {
    async note(workers, now) {
      const values = [...arraysOf(columns, workers), now];
      const [noted] = await database.write<{ readonly since: number }>([{ statement: note, values }]);
      if (!noted?.rows.some(({ since }) => since === now)) return;
      await database.write([
        { statement: purgeSilent, values: [now - workerKeptMs] },
        { statement: purgeExcess, values: [now - workerKeptMs] },
      ]);
    },
    async forget(ids) {
      await database.write([{ statement: forget, values: [ids] }]);
    },
    async list({ limit, after = '', now }) {
      assertLimit(limit, 1_000);
      const rows = await database.read<Omit<WorkerNote, 'types'> & { readonly types: string }>(
        list, [after, now - workerKeptMs, limit, now + clockToleranceMs],
      );
      return rows.map((row) => ({ ...row, types: JSON.parse(row.types) as string[] }));
    },
    async held(workerIds, now) {
      const [jobs = [], more = []] = await database.snapshot([
        { statement: held, values: [now, workerIds] },
        { statement: unseen, values: [now] },
      ]);
      return { jobs: jobs as readonly HeldJob[], complete: more.length === 0 };
    },
  };
}
