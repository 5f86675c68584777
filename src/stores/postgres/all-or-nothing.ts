/**
 * A statement that fails unless it wrote as many rows as its parameter `$place` says. Dividing by zero is what plain
 * SQL has to stop the transaction that it is part of, of which the end is under way already (see `database.ts`).
 * `before`: named queries that `writes` goes by, `name AS (…)`.
 */
export function allOrNothing(writes: string, place: number, before: readonly string[] = []): string {
  const queries = [...before, `written AS (${writes})`];
  return `WITH ${queries.join(', ')} SELECT 1 / (count(*) = $${place})::int AS stored FROM written`;
}
