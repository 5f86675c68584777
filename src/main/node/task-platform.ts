import type { Dependencies } from '../../application/dependencies.ts';
import type { TaskApplication } from '../../application/task-application.ts';
import { tellDependents } from '../../application/tasks/commands.ts';
import type { TaskDependencies } from '../../application/tasks/dependencies.ts';
import { KnownTypes } from '../../application/tasks/known-types.ts';
import { createTaskApplication } from '../../application/tasks/tasks.ts';
import { TypeSettings } from '../../application/tasks/type-settings.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { loseLease } from '../../application/work/lose-lease.ts';
import { createWorkSignals } from '../../application/work/signals.ts';
import { dependentsTopic } from '../../domain/kinds/task/decide.ts';
import type { Commit } from '../../ports/store/commit.ts';
import { createLeaseReaper } from '../../services/lease-reaper.ts';
import type { Deliver } from '../../services/outbox-relay.ts';
import type { Service } from '../../services/service.ts';
import { createWorkAdmitter } from '../../services/work-admitter.ts';
import { version } from '../version.ts';
import { createTaskOutreach, type TaskOutreach } from './task-outreach.ts';
import { createWebhookTransport } from './webhook-transport.ts';

/** Tasks on Node: their use cases, the services beside them, and what commits mean for those who wait. */
export interface TaskPlatform {
  readonly application: TaskApplication & TaskOutreach['application'];
  readonly services: readonly Service[];
  readonly deliverers: Readonly<Record<string, Deliver>>;
  /** To be called after each commit. */
  onStored(commit: Commit): void;
  /** To be called with what other servers say; null: anything. */
  onWakeUp(topic: string | null): void;
  quiesce(): void;
}

export function createTaskPlatform(
  base: Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'ids' | 'logger'>,
  { webhookAllowPrivate }: { readonly webhookAllowPrivate: boolean },
): TaskPlatform {
  const { store, clock, logger } = base;
  const transport = createWebhookTransport({ allowPrivate: webhookAllowPrivate });
  const signals = createWorkSignals();
  const types = new TypeSettings(store.work, clock);
  const deps: TaskDependencies = {
    ...base, types, knownTypes: new KnownTypes(store.jobs), signals, webhookUrlProblem: transport.urlProblem,
    random: Math.random,
  };
  const application = createTaskApplication(deps);
  const outreach = createTaskOutreach({ ...base, submit: application.tasks.submit, transport, version });
  const ready = (): void => {
    signals.ready.notify();
    store.wakeUps?.notify('work');
  };
  const admitter = createWorkAdmitter({ work: store.work, signals, onReady: ready, clock, logger });
  const reaper = createLeaseReaper({
    work: store.work, takeBack: (lease) => loseLease(deps, lease), clock, logger, wakeUp: new WakeUp(),
  });
  return {
    application: { ...application, ...outreach.application },
    services: [admitter, reaper, ...outreach.services],
    deliverers: {
      ...outreach.deliverers,
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
      if (offered) ready();
      if (toAdmit) store.wakeUps?.notify('admission');
      // What ended may have given a slot back.
      if (toAdmit || admitter.isWaiting()) signals.admission.notify();
    },
    onWakeUp(topic) {
      if (topic === 'work' || topic === null) signals.ready.notify();
      if (topic === 'admission' || topic === null) signals.admission.notify();
    },
    quiesce() {
      signals.ready.close();
      signals.changes.close();
    },
  };
}
