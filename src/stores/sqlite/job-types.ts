import type { SqliteDriver } from './driver.ts';

/** From one type to the next, however many jobs stand between. */
function selectTypes(ended: 0 | 1): string {
  const index = `jobs_${ended ? 'ended' : 'open'}_by_owner`;
  const next = (from: string): string => `(SELECT type FROM job_rows INDEXED BY ${index}
    WHERE owner_id = ? AND kind = ? AND type > ${from} AND ended_at IS ${ended ? 'NOT NULL' : 'NULL'}
    ORDER BY type LIMIT 1)`;
  return `WITH RECURSIVE types(type, number) AS (
      SELECT ${next("''")}, 1
      UNION ALL
      SELECT ${next('types.type')}, number + 1 FROM types WHERE type IS NOT NULL AND number < ?
    ) SELECT type FROM types WHERE type IS NOT NULL`;
}

/** As many as `limit`; to be called in a transaction or snapshot. */
export function typesOf(driver: SqliteDriver, ownerId: string, kind: string, limit: number): readonly string[] {
  const types = [selectTypes(0), selectTypes(1)].flatMap((select) =>
    driver.all<{ type: string }>(select, [ownerId, kind, ownerId, kind, limit]),
  );
  return [...new Set(types.map(({ type }) => type))].slice(0, limit);
}
