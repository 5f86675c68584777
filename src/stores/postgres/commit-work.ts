import { workKey } from '../../ports/store/work-key.ts';
import type { WorkChange } from '../../ports/store/work-store.ts';
import { arraysOf, bigint, boolean, integer, namesOf, statement, text, unnest, type Call, type Column } from
  './statement.ts';

type Put = Extract<WorkChange, { type: 'put' }>;
type Lease = Extract<WorkChange, { type: 'lease' }>;

const columns: readonly Column<Put>[] = [
  text('job_id', ({ jobId }) => jobId),
  text('kind', ({ kind }) => kind),
  text('type', ({ kind, jobType }) => workKey(kind, jobType)),
  text('owner_id', ({ candidate }) => candidate?.ownerId ?? null),
  text('place', ({ candidate }) => candidate?.place ?? null),
  integer('priority', ({ work }) => work.priority),
  bigint('due_at', ({ work }) => work.dueAt),
  text('concurrency_key', ({ work }) => work.concurrencyKey ?? ''),
  bigint('timeout_ms', ({ work }) => work.timeoutMs),
  bigint('pause_ms', ({ work }) => work.pauseMs),
];
const put: readonly Column<Put>[] = [
  ...columns,
  boolean('blocked', ({ work }) => work.blocked),
  bigint('now', ({ now }) => now),
];
const names = namesOf(columns);
const kept = columns.slice(1).map(({ name }) => `${name} = excluded.${name}`).join(', ');

const putAll = statement(
  'work_put',
  `INSERT INTO work (${names}, slot, stage)
    SELECT ${names}, slot, CASE
        WHEN blocked THEN 'blocked' WHEN due_at > now THEN 'scheduled' WHEN slot THEN 'queued' ELSE 'ready'
      END
    FROM (
      SELECT c.*, c.concurrency_key <> '' OR t.name IS NOT NULL AS slot FROM ${unnest(put)}
      LEFT JOIN work_types t ON t.limited AND t.name = ANY($3::text[]) AND t.name = c.type
    ) c
    ON CONFLICT (job_id) DO UPDATE SET ${kept}, slot = excluded.slot, stage = excluded.stage,
      token = NULL, lease_ms = NULL, leased_until = NULL, timeout_at = NULL, cancel_requested = FALSE`,
);
const requestCancel = statement(
  'work_request_cancel', 'UPDATE work SET cancel_requested = TRUE WHERE job_id = ANY($1::text[])',
);
const remove = statement('work_remove', 'DELETE FROM work WHERE job_id = ANY($1::text[])');
const leases: readonly Column<Lease>[] = [
  text('job_id', ({ jobId }) => jobId),
  integer('token', ({ token }) => token),
  bigint('lease_ms', ({ leaseMs }) => leaseMs),
  bigint('timeout_ms', ({ timeoutMs }) => timeoutMs),
  bigint('timeout_at', ({ timeoutMs, now }) => (timeoutMs === null ? null : now + timeoutMs)),
  bigint('leased_until', ({ leaseMs, timeoutMs, now }) => now + Math.min(leaseMs, timeoutMs ?? leaseMs)),
];
const leasedNames = namesOf(leases.slice(1));
const leaseAll = statement(
  'work_lease',
  `UPDATE work w SET stage = 'leased', cancel_requested = FALSE,
      (${leasedNames}) = ROW (${leases.slice(1).map(({ name }) => `c.${name}`).join(', ')})
    FROM ${unnest(leases)} WHERE w.job_id = ANY($1::text[]) AND w.job_id = c.job_id`,
);
const lock = statement(
  'work_lock',
  `SELECT count(*) FROM (
      SELECT 1 FROM work WHERE job_id = ANY($1::text[]) ORDER BY job_id FOR UPDATE
    ) locked`,
);

/**
 * Comes before the jobs: whoever has a row of `work` may wait for its job (a claim does), and not the other way round.
 * All take the rows in the order of their ids. Of several changes to one row the last one counts, as a row that is put
 * or removed is as if nothing had been said of it before; a lease is of the row as it was put before.
 */
export function changeWork(changes: readonly WorkChange[]): Call[] {
  const last = new Map<string, WorkChange>();
  const leased = new Map<string, Lease>();
  const cancelRequested = new Set<string>();
  for (const change of changes) {
    if (change.type === 'request-cancel') {
      cancelRequested.add(change.jobId);
    } else {
      cancelRequested.delete(change.jobId);
      leased.delete(change.jobId);
      if (change.type === 'lease') leased.set(change.jobId, change);
      else last.set(change.jobId, change);
    }
  }
  const rest = inOrder(last);
  const puts = rest.filter((change) => change.type === 'put');
  const gone = rest.flatMap(({ type, jobId }) => (type === 'remove' ? [jobId] : []));
  const calls: Call[] = [];
  if (puts.length > 0) calls.push({ statement: putAll, values: arraysOf(put, puts) });
  if (leased.size > 0) calls.push({ statement: leaseAll, values: arraysOf(leases, inOrder(leased)) });
  if (cancelRequested.size > 0) calls.push({ statement: requestCancel, values: [[...cancelRequested].sort()] });
  if (gone.length > 0) calls.push({ statement: remove, values: [gone] });
  if (calls.length < 2) return calls;
  // One statement after the other does not take the rows in order.
  const all = [...new Set([...last.keys(), ...leased.keys(), ...cancelRequested])].sort();
  return [{ statement: lock, values: [all] }, ...calls];
}

function inOrder<Change extends WorkChange>(changes: ReadonlyMap<string, Change>): Change[] {
  return [...changes.values()].sort((a, b) => (a.jobId < b.jobId ? -1 : 1));
}
