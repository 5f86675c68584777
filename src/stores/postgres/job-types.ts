/** From one type to the next, however many jobs stand between. */
const typesIn = (table: string): string => {
  const next = (from: string): string =>
    `SELECT type FROM ${table} WHERE owner_id = $1 AND kind = $2 AND type > ${from} ORDER BY type LIMIT 1`;
  return `${table}_types AS (
      SELECT n.type, 1 AS number FROM (${next("''")}) n
      UNION ALL
      SELECT n.type, t.number + 1 FROM ${table}_types t, LATERAL (${next('t.type')}) n WHERE t.number < $3::bigint
    )`;
};

/** For WITH RECURSIVE. `types_of_owner`: of the owner $1's jobs of the kind $2; of each table, $3 at most. */
export const typesOfOwner = `${typesIn('jobs_open')}, ${typesIn('jobs_ended')}, types_of_owner AS (
    SELECT type FROM jobs_open_types UNION SELECT type FROM jobs_ended_types
  )`;
