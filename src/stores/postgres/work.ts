import type { LapsedLease, LeaseState, WorkLease, WorkStage, WorkStore } from '../../ports/store/work-store.ts';
import { readWorkKey } from '../../ports/store/work-key.ts';
import { Admissions } from './admission.ts';
import { candidates } from './candidates.ts';
import { Claims } from './claim.ts';
import type { Database } from './database.ts';
import type { CountShares } from './job-counts.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { arraysOf, bigint, statement, text, unnest, type Column } from './statement.ts';
import { healWork } from './heal-work.ts';
import { putType, readTypes } from './work-types.ts';

/** Tokens are named by workers: one that was never given out is no live one, however large it is. */
const leaseColumns: readonly Column<WorkLease>[] = [
  text('job_id', ({ jobId }) => jobId),
  bigint('token', ({ token }) => token),
];
const prolong = statement(
  'work_extend',
  `UPDATE work w SET leased_until = least($3::bigint + $4::bigint, w.timeout_at), lease_ms = $4::bigint
    FROM ${unnest(leaseColumns)}
    WHERE w.job_id = ANY($1::text[]) AND w.job_id = c.job_id AND w.token = c.token AND w.stage || '' = 'leased'
      AND (w.timeout_at IS NULL OR w.timeout_at > $3::bigint)
    RETURNING w.job_id AS "jobId", w.token, w.leased_until AS "leasedUntil", w.cancel_requested AS "cancelRequested"`,
);
/** One that ends with its attempt's time was renewed later than this says. */
const selectRenewed = statement(
  'work_renewed',
  `SELECT job_id AS "jobId", leased_until - lease_ms AS at FROM work
    WHERE job_id = ANY($1::text[]) AND stage || '' = 'leased'`,
);
const selectLapsed = statement(
  'work_lapsed',
  `SELECT job_id AS "jobId", kind, token, timeout_at IS NOT NULL AND timeout_at <= $1::bigint AS "timedOut" FROM work
    WHERE stage = 'leased' AND leased_until <= $1::bigint ORDER BY leased_until LIMIT $2`,
);
// Those that are ready or leased may be a million: what waits is counted by commits, and what is not ready yet is taken
// off. Every open job that has a type has a row of work.
const countPlaces = statement(
  'work_counts',
  `WITH unready AS MATERIALIZED (
      SELECT type, stage, count(*) AS count FROM work WHERE stage IN ('blocked', 'scheduled', 'queued')
      GROUP BY type, stage
    ), open AS MATERIALIZED (
      SELECT g.kind || '/' || g.type AS type, g.phase, (
        SELECT sum(c.count) FROM job_counts c WHERE c.kind = g.kind AND c.type = g.type AND c.state = g.state
      ) AS count FROM job_groups g WHERE NOT g.ended AND g.type <> ''
    ), counted AS (
      SELECT type, stage, count FROM unready
      UNION ALL SELECT type, CASE phase WHEN 'active' THEN 'leased' ELSE 'ready' END, count FROM open
      UNION ALL SELECT type, 'ready', -count FROM unready
    )
    SELECT type, stage, sum(count)::bigint AS count FROM counted GROUP BY type, stage HAVING sum(count) > 0`,
);

interface Count {
  /** With its kind: see `workKey`. */
  readonly type: string;
  readonly stage: WorkStage;
  readonly count: number;
}

export function createWorkStore(database: Database, shares: CountShares): WorkStore {
  const claims = new Claims(database, shares);
  const admissions = new Admissions(database);
  return {
    async claim(options) {
      assertLimit(options.limit, 1_000);
      assertLimit(options.types.length, 100);
      return claims.claim(options);
    },
    candidates: (options) => candidates(database, options),
    async renew(leases, options) {
      return leases.length === 0 ? [] : renew(database, leases, options);
    },
    async renewedAt(jobIds) {
      if (jobIds.length === 0) return new Map();
      assertLimit(jobIds.length, 1_000);
      const rows = await database.read<{ jobId: string; at: number }>(selectRenewed, [jobIds]);
      return new Map(rows.map(({ jobId, at }) => [jobId, at]));
    },
    async lapsed(now, limit) {
      assertLimit(limit, 1_000);
      return database.read<LapsedLease>(selectLapsed, [now, limit]);
    },
    admit: (now) => admissions.admit(now),
    counts: async () => {
      const counts = await database.read<Count>(countPlaces, []);
      return counts.map(({ type, ...rest }) => ({ ...readWorkKey(type), ...rest }));
    },
    types: () => readTypes(database),
    putType: (type) => putType(database, type),
    heal: (now) => healWork(database, now),
  };
}

async function renew(
  database: Database,
  leases: readonly WorkLease[],
  { now, leaseMs }: { readonly now: number; readonly leaseMs: number },
): Promise<readonly LeaseState[]> {
  // In the order in which everyone takes these rows.
  const inOrder = leases.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
  const values = [...arraysOf(leaseColumns, inOrder), now, leaseMs];
  const [answer] = await database.write<LeaseState>([{ statement: prolong, values }]);
  const live = new Map((answer?.rows ?? []).map((state) => [`${state.token} ${state.jobId}`, state]));
  return leases.map(({ jobId, token }) => {
    return live.get(`${token} ${jobId}`) ?? { jobId, token, leasedUntil: null, cancelRequested: false };
  });
}
