import type { SqliteDriver } from './driver.ts';

/** Owners that are looked at for one claim. */
export const maxOwners = 1_000;

export interface OwnerInTurn {
  readonly ownerId: string;
  /** Whether something of theirs is due. */
  readonly due: 0 | 1;
}

/**
 * Finds who has rows: from one owner to the next, however many rows stand between. `index` begins with `owner_id,
 * due_at`, and holds the rows for which `condition` is true. First those behind `after`, then from the beginning up
 * to it.
 */
export function ownersInTurn(
  table: string,
  index: string,
  condition: string,
): (driver: SqliteDriver, after: string, now: number) => OwnerInTurn[] {
  const next = (from: string): string => `(SELECT owner_id FROM ${table} INDEXED BY ${index}
    WHERE ${condition} AND owner_id > ${from} ORDER BY owner_id LIMIT 1)`;
  const select = `WITH RECURSIVE owners(owner_id, number) AS (
      SELECT ${next('?')}, 1
      UNION ALL
      SELECT ${next('owners.owner_id')}, number + 1 FROM owners WHERE owner_id IS NOT NULL AND number < ?
    )
    SELECT owner_id AS ownerId, EXISTS (SELECT 1 FROM ${table} INDEXED BY ${index}
      WHERE ${condition} AND owner_id = owners.owner_id AND due_at <= ?) AS due
    FROM owners WHERE owner_id IS NOT NULL`;
  return (driver, after, now) => {
    const behind = driver.all<OwnerInTurn>(select, [after, maxOwners, now]);
    const left = maxOwners - behind.length;
    if (left === 0 || after === '') return behind;
    const before = driver.all<OwnerInTurn>(select, ['', left, now]);
    return [...behind, ...before.filter(({ ownerId }) => ownerId <= after)];
  };
}
