import { clockToleranceMs } from '../../domain/job/start.ts';
import type { HealedWork } from '../../ports/store/work-store.ts';
import type { Database } from './database.ts';
import { givenOut } from './leases.ts';
import { statement } from './statement.ts';

// Rows that a commit has are left to it: what it puts is new.
const leases = statement(
  'work_heal_leases',
  `UPDATE jobs_open SET timeout_at = least(timeout_at, $1::bigint + timeout_ms),
      leased_until = least(leased_until, $1::bigint + lease_ms, $1::bigint + timeout_ms)
    WHERE id = ANY(ARRAY(
      SELECT id FROM jobs_open
      WHERE id = ANY(ARRAY(${givenOut})) AND work_token IS NOT NULL AND leased_until > $1::bigint + $2::bigint
        AND (leased_until > $1::bigint + lease_ms + $2::bigint OR timeout_at > $1::bigint + timeout_ms + $2::bigint)
      ORDER BY id FOR UPDATE SKIP LOCKED
    ))`,
);
// They are looked at again, now that they run out sooner; and so is what was given out by a clock that was ahead.
const looks = statement(
  'work_heal_claims',
  `UPDATE work_claims SET taken_at = least(taken_at, $1::bigint), look_at = least(look_at, $1::bigint),
      lapse_at = least(lapse_at, $1::bigint)
    WHERE lapse_at >= 0 AND ($2::boolean OR taken_at > $1::bigint + ${clockToleranceMs})`,
);
const pauses = statement(
  'work_heal_pauses',
  `UPDATE jobs_open SET due_at = $1::bigint + pause_ms WHERE id = ANY(ARRAY(
      SELECT id FROM jobs_open WHERE stage = 'scheduled' AND pause_ms IS NOT NULL AND due_at > $1::bigint + $2::bigint
        AND due_at > $1::bigint + pause_ms + $2::bigint
      ORDER BY id FOR UPDATE SKIP LOCKED
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
  const shortened = await healed(leases);
  await database.write([{ statement: looks, values: [now, shortened > 0] }]);
  return { leases: shortened, pauses: await healed(pauses), starts: await healed(starts) };
}
