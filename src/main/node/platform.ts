import { EndsRecorder } from '../../application/times/recorder.ts';
import { createTypeTimes, type TypeTimes } from '../../application/times/times.ts';
import { createAudit, createAuditTrail, type Audit, type AuditTrail } from '../../application/audit/audit.ts';
import { createApplication, type Application } from '../../application/application.ts';
import { ownerLogPrefix } from '../../application/logs/seal.ts';
import type { Events } from '../../application/events/events.ts';
import type { Logs } from '../../application/logs/logs.ts';
import { jobKindOf } from '../../application/jobs/job-kind.ts';
import type { OwnerQuotas } from '../../application/quotas/quotas.ts';
import { WakeUp } from '../../application/wake-up.ts';
import type { Refusal } from '../../domain/errors.ts';
import type { Tracer } from '../../domain/trace.ts';
import { webhookTopic } from '../../domain/job/kind.ts';
import type { ScheduleRoutes } from '../../contract/schedules.ts';
import type { FleetParts } from '../../ports/fleet.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createEngine, type ApplicationsOf, type Engine } from '../../services/engine.ts';
import { createEventFollowing } from '../../services/event-feed.ts';
import { submittersOf, type KindParts } from '../../services/kind-runtime.ts';
import type { Service } from '../../services/service.ts';
import type { Config } from '../config/config.ts';
import type { KindModule } from '../../kinds/module.ts';
import type { Mounted } from '../../transports/rest/serve.ts';
import { createKeepers } from '../keepers.ts';
import { kindModules, mountKinds } from '../kinds.ts';
import { scheduleRoutesWith } from '../routes.ts';
import { version } from '../version.ts';
import { nodeGzip } from './gzip.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { createProductImages, type ProductImageParts } from './product-images.ts';
import { createOutreach, type Outreach } from '../outreach.ts';
import { createWebhookTransport } from './webhook-transport.ts';
import { createIds } from './world.ts';

/** The application with the services beside it: everything of a server but its transport. */
export interface Platform {
  readonly application: Application & Outreach['application'] & {
    readonly events?: Events;
    readonly logs: Logs;
    readonly audit: Audit;
    readonly typeTimes: TypeTimes;
  };
  readonly auditTrail: AuditTrail;
  /** The use cases of each kind. */
  readonly kinds: ApplicationsOf<typeof kindModules>;
  /** The names of those that people may use here. */
  readonly kindNames: readonly string[];
  /** Their routes, with what answers them. */
  readonly mounted: readonly Mounted[];
  readonly scheduleRoutes: ScheduleRoutes;
  readonly disableSchedules: Outreach['disableSchedules'];
  /** Where all objects of an owner's jobs lie. */
  ownerPrefixes(ownerId: string): readonly string[];
  readonly metrics: Metrics;
  start(): void;
  /** Answers requests that only wait, so that connections can close. */
  quiesce(): void;
  /** Stops the services and waits for what the write path still has to store. */
  stop(): Promise<void>;
}

const newWakeUp = (): WakeUp => new WakeUp();

interface PlatformParts {
  readonly config: Pick<Config, 'limits' | 'verifyUploads' | 'webhookAllowPrivate' | 'productImages' | 'models'>;
  /** Beside Waybill's own, by names that those do not have. */
  readonly kinds?: Readonly<Record<string, KindModule>>;
  readonly store: Store;
  /** By which everything is stored, and compared with what is stored. */
  readonly clock: Clock;
  readonly objects: ObjectStore;
  readonly publicUrl: string;
  readonly logger: Logger;
  readonly closed?: () => Refusal | null;
  readonly quotas?: OwnerQuotas;
  readonly fleet?: FleetParts;
  /** Of product images, what is not the usual. */
  readonly productImages?: ProductImageParts;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Services beside those that are made here. */
  readonly services?: readonly Service[];
  /** Whether the process is the server's alone; it is unless given. */
  readonly ownProcess?: boolean;
}

export function createPlatform(parts: PlatformParts): Platform {
  const { config, kinds: more = {}, store, clock, objects, publicUrl, logger, closed, quotas, fleet } = parts;
  const { studio, productImage } = createProductImages(config, { clock, logger, ...parts.productImages });
  const kinds = { ...more, ...kindModules, productImage };
  const transport = createWebhookTransport({ allowPrivate: config.webhookAllowPrivate });
  const metrics = createMetrics({
    store, queues: queuesOf(kinds), taskKind: kindModules.task.kind.name, clock, logger,
    ownProcess: parts.ownProcess ?? true,
  });
  const engine = createEngine({
    kinds,
    wakeUp: newWakeUp,
    onCommit: metrics.observeCommit,
    onStored: (commit) => {
      metrics.observeStored(commit);
      ends.onStored(commit);
    },
    telemetry: metrics.telemetry, ...(parts.tracer && { tracer: parts.tracer }),
    deliverers: { [webhookTopic]: (messages) => outreach.deliverWebhooks(messages) },
    keepJobsMs: config.limits.keepJobsMs,
    store, users: store.users, objects, gzip: nodeGzip, clock, ids: createIds(clock), logger, random: Math.random,
    settings: { publicUrl, verifyUploads: config.verifyUploads, ...config.limits },
    webhookUrlProblem: transport.urlProblem,
    ...(closed && { closed }), ...(quotas && { quotas }), ...(fleet && { fleet }),
  });
  const { deps } = engine;
  const ends = new EndsRecorder(deps);
  metrics.add([...engine.runtimes.values()].flatMap(({ gauges = [] }) => gauges));
  const outreach = createOutreach({
    deps, transport, version, submitters: submittersOf(engine.runtimes),
    viewOf: (job) => jobKindOf(engine.runtimes, job.kind).view(job),
    wakeUp: newWakeUp,
  });
  const following = createEventFollowing(deps);
  const stopListening = store.wakeUps?.listen((topic) => engine.onWakeUp(topic));
  const services = [
    ...engine.services, ...outreach.services, ...(following?.services ?? []),
    ...(parts.services ?? []),
    ...createKeepers(engine, ends, { ...config.limits, wakeUp: newWakeUp, onPurged: metrics.observePurged }),
  ];
  return {
    application: {
      ...createApplication(deps, engine.runtimes), ...outreach.application,
      ...(following && { events: following.events }), ...figuresOf(engine),
    },
    kinds: engine.applications, kindNames: usableKinds(engine, kinds),
    mounted: [...mountKinds(engine.applications), ...mountMore(engine, more)],
    scheduleRoutes: scheduleRoutesWith(Object.values(more)),
    disableSchedules: outreach.disableSchedules,
    ownerPrefixes: ownerPrefixesOf(engine), metrics, auditTrail: createAuditTrail(deps),
    start: () => services.forEach((service) => service.start()),
    quiesce: () => {
      engine.quiesce();
      following?.quiesce();
    },
    stop: async () => {
      stopListening?.();
      await Promise.all(services.map((service) => service.stop()));
      await studio?.stop();
      await deps.writePath.drain();
    },
  };
}

function queuesOf(kinds: Readonly<Record<string, KindParts>>): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.values(kinds).map(({ kind, queues = [] }) => [kind.name, queues]));
}

/** What is told of everything that was done. */
function figuresOf({ deps, logs }: KindEngine) {
  return { logs, audit: createAudit(deps), typeTimes: createTypeTimes(deps) };
}

/** Those that have routes: a server without secrets for product images has none for them. */
function usableKinds(engine: KindEngine, modules: Readonly<Record<string, unknown>>): readonly string[] {
  const applications: Readonly<Record<string, object>> = engine.applications as never;
  return Object.entries(modules as Readonly<Record<string, KindModule>>)
    .filter(([name, { mount }]) => mount(applications[name] ?? {}).some(({ table }) => Object.keys(table).length > 0))
    .map(([, { kind }]) => kind.name);
}

function mountMore(engine: KindEngine, more: Readonly<Record<string, KindModule>>): readonly Mounted[] {
  const applications: Readonly<Record<string, object>> = engine.applications as never;
  return Object.entries(more).flatMap(([name, module]) => module.mount(applications[name] ?? {}));
}

function ownerPrefixesOf({ runtimes }: KindEngine): Platform['ownerPrefixes'] {
  return (ownerId) => [
    ...[...runtimes.values()].flatMap(({ objects }) => objects?.ownerPrefixes(ownerId) ?? []), ownerLogPrefix(ownerId),
  ];
}

type KindEngine = Engine<typeof kindModules>;
