import { clockToleranceMs } from '../../domain/job/start.ts';
import type { HealedWork } from '../../ports/store/work-store.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

// Rows that a commit has are left to it: what it puts is new.
const leases = statement(
  'work_heal_leases',
  `UPDATE work SET timeout_at = least(timeout_at, $1::bigint + timeout_ms),
      leased_until = least(leased_until, $1::bigint + lease_ms, $1::bigint + timeout_ms)
    WHERE job_id = ANY(ARRAY(
      SELECT job_id FROM work WHERE stage = 'leased' AND leased_until > $1::bigint + $2::bigint
        AND (leased_until > $1::bigint + lease_ms + $2::bigint OR timeout_at > $1::bigint + timeout_ms + $2::bigint)
      ORDER BY job_id FOR UPDATE SKIP LOCKED
    ))`,
);
const pauses = statement(
  'work_heal_pauses',
  `UPDATE work SET due_at = $1::bigint + pause_ms WHERE job_id = ANY(ARRAY(
      SELECT job_id FROM work WHERE stage = 'scheduled' AND pause_ms IS NOT NULL AND due_at > $1::bigint + $2::bigint
        AND due_at > $1::bigint + pause_ms + $2::bigint
      ORDER BY job_id FOR UPDATE SKIP LOCKED
    ))`,
);
const starts = statement(
  'work_heal_starts',
  `UPDATE work_starts s SET at = $1::bigint FROM (SELECT DISTINCT type FROM work_starts WHERE type >= '') t
    WHERE s.type = t.type AND s.at > $1::bigint + $2::bigint`,
);

export async function healWork(database: Database, now: number): Promise<HealedWork> {
  const healed = async (what: typeof leases): Promise<number> => {
    const [answer] = await database.write([{ statement: what, values: [now, clockToleranceMs] }]);
    return answer?.count ?? 0;
  };
  return { leases: await healed(leases), pauses: await healed(pauses), starts: await healed(starts) };
}
