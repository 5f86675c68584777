import type { Dependencies } from '../../application/dependencies.ts';
import type { TaskApplication } from '../../kinds/task/application/application.ts';
import { createTaskApplication } from '../../kinds/task/application/tasks.ts';
import { TypeLimits } from '../../kinds/task/application/type-limits.ts';
import { TypeSettings } from '../../kinds/task/application/type-settings.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { createWorkSignals } from '../../application/work/signals.ts';
import { createTaskServices, type TaskServices } from '../../kinds/task/application/services.ts';
import { createUnaskedTypesWatch } from '../../services/unasked-types.ts';
import type { Config } from '../config/config.ts';
import { version } from '../version.ts';
import { createTaskOutreach, type TaskOutreach } from './task-outreach.ts';
import { createWebhookTransport } from './webhook-transport.ts';

/** Tasks on Node: their use cases with all that goes on beside them. */
export interface TaskPlatform extends TaskServices {
  readonly application: TaskApplication & TaskOutreach['application'];
  quiesce(): void;
}

export function createTaskPlatform(
  base: Pick<Dependencies, 'store' | 'writePath' | 'clock' | 'ids' | 'logger' | 'closed' | 'quotas' | 'users'>,
  { webhookAllowPrivate, limits }: Pick<Config, 'webhookAllowPrivate' | 'limits'>,
): TaskPlatform {
  const { store, clock } = base;
  const transport = createWebhookTransport({ allowPrivate: webhookAllowPrivate });
  const signals = createWorkSignals();
  const deps = {
    ...base,
    types: new TypeSettings(store.work, clock),
    typeLimits: new TypeLimits(store.jobs, clock, limits.typesPerOwner),
    signals,
    webhookUrlProblem: transport.urlProblem,
    random: Math.random,
  };
  const application = createTaskApplication(deps);
  const tasks = createTaskServices(deps, new WakeUp());
  const unasked = createUnaskedTypesWatch({ store, clock, logger: base.logger, wakeUp: new WakeUp() });
  const outreach = createTaskOutreach({ ...base, submit: application.tasks.submit, transport, version });
  return {
    ...tasks,
    application: { ...application, ...outreach.application },
    services: [...tasks.services, ...outreach.services, unasked],
    deliverers: { ...tasks.deliverers, ...outreach.deliverers },
    quiesce() {
      signals.ready.close();
      signals.changes.close();
    },
  };
}
