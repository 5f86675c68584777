import type { LedgerEntry } from '../../domain/account/account.ts';
import { assertLimit } from '../../ports/store/limits.ts';
import {
  creditsMoved, creditsOf, mostPriorities, mostTypesMeasured, readyLookedAt,
  type CreditsMoved, type StoreMeasures, type WorkTypeName,
} from '../../ports/store/measures.ts';
import { readWorkKey, workKey } from '../../ports/store/work-key.ts';
import type { Database } from './database.ts';
import { arraysOf, bigint, insertAll, integer, statement, text, unnest, type Call, type Column } from './statement.ts';

const typeColumns: readonly Column<WorkTypeName>[] = [
  text('type', ({ kind, type }) => workKey(kind, type)),
];
const ready = (of: string): string =>
  `FROM jobs_open w WHERE w.stage = 'ready' AND w.work_key = ${of}.type AND w.slot = ${of}.slot
    AND w.work_token IS NULL`;
// From one priority to the next, by the index that claims go by.
const readySince = statement(
  'work_ready_since',
  `WITH RECURSIVE asked AS (
      SELECT c.type, s.slot FROM ${unnest(typeColumns)}, (VALUES (TRUE), (FALSE)) AS s (slot)
    ), fronts AS (
      SELECT a.type, a.slot, p.priority FROM asked a,
        LATERAL (SELECT w.priority ${ready('a')} ORDER BY -w.priority LIMIT 1) p
      UNION ALL
      SELECT f.type, f.slot, p.priority FROM fronts f, LATERAL (
        SELECT w.priority ${ready('f')} AND -w.priority > -f.priority ORDER BY -w.priority LIMIT 1
      ) p
    )
    SELECT f.type, min(d.due_at) AS "dueAt" FROM (SELECT * FROM fronts LIMIT ${mostPriorities}) f, LATERAL (
      SELECT w.due_at ${ready('f')} AND -w.priority = -f.priority ORDER BY w.id LIMIT ${readyLookedAt}
    ) d GROUP BY f.type`,
);
const workersByType = statement(
  'workers_by_type',
  'SELECT types, count(*) AS count FROM workers WHERE heard_at >= $1::bigint GROUP BY types',
);
const credits = statement(
  'credits',
  'SELECT bucket, sum(credits)::bigint AS credits FROM credit_totals GROUP BY bucket',
);
const outboxOldest = statement(
  'outbox_oldest',
  'SELECT created_at AS at FROM outbox_events WHERE id > 0 ORDER BY id LIMIT 1',
);
const bytes = statement('database_bytes', 'SELECT pg_database_size(current_database())::bigint AS bytes');

const totalColumns: readonly Column<CreditsMoved & { readonly share: number }>[] = [
  text('bucket', ({ bucket }) => bucket),
  integer('share', ({ share }) => share),
  bigint('credits', ({ credits: moved }) => moved),
];
const addToTotals = statement(
  'credit_totals_add',
  insertAll(
    'credit_totals AS t', totalColumns,
    'ON CONFLICT (bucket, share) DO UPDATE SET credits = t.credits + excluded.credits',
  ),
);

export function createMeasures(database: Database): StoreMeasures {
  return {
    async readySince(types) {
      if (types.length === 0) return [];
      assertLimit(types.length, mostTypesMeasured);
      const rows = await database.read<{ type: string; dueAt: number }>(readySince, arraysOf(typeColumns, types));
      return rows.map(({ type, dueAt }) => ({ ...readWorkKey(type), dueAt }));
    },
    async workersByType(heardFrom) {
      const counts = new Map<string, number>();
      const rows = await database.read<{ types: string; count: number }>(workersByType, [heardFrom]);
      for (const { types, count } of rows) {
        for (const type of JSON.parse(types) as string[]) counts.set(type, (counts.get(type) ?? 0) + count);
      }
      return counts;
    },
    async credits() {
      return creditsOf(await database.read<CreditsMoved>(credits, []));
    },
    async outboxOldestAt() {
      return (await database.read<{ at: number }>(outboxOldest, []))[0]?.at ?? null;
    },
    async bytes() {
      return (await database.read<{ bytes: number }>(bytes, []))[0]?.bytes ?? 0;
    },
  };
}

/** Keeps what all accounts have together with the ledger of a commit. In shares, as the counts of jobs are. */
export function addToCredits(ledger: readonly LedgerEntry[], share: number): Call[] {
  const moved = creditsMoved(ledger).map((each) => ({ ...each, share }));
  return moved.length === 0 ? [] : [{ statement: addToTotals, values: arraysOf(totalColumns, moved) }];
}
