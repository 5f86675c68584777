import type { SqliteDriver } from './driver.ts';

const nextAfter = (from: string): string => `(SELECT type FROM job_rows INDEXED BY jobs_by_owner_and_state
    WHERE owner_id = ? AND kind = ? AND type > ${from} ORDER BY type LIMIT 1)`;
/** From one type to the next, however many jobs stand between. */
const selectTypes = `WITH RECURSIVE types(type, number) AS (
    SELECT ${nextAfter("''")}, 1
    UNION ALL
    SELECT ${nextAfter('types.type')}, number + 1 FROM types WHERE type IS NOT NULL AND number < ?
  ) SELECT type FROM types WHERE type IS NOT NULL`;

/** As many as `limit`; to be called in a transaction or snapshot. */
export function typesOf(driver: SqliteDriver, ownerId: string, kind: string, limit: number): readonly string[] {
  return driver.all<{ type: string }>(selectTypes, [ownerId, kind, ownerId, kind, limit]).map(({ type }) => type);
}
