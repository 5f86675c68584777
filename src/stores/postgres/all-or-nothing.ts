/**
 * A statement that fails unless it wrote as many rows as its parameter `$place` says. Dividing by zero is what plain
 * SQL has to stop the transaction that it is part of, of which COMMIT is under way already (see `database.ts`).
 */
export function allOrNothing(writes: string, place: number): string {
  return `WITH written AS (${writes}) SELECT 1 / (count(*) = $${place})::int AS stored FROM written`;
}
