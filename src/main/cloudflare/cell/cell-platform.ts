import { createAudit, storeEntry } from '../../../application/audit/audit.ts';
import { createJobs } from '../../../application/jobs/jobs.ts';
import { jobKindOf } from '../../../application/jobs/job-kind.ts';
import { plainLog } from '../../../application/logs/follow-log.ts';
import { ownerLogPrefix } from '../../../application/logs/seal.ts';
import { webGzip } from '../../../application/logs/web-gzip.ts';
import { createOwnerQuotas } from '../../../application/quotas/quotas.ts';
import { EndsRecorder } from '../../../application/times/recorder.ts';
import { createTypeTimes } from '../../../application/times/times.ts';
import type { WakeUp } from '../../../application/wake-up.ts';
import { createWorkers } from '../../../application/work/workers.ts';
import { webhookTopic } from '../../../domain/job/kind.ts';
import { productImageModule, productImageModuleWith } from '../../../kinds/product-image/module.ts';
import { taskModule } from '../../../kinds/task/module.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import type { AccountReads, Store } from '../../../ports/store/store.ts';
import type { ClaimedDelivery } from '../../../ports/store/webhook-store.ts';
import type { UserStore } from '../../../ports/store/user-store.ts';
import type { Ids, Logger } from '../../../ports/world.ts';
import { createEngine, type Engine } from '../../../services/engine.ts';
import { createEventFollowing } from '../../../services/event-feed.ts';
import { submittersOf } from '../../../services/kind-runtime.ts';
import type { Service } from '../../../services/service.ts';
import { createKeepers } from '../../keepers.ts';
import { createOutreach, type Outreach } from '../../outreach.ts';
import { systemClock } from '../../node/world.ts';
import type { EdgeConfig } from '../config.ts';
import { createEdgeRemoteFiles } from '../remote-files.ts';
import { version } from '../version.ts';
import type { CellParts } from './calls.ts';
import { createEdgeWebhookTransport } from './webhook-transport.ts';

/** The kinds whose jobs are in cells. */
export const cellKinds = { task: taskModule, productImage: productImageModule };

function cellKindsWith({ productImages, cells: { webhookAllowPrivate } }: EdgeConfig): typeof cellKinds {
  const files = createEdgeRemoteFiles(webhookAllowPrivate);
  return { ...cellKinds, productImage: productImageModuleWith(productImages && { ...productImages, files }) };
}

/** What a cell does: everything of a server but its transport, over a store of its own. */
export interface CellPlatform {
  readonly parts: CellParts;
  readonly services: readonly Service[];
}

export function createCellPlatform(world: {
  readonly config: EdgeConfig;
  readonly store: Store;
  readonly users: UserStore;
  /** Elsewhere. */
  readonly accounts: Pick<AccountReads, 'get'>;
  readonly objects: ObjectStore;
  readonly ids: Ids;
  /** Hands a webhook to the consumer of the queue. */
  readonly handOver: (delivery: ClaimedDelivery) => Promise<void>;
  readonly logger: Logger;
  /** Makes what a loop waits on. */
  readonly wakeUp: () => WakeUp;
}): CellPlatform {
  const { config, store, users, objects, ids, logger, wakeUp, handOver } = world;
  const transport = createEdgeWebhookTransport(config.cells.webhookAllowPrivate);
  const engine = createEngine({
    kinds: cellKindsWith(config), wakeUp, store, users, objects, gzip: webGzip, clock: systemClock, ids, logger,
    random: Math.random,
    begin: (start) => void setTimeout(start, 0),
    onStored: (commit) => ends.onStored(commit),
    deliverers: { [webhookTopic]: (messages) => outreach.deliverWebhooks(messages) },
    keepJobsMs: config.cells.keepJobsMs,
    settings: config.settings,
    webhookUrlProblem: transport.urlProblem,
    quotas: quotasOfCell(world),
  });
  const { deps, runtimes } = engine;
  const ends = new EndsRecorder(deps);
  const outreach = createOutreach({
    deps: { ...deps, store: { ...store, users } }, transport, version, submitters: submittersOf(runtimes), wakeUp,
    handOver,
    viewOf: (job) => jobKindOf(runtimes, job.kind).view(job),
  });
  const following = createEventFollowing(deps);
  if (following === null) throw new Error('a cell has the events of all its jobs');
  return {
    parts: { ...partsOf(engine, outreach), events: following.events },
    services: [
      ...engine.services, ...outreach.services, ...following.services,
      ...createKeepers(engine, ends, { ...config.cells, wakeUp }),
    ],
  };
}

function partsOf(
  { deps, applications: { task, productImage }, runtimes, logs }: Engine<typeof cellKinds>,
  { application: { schedules, webhooks }, deliveries, disableSchedules }: Outreach,
): Omit<CellParts, 'events'> {
  return {
    tasks: task.tasks, work: task.work, workTypes: task.workTypes,
    ...productImage,
    jobs: createJobs(deps, runtimes),
    workers: createWorkers(deps),
    schedules: { ...schedules, disableAll: disableSchedules },
    webhooks,
    secrets: deps.store.webhooks,
    deliveries,
    logs: { ...logs, follow: (context, jobId, options) => logs.follow(context, jobId, options, plainLog) },
    audit: createAudit(deps),
    auditTrail: { store: (entry) => storeEntry(deps.writePath, entry) },
    typeTimes: createTypeTimes(deps),
    store: { check: () => deps.store.check(), outboxSize: () => deps.store.outbox.size() },
  };
}

function quotasOfCell(
  { config, store, accounts, objects }: Pick<
    Parameters<typeof createCellPlatform>[0], 'config' | 'store' | 'accounts' | 'objects'
  >,
): ReturnType<typeof createOwnerQuotas> {
  const kinds = new Map(Object.values(cellKinds).flatMap(({ kind, quotas }) =>
    quotas === undefined ? [] : [[kind.name, quotas] as const]));
  return createOwnerQuotas({
    store: { usage: store.usage, accounts: { ...store.accounts, ...accounts } },
    objects, ownerPrefixes: (ownerId) => [ownerLogPrefix(ownerId)], kinds, clock: systemClock, changes: config.quotas,
  });
}
