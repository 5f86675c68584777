import type { WorkStage, WorkStore } from '../../ports/store/work-store.ts';
import { readWorkKey } from '../../ports/store/work-key.ts';
import { Admissions } from './admission.ts';
import { candidates } from './candidates.ts';
import type { ClaimFronts } from './claim-fronts.ts';
import { Claims } from './claim.ts';
import type { Database } from './database.ts';
import type { CountShares } from './job-counts.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import { lapsed, renew, renewedAt } from './leases.ts';
import { statement } from './statement.ts';
import { healWork } from './heal-work.ts';
import { putType, readTypes } from './work-types.ts';

// Those that are ready or leased may be a million: what waits is counted by commits, and what is not ready yet is taken
// off. Every open job that has a type is offered.
const countPlaces = statement(
  'work_counts',
  `WITH unready AS MATERIALIZED (
      SELECT work_key AS type, stage, count(*) AS count FROM jobs_open
      WHERE stage IN ('blocked', 'scheduled', 'queued') GROUP BY work_key, stage
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

export function createWorkStore(database: Database, shares: CountShares, fronts: ClaimFronts): WorkStore {
  const claims = new Claims(database, shares, fronts);
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
      return renewedAt(database, jobIds);
    },
    async lapsed(now, limit) {
      assertLimit(limit, 1_000);
      return lapsed(database, now, limit);
    },
    async admit(now) {
      const admission = await admissions.admit(now);
      fronts.letOn(admission.types);
      return admission;
    },
    counts: async () => {
      const counts = await database.read<Count>(countPlaces, []);
      return counts.map(({ type, ...rest }) => ({ ...readWorkKey(type), ...rest }));
    },
    types: () => readTypes(database),
    putType: (type) => putType(database, type),
    heal: (now) => healWork(database, now),
  };
}
