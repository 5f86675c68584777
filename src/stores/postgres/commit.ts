import type { JobHistory } from '../../domain/job/history.ts';
import {
  CommitAborted, UsageExceeded,
  type Commit, type CommitResult, type IdempotencyRecord, type NewOutboxMessage, type ReleasedKey,
} from '../../ports/store/commit.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { changeAccounts, writeWithAccounts } from './commit-accounts.ts';
import { changeJobs } from './commit-jobs.ts';
import { workOf } from './commit-work.ts';
import { findConflicts } from './conflicts.ts';
import type { Database } from './database.ts';
import { StoreUnreachable } from '../../ports/store/unreachable.ts';
import { sqlStates, TransactionRefused } from './failures.ts';
import { writeEndedObjects } from './ended-objects.ts';
import { appendEvents } from './event-batches.ts';
import { logColumns } from './history.ts';
import { countJobs } from './job-counts.ts';
import { addToCredits } from './measures.ts';
import { changeRecords } from './records.ts';
import { changeUsage } from './usage.ts';
import { checkCaps, lockCapped } from './usage-caps.ts';
import {
  arraysOf, bigint, insertAll, statement, text, unnest, type Call, type Column,
} from './statement.ts';

/**
 * Stores a commit in one transaction and one round trip: a statement for each sort of rows, however many there are.
 *
 * Versions are checked by the updates themselves, each of which fails unless it found every row as expected; then
 * nothing is stored, and the conflicts are looked up. A row that another commit holds is waited for. All commits
 * take their locks in the same order (jobs, accounts, records, idempotency keys, counts, each by its id, as the
 * index that they are found by has it), so that no two can wait for each other; should they still,
 * PostgreSQL refuses one, and it is tried again.
 */
export async function commit(database: Database, changes: Commit, share: number): Promise<CommitResult> {
  const calls = callsOf(changes, share);
  if (calls.length === 0) return { ok: true };
  for (let attempt = 1; ; attempt++) {
    try {
      await database.write(calls);
      return { ok: true };
    } catch (error) {
      if (error instanceof StoreUnreachable) throw new CommitAborted(error.message, { cause: error });
      if (!(error instanceof TransactionRefused)) throw error;
      const conflicts = conflictCodes.has(error.code) ? await conflictsIn(database, changes) : [];
      if (conflicts.length > 0) return { ok: false, conflicts };
      if (error.code === sqlStates.divisionByZero && (changes.caps ?? []).length > 0) throw new UsageExceeded();
      // Whoever was in the way is gone again: a deadlock, or a transaction that was taken back.
      if (!conflictCodes.has(error.code) || attempt === maxAttempts) {
        throw new CommitAborted(error.message, { cause: error });
      }
    }
  }
}

const maxAttempts = 5;
const conflictCodes: ReadonlySet<string> = new Set(Object.values(sqlStates));

async function conflictsIn(database: Database, changes: Commit): Promise<readonly string[]> {
  return findConflicts(database, changes).catch((error: unknown) => {
    throw new CommitAborted('The commit was refused, and why could not be read.', { cause: error });
  });
}

function callsOf(changes: Commit, share: number): Call[] {
  const { caps = [] } = changes;
  const work = workOf(changes.work);
  return [
    ...lockCapped(caps),
    ...appendEvents(changes),
    ...changeJobs(changes.jobs, work),
    ...work.calls,
    ...changeAccounts(changes.accounts),
    ...changeRecords(changes.records),
    ...releaseKeys(changes.released),
    ...rememberKeys(changes.idempotency),
    ...writeWithAccounts(changes),
    ...append(changes),
    ...writeEndedObjects(changes.objects),
    // Last, since stores that share a share wait for each other from here to the end.
    ...countJobs(changes.jobs, share),
    ...changeUsage(changes.jobs, share),
    ...addToCredits(changes.ledger, share),
    ...checkCaps(caps),
  ];
}

const keyColumns: readonly Column<IdempotencyRecord>[] = [
  text('scope', ({ scope }) => scope),
  text('key', ({ key }) => key),
  text('fingerprint', ({ fingerprint }) => fingerprint),
  text('resource_id', ({ resourceId }) => resourceId),
  bigint('created_at', ({ createdAt }) => createdAt),
];
const insertKeys = statement(
  'idempotency_insert',
  allOrNothing(
    insertAll('idempotency_keys', keyColumns, 'ON CONFLICT (scope, key) DO NOTHING RETURNING 1'),
    keyColumns.length + 1,
  ),
);

const releasedColumns: readonly Column<ReleasedKey>[] = [
  text('scope', ({ scope }) => scope),
  text('key', ({ key }) => key),
  text('resource_id', ({ resourceId }) => resourceId),
];
// Records never change: the place at which one was found and locked is its own until it is deleted.
const deleteKeys = statement(
  'idempotency_release',
  `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
    SELECT k.place FROM ${unnest(releasedColumns)}, LATERAL (
      SELECT ctid AS place FROM idempotency_keys
      WHERE scope = c.scope AND key = c.key AND resource_id = c.resource_id FOR UPDATE
    ) k
  ))`,
);

function releaseKeys(released: readonly ReleasedKey[]): Call[] {
  if (released.length === 0) return [];
  return [{ statement: deleteKeys, values: arraysOf(releasedColumns, released.toSorted(byScopeAndKey)) }];
}

function rememberKeys(records: readonly IdempotencyRecord[]): Call[] {
  if (records.length === 0) return [];
  const inOrder = records.toSorted(byScopeAndKey);
  return [{ statement: insertKeys, values: [...arraysOf(keyColumns, inOrder), inOrder.length] }];
}

type Key = Pick<IdempotencyRecord, 'scope' | 'key'>;

function byScopeAndKey(a: Key, b: Key): number {
  return a.scope === b.scope ? compare(a.key, b.key) : compare(a.scope, b.scope);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const outboxColumns: readonly Column<NewOutboxMessage>[] = [
  text('topic', ({ topic }) => topic),
  text('job_id', ({ jobId }) => jobId),
  text('owner_id', ({ ownerId }) => ownerId),
  text('payload', ({ payload }) => JSON.stringify(payload ?? null)),
  bigint('created_at', ({ createdAt }) => createdAt),
  bigint('due_at', ({ createdAt }) => createdAt),
];
const appendOutbox = statement('outbox_append', insertAll('outbox_events', outboxColumns));

const writeHistory = statement(
  'history_insert',
  insertAll('job_history', logColumns, 'ON CONFLICT (job_id) DO NOTHING'),
);

function append({ outbox, history }: Commit): Call[] {
  const calls: Call[] = [];
  if (outbox.length > 0) calls.push({ statement: appendOutbox, values: arraysOf(outboxColumns, outbox) });
  if (history.length > 0) {
    const rows = history.map(({ job }: JobHistory) => job);
    calls.push({ statement: writeHistory, values: arraysOf(logColumns, rows) });
  }
  return calls;
}
