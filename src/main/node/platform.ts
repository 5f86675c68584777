import type { Application } from '../../application/application.ts';
import { createApplication } from '../create-application.ts';
import type { Dependencies } from '../../application/dependencies.ts';
import type { OwnerQuotas } from '../../application/quotas/quotas.ts';
import { referredToIn } from '../../application/objects/purge.ts';
import { expireJob } from '../../application/jobs/expire.ts';
import { WakeUp } from '../../application/wake-up.ts';
import { WritePath } from '../../application/write-path/write-path.ts';
import { imageQueue } from '../../kinds/image-set/domain/decide.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createDeadlineReaper } from '../../services/deadline-reaper.ts';
import { createObjectPurger } from '../../services/object-purger.ts';
import { createOutboxRelay, type Deliver } from '../../services/outbox-relay.ts';
import { createRetention } from '../../services/retention.ts';
import type { Service } from '../../services/service.ts';
import type { Config } from '../config/config.ts';
import { createHealing } from './healing.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createTaskPlatform, type TaskPlatform } from './task-platform.ts';
import { createIds } from './world.ts';

/** The application with the services beside it: everything of a server but its transport. */
export interface Platform {
  readonly application: Application & TaskPlatform['application'];
  readonly metrics: Metrics;
  start(): void;
  /** Answers requests that only wait, so that connections can close. */
  quiesce(): void;
  /** Stops the services and waits for what the write path still has to store. */
  stop(): Promise<void>;
}

const keepMs = 7 * 86_400_000;

export function createPlatform(parts: {
  readonly config: Pick<Config, 'limits' | 'verifyUploads' | 'webhookAllowPrivate'>;
  readonly store: Store;
  /** By which everything is stored, and compared with what is stored. */
  readonly clock: Clock;
  readonly objects: ObjectStore;
  readonly publicUrl: string;
  readonly logger: Logger;
  readonly closed?: () => Refusal | null;
  readonly quotas?: OwnerQuotas;
  /** Services beside those that are made here. */
  readonly services?: readonly Service[];
}): Platform {
  const { config, store, clock, objects, publicUrl, logger, closed, quotas } = parts;
  const outboxWakeUp = new WakeUp();
  const queueWakeUp = new WakeUp();
  const writePath = new WritePath({
    store,
    clock,
    onStored: (commit) => {
      if (commit.outbox.length > 0) outboxWakeUp.notify();
      tasks.onStored(commit);
    },
    onCommit: (commands, seconds) => metrics.observeCommit(commands, seconds),
  });
  const deps: Dependencies = {
    store, users: store.users, writePath, objects, clock, ids: createIds(clock), logger,
    settings: { publicUrl, verifyUploads: config.verifyUploads, ...config.limits },
    ...(closed === undefined ? {} : { closed }),
    ...(quotas === undefined ? {} : { quotas }),
  };
  const tasks = createTaskPlatform(deps, config);
  const application = { ...createApplication(deps, queueWakeUp), ...tasks.application };
  const metrics = createMetrics(store, [imageQueue], clock);
  const stopListening = store.wakeUps?.listen((topic) => {
    if (topic === 'queue' || topic === null) queueWakeUp.notify();
    tasks.onWakeUp(topic);
  });
  const services = [
    createOutboxRelay({
      outbox: store.outbox,
      deliverers: { queue: deliverToQueues(deps, queueWakeUp), ...tasks.deliverers },
      clock, logger, wakeUp: outboxWakeUp, random: Math.random,
    }),
    createDeadlineReaper({
      jobs: store.jobs, expire: (jobId, reason) => expireJob(deps, jobId, reason), clock, logger, wakeUp: new WakeUp(),
    }),
    objectPurger(deps, metrics),
    ...tasks.services,
    ...(parts.services ?? []),
    createHealing(deps),
    createRetention({ retention: store.retention, keepMs, ...keeping(config), clock, logger, wakeUp: new WakeUp() }),
  ];
  return {
    application,
    metrics,
    start: () => services.forEach((service) => service.start()),
    quiesce: () => {
      queueWakeUp.close();
      tasks.quiesce();
    },
    stop: async () => {
      stopListening?.();
      await Promise.all(services.map((service) => service.stop()));
      await writePath.drain();
    },
  };
}

function keeping({ limits: { keepJobsMs, keepSetsMs } }: Pick<Config, 'limits'>): {
  readonly keepJobsMs: number | null;
  readonly keepSetsMs: number | null;
} {
  return { keepJobsMs, keepSetsMs };
}

function objectPurger(deps: Dependencies, metrics: Pick<Metrics, 'observePurged'>): Service {
  const { store, quotas } = deps;
  return createObjectPurger({
    ...deps,
    endedObjects: store.endedObjects,
    isReferredTo: referredToIn(store.jobs),
    onPurged: ({ ownerId }, count) => {
      metrics.observePurged(count);
      quotas?.objects.forget(ownerId);
    },
    wakeUp: new WakeUp(),
  });
}

/** Puts messages into the queues that workers outside pull from. */
function deliverToQueues({ store, clock }: Dependencies, queueWakeUp: WakeUp): Deliver {
  return async (messages) => {
    for (const [name, group] of Map.groupBy(messages, ({ topic }) => topic.slice('queue:'.length))) {
      await store.queue.put(
        name,
        group.map(({ jobId }) => ({ messageId: jobId, jobId, availableAt: clock.now() })),
      );
    }
    queueWakeUp.notify();
    // Workers may wait at another server. The outbox needs no such word: its own server is told already.
    store.wakeUps?.notify('queue');
  };
}
