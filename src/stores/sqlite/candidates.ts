import { assertLimit } from '../../ports/store/limits.ts';
import type { Candidate, CandidateOptions } from '../../ports/store/work-store.ts';
import type { SqliteDriver } from './driver.ts';
import { ownersInTurn } from './owner-turns.ts';

const condition = "stage = 'ready' AND owner_id IS NOT NULL";
const owners = ownersInTurn('work', 'work_candidates', condition);
const selectOf = `SELECT job_id AS jobId, owner_id AS ownerId, priority FROM work INDEXED BY work_candidates
  WHERE ${condition} AND owner_id = ? AND kind = ? ORDER BY priority DESC, place LIMIT +?`;

/** See `WorkStore.candidates`. */
export function candidates(driver: SqliteDriver, { kind, after, perOwner }: CandidateOptions): Candidate[] {
  assertLimit(perOwner, 100);
  return driver.snapshot(() =>
    owners(driver, after, Number.MAX_SAFE_INTEGER).flatMap(({ ownerId }) =>
      driver.all<Candidate>(selectOf, [ownerId, kind, perOwner]),
    ),
  );
}
