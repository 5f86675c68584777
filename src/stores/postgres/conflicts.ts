import type { Commit, ReleasedKey } from '../../ports/store/commit.ts';
import type { Database } from './database.ts';
import { loadRecords, staleRecords } from './records.ts';
import { statement } from './statement.ts';

interface Version {
  readonly id: string;
  readonly version: number;
}

const jobVersions = statement('conflicts_jobs', 'SELECT id, version FROM jobs WHERE id = ANY($1::text[])');
const accountVersions = statement('conflicts_accounts', 'SELECT id, version FROM accounts WHERE id = ANY($1::text[])');
const keysThere = statement(
  'conflicts_keys',
  `SELECT c.scope, c.key, k.resource_id AS "resourceId" FROM unnest($1::text[], $2::text[]) AS c (scope, key),
    LATERAL (SELECT resource_id FROM idempotency_keys WHERE scope = c.scope AND key = c.key OFFSET 0) k`,
);

/** What of a refused commit is not (any longer) as its decisions saw it. A version that has moved stays moved. */
export async function findConflicts(database: Database, changes: Commit): Promise<readonly string[]> {
  const { jobs, accounts, records, idempotency, released } = changes;
  const recordLoads = loadRecords(records);
  const [jobRows, accountRows, keyRows, ...recordRows] = await database.snapshot([
    { statement: jobVersions, values: [jobs.map(({ job }) => job.id)] },
    { statement: accountVersions, values: [accounts.map(({ account }) => account.id)] },
    { statement: keysThere, values: [idempotency.map(({ scope }) => scope), idempotency.map(({ key }) => key)] },
    ...recordLoads.map(({ call }) => call),
  ]);
  const jobsNow = versionsOf(jobRows);
  const accountsNow = versionsOf(accountRows);
  const isReleased = (key: ReleasedKey): boolean =>
    released.some(({ scope, key: name, resourceId }) =>
      scope === key.scope && name === key.key && resourceId === key.resourceId,
    );
  const isStale = (now: number | undefined, expected: number): boolean => (now ?? 0) !== expected;
  return [
    ...jobs.flatMap(({ job: { id }, expectedVersion }) =>
      isStale(jobsNow.get(id), expectedVersion) ? [`job:${id}`] : [],
    ),
    ...accounts.flatMap(({ account: { id }, expectedVersion }) =>
      isStale(accountsNow.get(id), expectedVersion) ? [`account:${id}`] : [],
    ),
    ...staleRecords(records, recordLoads.flatMap(({ read }, at) => read(recordRows[at] ?? []))),
    ...((keyRows ?? []) as ReleasedKey[]).flatMap((found) =>
      isReleased(found) ? [] : [`idempotency:${found.scope} ${found.key}`],
    ),
  ];
}

function versionsOf(rows: readonly unknown[] = []): ReadonlyMap<string, number> {
  return new Map((rows as Version[]).map(({ id, version }) => [id, version]));
}
