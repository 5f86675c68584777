import type { WorkChange } from '../../ports/store/work-store.ts';
import { newClaim } from './leases.ts';
import { arraysOf, bigint, integer, namesOf, statement, text, unnest, type Call, type Column } from './statement.ts';
import type { Put } from './work-columns.ts';

type Lease = Extract<WorkChange, { readonly type: 'lease' }>;

const leases: readonly Column<Lease>[] = [
  text('id', ({ jobId }) => jobId),
  integer('work_token', ({ token }) => token),
  bigint('lease_ms', ({ leaseMs }) => leaseMs),
  bigint('timeout_ms', ({ timeoutMs }) => timeoutMs),
  bigint('timeout_at', ({ timeoutMs, now }) => (timeoutMs === null ? null : now + timeoutMs)),
  bigint('leased_until', ({ leaseMs, timeoutMs, now }) => now + Math.min(leaseMs, timeoutMs ?? leaseMs)),
];
const leasedNames = namesOf(leases.slice(1));
const leaseAll = statement(
  'work_lease',
  `WITH leased AS (
      UPDATE jobs_open w SET stage = 'assigned', cancel_requested = NULL,
        (${leasedNames}) = ROW (${leases.slice(1).map(({ name }) => `c.${name}`).join(', ')})
      FROM ${unnest(leases)} WHERE w.id = ANY($1::text[]) AND w.id = c.id
      RETURNING w.id, w.work_token, w.leased_until
    )
    ${newClaim('leased', 'id', 'work_token', `$${leases.length + 1}::bigint`)}`,
);
const requestCancel = statement(
  'work_request_cancel',
  'UPDATE jobs_open SET cancel_requested = TRUE WHERE id = ANY($1::text[]) AND stage IS NOT NULL',
);

/** What a commit says of how its jobs are offered. */
export interface WorkOfJobs {
  /** How the job is offered from now on; null where that stays, or it is offered no more. */
  putOf(jobId: string): Put | null;
  isWithdrawn(jobId: string): boolean;
  /** More is said than that it is to be canceled. */
  isTouched(jobId: string): boolean;
  /** What is said beside that, after the jobs are written. */
  readonly calls: readonly Call[];
}

/**
 * Of several changes to one row the last one counts, as a row that is put or removed is as if nothing had been said of
 * it before; a lease is of the row as it was put before.
 */
export function workOf(changes: readonly WorkChange[]): WorkOfJobs {
  const last = new Map<string, Put | 'removed'>();
  const leased = new Map<string, Lease>();
  const canceled = new Set<string>();
  for (const change of changes) {
    const { jobId } = change;
    if (change.type === 'request-cancel') {
      canceled.add(jobId);
      continue;
    }
    canceled.delete(jobId);
    leased.delete(jobId);
    if (change.type === 'lease') leased.set(jobId, change);
    else last.set(jobId, change.type === 'put' ? change : 'removed');
  }
  return {
    putOf: (jobId) => {
      const change = last.get(jobId);
      return change === undefined || change === 'removed' ? null : change;
    },
    isWithdrawn: (jobId) => last.get(jobId) === 'removed',
    isTouched: (jobId) => last.has(jobId) || leased.has(jobId),
    calls: [...leaseCalls([...leased.values()]), ...cancelCalls([...canceled])],
  };
}

function leaseCalls(leased: readonly Lease[]): Call[] {
  const [first] = leased;
  if (first === undefined) return [];
  const inOrder = leased.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1));
  return [{ statement: leaseAll, values: [...arraysOf(leases, inOrder), first.now] }];
}

function cancelCalls(canceled: readonly string[]): Call[] {
  return canceled.length === 0 ? [] : [{ statement: requestCancel, values: [canceled.toSorted()] }];
}
