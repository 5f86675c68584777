import type { WakeUp } from '../application/wake-up.ts';
import type { Result } from '../domain/errors.ts';
import type { LapsedLease, WorkStore } from '../ports/store/work-store.ts';
import type { Clock, Logger } from '../ports/world.ts';
import { endAll } from './end-all.ts';
import { createLoop, isSettled, type Service } from './service.ts';

/*
 * Leases: how at most one worker has a job, and how a job survives its worker.
 *
 * Terms. A lease is a worker's claim on one job for `leaseMs`, and is stored in the job's work row. Its token is the
 * number of the event that granted it, which is the job's version at that moment: every later lease of the job has a
 * greater token, on every server, without a counter of its own (domain/lease.ts).
 *
 * Rule.
 *   claim    row `ready` -> `leased`, job -> active, attempt + 1, token = version, until = min(now + lease, timeoutAt)
 *   renew    until = min(now + lease, timeoutAt), if the row has this token and the attempt has not timed out
 *   report   decided by the domain: refused with `lease_lost` unless the job has this token
 *   reap     `until <= now`: `loseLease` with the token found; the kind ends the attempt, maybe offers the job again
 * A claim and its event are one statement of the store. Renewing touches the small row only: it stores no event and
 * moves no version, so that heartbeats never conflict with reports. A report and `loseLease` are commands on the same
 * job, so the version check lets exactly one of them win. The token is the only proof that counts: until the reaper's
 * commit is stored, a worker whose time has passed may still renew or report; afterwards it never can.
 *
 * Failures.
 *   A worker dies or hangs         its lease expires; the reaper takes the job within `pollMs`. The attempt counts.
 *   A worker is slow or cut off    as above; its late reports are refused, its results and costs too. What its code did
 *                                  elsewhere cannot be taken back: handlers have to be idempotent.
 *   The answer to a claim is lost  nobody knows of the lease, and it lapses.
 *   A report is repeated           how an attempt ended is answered as the first time; progress, errors and costs carry
 *                                  a number that counts once per token.
 *   Several reapers see one lease  the first commit wins; for the others the token no longer fits, and nothing happens.
 *   A reaper dies                  nothing was stored or all of it was; any other server finds the same rows.
 *   A handler never returns        `until` is never past `timeoutAt`; the reaper then ends the attempt as timed out.
 *   The clock is set               leases are compared with the store's clock alone (decisions/0014). While it is in
 *                                  doubt the reaper waits, so that workers renew first; a lease from a clock that was
 *                                  ahead is shortened to `leaseMs` from now.
 */

const batchSize = 500;
const pollMs = 500;

/** Ends leases that have expired, so that other workers can have the jobs. */
export function createLeaseReaper(options: {
  readonly work: Pick<WorkStore, 'lapsed'>;
  readonly loseLease: (lease: LapsedLease) => Promise<Result<unknown>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly wakeUp: WakeUp;
}): Service {
  const { work, loseLease, clock, logger, wakeUp } = options;
  return createLoop({
    name: 'lease-reaper',
    logger,
    wakeUp,
    round: async () => {
      if (!isSettled(clock)) return pollMs;
      const lapsed = await work.lapsed(clock.now(), batchSize);
      const stuck = await endAll(lapsed, loseLease, {
        logger,
        jobIdOf: ({ jobId }) => jobId,
        texts: { ended: 'took jobs from workers whose leases had expired', stuck: 'an expired lease cannot be ended' },
      });
      return lapsed.length === batchSize && stuck === 0 ? 0 : pollMs;
    },
  });
}
