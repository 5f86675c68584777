import type { JobChange } from '../../ports/store/commit.ts';
import { usageChanges, type Usage, type UsageChange, type UsageReads } from '../../ports/store/usage.ts';
import type { Database } from './database.ts';
import { arraysOf, bigint, integer, statement, text, unnest, type Call, type Column } from './statement.ts';

const columns: readonly Column<UsageChange & { readonly share: number }>[] = [
  text('owner_id', ({ ownerId }) => ownerId),
  text('kind', ({ kind }) => kind),
  integer('share', ({ share }) => share),
  bigint('unfinished', ({ unfinished }) => unfinished),
  bigint('kept', ({ kept }) => kept),
  bigint('bytes', ({ bytes }) => bytes),
];

/** Adds up what `differences` has under these names, one row of each owner, kind and share. */
export function addToUsage(differences: string): string {
  return `INSERT INTO owner_usage (owner_id, kind, share, unfinished, kept, bytes)
    SELECT c.owner_id, c.kind, c.share, c.unfinished, c.kept, c.bytes FROM ${differences}
    ON CONFLICT (owner_id, kind, share) DO UPDATE SET unfinished = owner_usage.unfinished + excluded.unfinished,
      kept = owner_usage.kept + excluded.kept, bytes = owner_usage.bytes + excluded.bytes`;
}

const add = statement('usage_add', addToUsage(unnest(columns)));
const read = statement(
  'usage_read',
  `SELECT coalesce(sum(unfinished), 0)::bigint AS unfinished, coalesce(sum(kept), 0)::bigint AS kept,
    coalesce(sum(bytes), 0)::bigint AS bytes FROM owner_usage WHERE owner_id = $1 AND kind = $2`,
);

/** In shares, as the counts of jobs are, and for the same reason. */
export function changeUsage(changes: readonly JobChange[], share: number): Call[] {
  const moved = usageChanges(changes).map((change) => ({ ...change, share }));
  return moved.length === 0 ? [] : [{ statement: add, values: arraysOf(columns, moved) }];
}

export function createUsageReads(database: Database): UsageReads {
  return {
    async of(ownerId, kind) {
      const [row] = await database.read<Usage>(read, [ownerId, kind]);
      return row ?? { unfinished: 0, kept: 0, bytes: 0 };
    },
  };
}
