import { tellDependents } from './commands.ts';
import type { TaskDependencies } from './dependencies.ts';
import type { WakeUp } from '../../../application/wake-up.ts';
import { loseLease } from '../../../application/jobs/lose-lease.ts';
import { dependentsTopic } from '../domain/decide.ts';
import type { Commit } from '../../../ports/store/commit.ts';
import { createLeaseReaper } from '../../../services/lease-reaper.ts';
import type { Deliver } from '../../../services/outbox-relay.ts';
import type { Service } from '../../../services/service.ts';
import { createWorkAdmitter } from '../../../services/work-admitter.ts';

/** What goes on beside the requests that concern tasks, and what commits mean for those who wait for work. */
export interface TaskServices {
  readonly services: readonly Service[];
  readonly deliverers: Readonly<Record<string, Deliver>>;
  /** To be called after each commit. */
  onStored(commit: Commit): void;
  /** To be called with what other servers say; null: anything. */
  onWakeUp(topic: string | null): void;
}

/** `reaping` wakes the lease reaper. */
export function createTaskServices(deps: TaskDependencies, reaping: WakeUp): TaskServices {
  const { store, types, signals, clock, logger } = deps;
  const onReady = (): void => {
    signals.ready.notify();
    store.wakeUps?.notify('work');
  };
  const admitter = createWorkAdmitter({ work: store.work, onReady, clock, logger, wakeUp: signals.admission });
  const reaper = createLeaseReaper({
    work: store.work, takeBack: (lease) => loseLease(deps, lease), clock, logger, wakeUp: reaping,
  });
  return {
    services: [admitter, reaper],
    deliverers: {
      [dependentsTopic]: async (messages) => {
        for (const { jobId, payload } of messages) {
          const { dependents, state } = payload as { dependents: string[]; state: string };
          await tellDependents(deps, jobId, dependents, state);
        }
      },
    },
    onStored({ work, jobs }) {
      signals.changes.changed(jobs);
      if (work.length === 0) return;
      let offered = false;
      let toAdmit = false;
      for (const change of work) {
        if (change.type !== 'put' || change.work.blocked) continue;
        const { dueAt, concurrencyKey } = change.work;
        if (dueAt > change.now || concurrencyKey !== null || types.isLimited(change.jobType)) toAdmit = true;
        else offered = true;
      }
      if (offered) onReady();
      if (toAdmit) store.wakeUps?.notify('admission');
      // What ended may have given a slot back.
      if (toAdmit || admitter.isWaiting()) signals.admission.notify();
    },
    onWakeUp(topic) {
      if (topic === 'work' || topic === null) signals.ready.notify();
      if (topic === 'admission' || topic === null) signals.admission.notify();
    },
  };
}
