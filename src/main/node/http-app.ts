import type { Tracer } from '../../domain/trace.ts';
import { notWritableReason, unlessNotWritable } from '../../application/unavailable.ts';
import type { NotWritableReason } from '../../ports/store/unreachable.ts';
import type { Store } from '../../ports/store/store.ts';
import type { Clock, Logger } from '../../ports/world.ts';
import { createAuthenticator, type Authenticate } from '../../transports/access/authenticator.ts';
import { inOrder } from '../../transports/access/in-order.ts';
import { createRestApp, type RestDependencies } from '../../transports/rest/app.ts';
import { createSideApp, type FrameOptions } from '../../transports/rest/frame.ts';
import type { RuntimeRoute } from '../../transports/rest/runtime-route.ts';
import { atMostEvery } from '../../application/at-most-every.ts';
import { audited } from '../audited.ts';
import type { Config } from '../config/config.ts';
import { createConsoleRoutes } from '../console-pages.ts';
import { createDevGuard } from '../dev-guard.ts';
import { kindTags } from '../kinds.ts';
import { consoleRoutes, eventRoutes, historyRoutes, jobRoutes, routes } from '../routes.ts';
import { version } from '../version.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { readConsoleFile } from './console-files.ts';
import { directListener, type DirectListener } from './direct-listener.ts';
import { documentationRoutes } from './documentation/routes.ts';
import { mcpRoutes } from './mcp-route.ts';
import { createMetricsRoute } from './metrics/route.ts';
import type { Fetch } from './request-listener.ts';
import type { NodeObjects } from './objects.ts';
import type { People } from './people.ts';
import type { Platform } from './platform.ts';
import type { StoreOutages } from './store-outages.ts';
import { traceRequests } from './tracing/request-spans.ts';
import { createIds, systemClock } from './world.ts';

export interface HttpApp {
  readonly fetch: Fetch;
  /** Answers most of the same requests in less time. */
  readonly direct: DirectListener;
  /** For a port of the metrics' own. */
  readonly fetchMetrics: Fetch;
  /** Objects and nothing else, for workers. */
  readonly fetchObjects: Fetch;
  readonly authenticate: Authenticate;
  /** Rejects when a part that is needed cannot answer, and while the server shuts down. */
  readonly ready: () => Promise<void>;
  /** From now on the server is not ready. */
  draining(): void;
}

/** The REST routes, those that only Node has among them. */
export function createHttpApp(parts: {
  readonly config: Config;
  readonly platform: Platform;
  readonly people: People;
  readonly store: Store;
  readonly clock: Clock;
  readonly objects: NodeObjects;
  readonly reserve?: DiskReserve;
  readonly outages?: StoreOutages;
  readonly publicUrl: string;
  readonly logger: Logger;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Knows callers beside those that are known here. */
  readonly authenticate?: (known: Authenticate) => Authenticate;
}): HttpApp {
  const { config, platform, objects, publicUrl, logger } = parts;
  const { users, signUps, sign, signAnonymous, gate } = parts.people;
  const { application, metrics } = platform;
  const checks = createChecks(parts);
  const metricsRoute = createMetricsRoute(config, metrics);
  const onOwnPort = config.http.metricsPort !== null;
  const frame = frameOf(parts);
  const known = authenticatorOf(parts);
  const authenticate = parts.authenticate?.(known) ?? known;
  const fetch: Fetch = (request, env) => rest.fetch(request, env);
  const mcp = mcpRoutes({ config, publicUrl, fetch, authenticate, logger, closing: checks.closing });
  const rest = createRestApp({
    ...frame,
    application: {
      ...application, users, signUps, settings: config.settings, ready: checks.ready,
      outboxSize: atMostEvery(freshMs, () => parts.store.outbox.size()),
    },
    mounted: platform.mounted,
    tags: kindTags,
    routes: {
      ...routes, ...platform.scheduleRoutes, ...Object.assign({}, ...platform.mounted.map(({ table }) => table)),
    },
    jobRoutes, eventRoutes, historyRoutes,
    scheduleRoutes: platform.scheduleRoutes,
    signLogin: sign,
    signAnonymous,
    setupGate: gate,
    authenticate,
    callbackSecrets: config.callbackSecrets,
    version,
    devMode: config.dev,
    audit: { trail: platform.auditTrail, rules: audited },
    health: checks.health,
    maxBodyBytes: config.limits.maxBodyBytes,
    maxFileBytes: config.limits.maxUploadBytes,
    bodyMs: config.http.requestBodyMs,
    maxRequestsPerUser: config.http.maxRequestsPerUser,
    maxWaitingPerUser: config.http.maxWaitingPerUser,
    ...(config.console && { console: consoleOf(config, publicUrl, platform) }),
    runtimeRoutes: [
      ...(onOwnPort ? [] : [metricsRoute]), ...objectRoutes(objects), ...mcp,
      ...documentationRoutes(publicUrl), ...pagesOf(config, logger),
    ],
  });
  return {
    fetch,
    direct: directListener(rest.direct),
    ...createSideApps(frame, metricsRoute, objects),
    authenticate,
    ready: checks.ready,
    draining: checks.draining,
  };
}

function frameOf({ config, platform: { metrics }, publicUrl, logger, tracer }: Pick<
  Parameters<typeof createHttpApp>[0], 'config' | 'platform' | 'publicUrl' | 'logger' | 'tracer'
>): FrameOptions {
  const { allowedOrigins, trustProxy, dev } = config;
  return {
    publicUrl,
    logger,
    // An open page of the console asks all the time: what handlers say must not drown in it.
    requestLevel: dev ? 'debug' : 'info',
    observe: metrics.observeRequest,
    observeStream: metrics.observeStream,
    ...(tracer && { trace: traceRequests(tracer) }),
    newRequestId: createIds(systemClock).uuid,
    allowedOrigins,
    trustProxy,
    ...(dev && { guard: createDevGuard({ publicUrl, allowedOrigins }) }),
  };
}

function authenticatorOf(
  { config, platform, people: { users }, clock }: Pick<Parameters<typeof createHttpApp>[0], 'config' | 'platform' |
    'people' | 'clock'>,
): Authenticate {
  const { jwtSecret, dev: devMode, people: { audiences, issuers } } = config;
  const { tokens } = platform.application;
  return inOrder(createAuthenticator({
    jwtSecret, audiences, issuers, devMode, findApiKey: (key) => tokens.authenticate(key), users, clock,
  }));
}

function createSideApps(
  frame: FrameOptions,
  metricsRoute: RuntimeRoute,
  objects: NodeObjects,
): Pick<HttpApp, 'fetchMetrics' | 'fetchObjects'> {
  // Workers call by another name than the server's own; what they get is signed.
  const { guard: _, ...unguarded } = frame;
  const [ofMetrics, ofObjects] = [
    createSideApp(frame, [metricsRoute]), createSideApp(unguarded, objectRoutes(objects)),
  ];
  return {
    fetchMetrics: (request, env) => ofMetrics.fetch(request, env),
    fetchObjects: (request, env) => ofObjects.fetch(request, env),
  };
}

function consoleOf(
  { limits: { maxUploadBytes } }: Config, publicUrl: string, { kindNames }: Platform,
): NonNullable<RestDependencies['console']> {
  return { routes: consoleRoutes, facts: { publicUrl, kinds: [...kindNames], maxUploadBytes } };
}

function pagesOf({ console, objects }: Config, logger: Logger): RuntimeRoute[] {
  const objectsFrom = objects.type === 's3' ? new URL(objects.publicEndpoint ?? objects.endpoint).origin : null;
  return console ? createConsoleRoutes(readConsoleFile, { objectsFrom, logger }) : [];
}

/** Objects in files are served here; others have an endpoint of their own. */
function objectRoutes({ handle }: NodeObjects): RuntimeRoute[] {
  if (handle === null) return [];
  const serve: RuntimeRoute['serve'] = async (request) => ({ ok: true, value: await handle(request) });
  return [{ path: '/objects/*', methods: null, quiet: false, serve }];
}

/** Anybody may ask for them, so that they look at each part once in this time, however many ask. */
const freshMs = 1_000;

function createChecks({ store, objects, reserve, outages, people: { users } }: {
  readonly store: Store;
  readonly objects: NodeObjects;
  readonly people: People;
  readonly reserve?: DiskReserve;
  readonly outages?: StoreOutages;
}) {
  const checkStore = atMostEvery(freshMs, async () => {
    await store.check();
    outages?.assertWritable();
  });
  const checkObjects = atMostEvery(freshMs, () => objects.store.check());
  const closing = new AbortController();
  return {
    closing: closing.signal,
    ready: async (): Promise<void> => {
      if (closing.signal.aborted) throw new Error('the server is shutting down');
      await unlessNotWritable(checkStore());
      await unlessNotWritable(checkObjects());
    },
    health: async () => {
      const state = await stateOf(checkStore());
      const isUp = state.status === 'ok';
      const canBeRead = isUp || state.reason !== undefined;
      return {
        uptimeSeconds: Math.round(process.uptime()),
        parts: {
          store: { name: store.name, ...state },
          objects: { name: objects.store.name, ...(await stateOf(checkObjects())) },
          ...(reserve === undefined || reserve.space() === null ? {} : { disk: diskState(reserve) }),
        },
        database: { initialized: canBeRead },
        setup: { needed: canBeRead && (await users.needsSetup()) },
      };
    },
    draining: (): void => {
      closing.abort(new Error('the server is shutting down'));
    },
  };
}

type PartState = { readonly status: 'ok' } | { readonly status: 'unavailable'; readonly reason?: NotWritableReason };

async function stateOf(check: Promise<void>): Promise<PartState> {
  try {
    await check;
    return { status: 'ok' };
  } catch (error) {
    const reason = notWritableReason(error);
    return { status: 'unavailable', ...(reason === null ? {} : { reason }) };
  }
}

function diskState(reserve: DiskReserve): PartState {
  return reserve.problem('new') === null ? { status: 'ok' } : { status: 'unavailable', reason: 'disk_full' };
}
