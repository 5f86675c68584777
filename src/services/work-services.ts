import type { Dependencies } from '../application/dependencies.ts';
import { tellOfEvents } from '../application/events/told.ts';
import { loseLease } from '../application/jobs/lose-lease.ts';
import type { WakeUp } from '../application/wake-up.ts';
import type { Commit } from '../ports/store/commit.ts';
import { workKey } from '../ports/store/work-key.ts';
import { createLeaseReaper } from './lease-reaper.ts';
import type { Service } from './service.ts';
import { createWorkAdmitter } from './work-admitter.ts';

/** What lets work on and takes it back, and what commits mean for those who wait for work. */
export interface WorkServices {
  readonly services: readonly Service[];
  /** To be called after each commit. */
  onStored(commit: Commit): void;
}

/** What the other servers are told by that work of a type may have become ready, before the key of the type. */
export const readyTopic = 'work:';

/** `reaping` wakes the lease reaper. */
export function createWorkServices(
  deps: Pick<
    Dependencies, 'store' | 'writePath' | 'kinds' | 'types' | 'signals' | 'clock' | 'logger' | 'random' | 'telemetry'
  >,
  reaping: WakeUp,
): WorkServices {
  const { store, types, signals, clock, logger } = deps;
  const onReady = (keys: Iterable<string>): void => {
    signals.ready.notify(keys);
    for (const key of keys) store.wakeUps?.notify(readyTopic + key);
  };
  const admitter = createWorkAdmitter({ work: store.work, onReady, clock, logger, wakeUp: signals.admission });
  const reaper = createLeaseReaper({
    work: store.work, loseLease: (lease) => loseLease(deps, lease), clock, logger, wakeUp: reaping,
  });
  return {
    services: [admitter, reaper],
    onStored({ work, jobs, events }) {
      signals.changes.changed(jobs);
      // Whoever follows its log is told of its end.
      signals.lines.changed(jobs.filter(({ job }) => job.endedAt !== null));
      if (events.length > 0) tellOfEvents(deps);
      if (work.length === 0) return;
      const offered = new Set<string>();
      let toAdmit = false;
      for (const change of work) {
        if (change.type !== 'put' || change.work.blocked) continue;
        const { dueAt, concurrencyKey } = change.work;
        const isLimited = concurrencyKey !== null || types.isLimited(change.kind, change.jobType);
        if (dueAt > change.now || isLimited) toAdmit = true;
        else offered.add(workKey(change.kind, change.jobType));
      }
      if (offered.size > 0) onReady(offered);
      if (toAdmit) store.wakeUps?.notify('admission');
      // What ended may have given a slot back.
      if (toAdmit || admitter.isWaiting()) signals.admission.notify();
    },
  };
}
