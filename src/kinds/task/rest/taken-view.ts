import type { TakenJob } from '../../../application/work/dispatch.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import type { exchangeTasks } from '../contract/exchange.ts';
import type { takeTasks } from '../contract/work.ts';
import { usualInput, type StoredTaskInput, type TaskFields } from '../domain/types.ts';

/** A task as `take` answers it. */
export function takenView(taken: TakenJob): RouteAnswer<typeof takeTasks>['tasks'][number] {
  const { leaseId, job: { fields, traceparent }, leasedUntil, timeoutAt } = taken;
  return {
    leaseId,
    ...shared(taken),
    totalItems: (fields as TaskFields).totalItems ?? null,
    leasedUntil: iso(leasedUntil),
    timeoutAt: isoOrNull(timeoutAt),
    traceparent,
  };
}

/** A task as `exchange` answers it, without what is null or is there once for all: `until`, when most leases end. */
export function exchangedView(taken: TakenJob, until: number): RouteAnswer<typeof exchangeTasks>['tasks'][number] {
  const { job: { fields, lease, traceparent }, leasedUntil, timeoutAt } = taken;
  const { totalItems = null } = fields as TaskFields;
  return {
    ...shared(taken),
    token: lease!.token,
    ...(totalItems !== null && { totalItems }),
    ...(leasedUntil !== until && { leasedUntil: iso(leasedUntil) }),
    ...(timeoutAt !== null && { timeoutAt: iso(timeoutAt) }),
    ...(traceparent !== null && { traceparent }),
  };
}

function shared({ job: { id, type, input, attempt, createdAt, ownerId, fields } }: TakenJob) {
  const { data = null, maxAttempts = usualInput.maxAttempts } = input as StoredTaskInput;
  const { steps } = fields as TaskFields;
  return {
    id, type, data, attempt, maxAttempts, createdAt: iso(createdAt), createdById: ownerId,
    ...(steps !== undefined && { steps: steps.map(({ name, result }) => ({ name, result })) }),
  };
}
