import { assertLimit } from '../../ports/store/limits.ts';
import type { Candidate, CandidateOptions } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';
import { ownersInTurn } from './owner-turns.ts';

const condition = "stage = 'ready' AND assigned = 1";
const owners = ownersInTurn('job_rows', 'work_candidates', condition);
const selectOf = `SELECT id AS jobId, owner_id AS ownerId, priority FROM job_rows INDEXED BY work_candidates
  WHERE ${condition} AND owner_id = +? AND kind = +? ORDER BY priority DESC, place LIMIT +?`;

/** See `WorkStore.candidates`. */
export function candidates(driver: SqliteDriver, { kind, after, perOwner }: CandidateOptions): Candidate[] {
  assertLimit(perOwner, 100);
  return driver.snapshot(() =>
    owners(driver, after, Number.MAX_SAFE_INTEGER).flatMap(({ ownerId }) =>
      driver.all<Candidate>(selectOf, [ownerId, kind, perOwner]),
    ),
  );
}
