import { assertLimit } from '../../ports/store/limits.ts';
import type { Candidate, CandidateOptions } from '../../ports/store/work-store.ts';
import type { Database } from './database.ts';
import { ownersInTurn } from './owner-turns.ts';
import { statement } from './statement.ts';

const condition = "stage = 'ready' AND candidate";
const select = statement(
  'work_candidates',
  `WITH RECURSIVE ${ownersInTurn('jobs_open', condition, '$1')}
    SELECT w.id AS "jobId", w.owner_id AS "ownerId", w.priority FROM owners o, LATERAL (
      SELECT id, owner_id, priority, place FROM jobs_open
      WHERE ${condition} AND owner_id = o.owner_id AND kind = $2 ORDER BY priority DESC, place LIMIT $3
    ) w
    WHERE o.number > 0 AND o.owner_id <> '' ORDER BY o.number, w.priority DESC, w.place`,
);

/** See `WorkStore.candidates`. */
export async function candidates(
  database: Database,
  { kind, after, perOwner }: CandidateOptions,
): Promise<readonly Candidate[]> {
  assertLimit(perOwner, 100);
  return database.read<Candidate>(select, [after, kind, perOwner]);
}
