/** Owners that are looked at for one claim. */
export const maxOwners = 1_000;

/**
 * `owners AS (...)`, to be put behind WITH RECURSIVE: who has rows for which `condition` is true. From one owner to
 * the next by an index, however many rows stand between: first those behind `after`, then from the beginning up to
 * it. The row numbered 0, and one whose `owner_id` is empty, are no owners.
 */
export function ownersInTurn(table: string, condition: string, after: string): string {
  return `owners AS (
      SELECT 0 AS number, ${after}::text COLLATE "C" AS owner_id, FALSE AS again
      UNION ALL
      SELECT o.number + 1, COALESCE(n.owner_id, ''), o.again OR n.owner_id IS NULL
      FROM owners o LEFT JOIN LATERAL (
        SELECT owner_id FROM ${table} WHERE ${condition} AND owner_id > o.owner_id ORDER BY owner_id LIMIT 1
      ) n ON TRUE
      WHERE o.number < ${maxOwners} AND NOT (o.again AND COALESCE(n.owner_id > ${after}::text, TRUE))
    )`;
}
