import { createSignUps } from '../../application/users/sign-ups.ts';
import type { WebhookTransport } from '../../ports/webhook-transport.ts';
import type { Logger } from '../../ports/world.ts';
import { consoleRoutes as consoleRoutesOf } from '../../contract/console.ts';
import { jobRoutes as jobRoutesOf } from '../../contract/jobs.ts';
import { scheduleRoutes as scheduleRoutesOf } from '../../contract/schedules.ts';
import { imageSetJobs } from '../../kinds/image-set/contract/image-set-job.ts';
import { imageSetModule } from '../../kinds/image-set/module.ts';
import { productImageJobs } from '../../kinds/product-image/contract/product-image-job.ts';
import { pictureRoutes } from '../../kinds/product-image/contract/pictures.ts';
import { productImageRoutes } from '../../kinds/product-image/contract/product-image.ts';
import { themeRoutes } from '../../kinds/product-image/contract/themes.ts';
import { productWebhookRoutes } from '../../kinds/product-image/contract/webhook.ts';
import { productImageModule } from '../../kinds/product-image/module.ts';
import { scheduledTasks } from '../../kinds/task/contract/scheduled.ts';
import { taskJobs } from '../../kinds/task/contract/task-examples.ts';
import { taskModule } from '../../kinds/task/module.ts';
import { createRestApp, type RestDependencies } from '../../transports/rest/app.ts';
import { createD1AttemptStore } from '../../stores/d1/attempts.ts';
import { createAuthenticator } from '../../transports/access/authenticator.ts';
import { createAnonymousSigner, createLoginSigner } from '../../transports/access/logins.ts';
import { audited } from '../audited.ts';
import { newJwtSecret } from '../config/loopback.ts';
import { createConsoleRoutes } from '../console-pages.ts';
import { createDevGuard } from '../dev-guard.ts';
import { eventRoutes, historyRoutes, routes } from '../routes.ts';
import { createIds, systemClock } from '../node/world.ts';
import type { Bindings, ExecutionContext, MessageBatch } from './bindings.ts';
import { createCellApplication } from './cell/cell-application.ts';
import { createCells, type Cells } from './cell/cells.ts';
import { imageSetsBeside } from './cell/image-sets.ts';
import { wakeCells } from './cell/wake.ts';
import { sendWebhooks, webhookQueue } from './cell/webhook-queue.ts';
import { createEdgeWebhookTransport } from './cell/webhook-transport.ts';
import { WrongConfig, type EdgeConfig } from './config.ts';
import { readAssetsOf } from './console-assets.ts';
import { createEdgeApplication } from './edge-application.ts';
import { createEdgePeople } from './edge-people.ts';
import { consume } from './gpu-queue.ts';
import { isolateOf } from './isolate.ts';
import { keptCheck } from './kept-check.ts';
import { keptCallers } from './kept-callers.ts';
import { createOpenRequests } from './open-requests.ts';
import { repairJobs } from './repair.ts';
import { version } from './version.ts';

export { CellDO } from './cell/cell-object.ts';
export { JobCoordinatorDO } from './job-coordinator.ts';
export { PullQueueDO } from './pull-queue.ts';
export { UserLimiterDO } from './user-limiter.ts';

/** Of the kinds that are here. */
const kindNames = [imageSetModule.kind.name, taskModule.kind.name];
const jobRoutes = jobRoutesOf([imageSetJobs, taskJobs, productImageJobs]);
const consoleRoutes = consoleRoutesOf(kindNames);
const scheduleRoutes = scheduleRoutesOf([scheduledTasks]);
/** These are here when they are configured. */
const configured = {
  ...consoleRoutes, ...productImageRoutes, ...productWebhookRoutes, ...pictureRoutes, ...themeRoutes,
};
const onNodeAlone = Object.fromEntries(
  Object.entries(routes).filter(([name]) => !Object.hasOwn(configured, name)),
);

interface Edge {
  readonly env: Bindings;
  readonly config: EdgeConfig;
  readonly logger: Logger;
  readonly cells: Cells;
  readonly transport: WebhookTransport;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** Made with the first request of an isolate; the environment does not change while it lives. */
let made: Edge | null = null;

function edge(env: Bindings): Edge {
  if (made?.env === env) return made;
  const { config, logger, objects } = isolateOf(env);
  const { core, imageSet } = createEdgeApplication(env, config, objects);
  const ids = createIds(systemClock);
  const attempts = createD1AttemptStore(env.DB);
  const cells = createCells(env, config.cells.places);
  const inCells = createCellApplication(cells, { apart: core.jobs, ids, productImages: config.productImages });
  const people = createEdgePeople(env, config, cells);
  const application = {
    ...core,
    ...inCells.core,
    ...keptCallers({ tokens: core.tokens, users: people.users }, systemClock),
    ready: keptCheck(1_000, core.ready),
    signUps: createSignUps({ attempts, clock: systemClock, ids, ...config.anonymousSignups }),
  };
  // In development mode it ends with the isolate unless it is set.
  const jwtSecret = config.jwtSecret ?? newJwtSecret();
  const startedAt = systemClock.now();
  const { dev: devMode, audiences, issuers } = config;
  const authenticate = createAuthenticator({
    jwtSecret, audiences, issuers, devMode, findApiKey: (key) => application.tokens.authenticate(key),
    users: application.users, clock: systemClock,
  });
  const app = createRestApp({
    application,
    mounted: mountedOf(inCells, { ...imageSet, imageSets: imageSetsBeside(cells, imageSet.imageSets) }),
    tags: { ...imageSetModule.tags, ...taskModule.tags, ...productImageModule.tags },
    routes,
    elsewhere: { routes: onNodeAlone, here: 'Cloudflare', there: 'Node' },
    jobRoutes, eventRoutes, historyRoutes, scheduleRoutes,
    authenticate,
    openRequests: createOpenRequests(authenticate),
    audit: { trail: inCells.auditTrail, rules: audited },
    signLogin: createLoginSigner({ jwtSecret, lifetimeMs: config.people.sessionMs, clock: systemClock }),
    setupGate: people.gate,
    callbackSecrets: config.callbackSecrets,
    publicUrl: config.settings.publicUrl,
    version,
    logger,
    devMode: config.dev,
    health: async () => {
      const store = await status(application.ready());
      return {
        uptimeSeconds: Math.round((systemClock.now() - startedAt) / 1000),
        parts: { store: { name: 'durable-object', status: store } },
        database: { initialized: store === 'ok' },
        setup: { needed: store === 'ok' && (await people.users.needsSetup()) },
      };
    },
    ...(config.dev && { guard: createDevGuard({ ...config, publicUrl: config.settings.publicUrl }) }),
    ...(config.console && consoleOf(env, config, logger)),
    newRequestId: ids.uuid,
    signAnonymous: createAnonymousSigner({ jwtSecret, clock: systemClock }),
    maxBodyBytes: config.maxBodyBytes,
    bodyMs: config.http.requestBodyMs,
    maxRequestsPerUser: config.http.maxRequestsPerUser,
    allowedOrigins: config.allowedOrigins,
  });
  const transport = createEdgeWebhookTransport(config.cells.webhookAllowPrivate);
  made = {
    env, config, cells, transport, logger,
    fetch: async (request) => asItIs(await app.fetch(request, peerOf(request))),
  };
  return made;
}

/** Not by kinds.ts, whose other kinds would be an eighth of the bundle. */
function mountedOf(
  { task, productImage }: ReturnType<typeof createCellApplication>,
  imageSet: ReturnType<typeof createEdgeApplication>['imageSet'],
): RestDependencies['mounted'] {
  return [
    ...imageSetModule.mount(imageSet), ...taskModule.mount(task), ...productImageModule.mount(productImage),
  ];
}

function consoleOf(
  { ASSETS }: Bindings,
  { settings: { publicUrl, maxUploadBytes }, bucket, productImages }: EdgeConfig,
  logger: Logger,
): Pick<RestDependencies, 'console' | 'runtimeRoutes'> {
  const kinds = [...kindNames, ...(productImages === null ? [] : [productImageModule.kind.name])];
  const objectsFrom = new URL(bucket.endpoint).origin;
  return {
    console: { routes: consoleRoutes, facts: { publicUrl, kinds, maxUploadBytes } },
    runtimeRoutes: createConsoleRoutes(readAssetsOf(ASSETS), { objectsFrom, logger }),
  };
}

/** The runtime would pack once more what says that it is packed. */
function asItIs(response: Response): Response {
  if (!response.headers.has('content-encoding')) return response;
  const { status, headers } = response;
  return new Response(response.body, { status, headers, encodeBody: 'manual' } as ResponseInit);
}

/** Cloudflare says who the client is, whatever the client says; in the form in which Node's server does. */
function peerOf({ headers }: Request): object {
  return { incoming: { socket: { remoteAddress: headers.get('cf-connecting-ip') ?? undefined } } };
}

async function status(check: Promise<void>): Promise<'ok' | 'unavailable'> {
  return check.then(() => 'ok' as const, () => 'unavailable' as const);
}

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    try {
      return await edge(env).fetch(request);
    } catch (error) {
      if (!(error instanceof WrongConfig)) throw error;
      console.error(JSON.stringify({ level: 'error', message: 'the configuration is wrong', error: error.message }));
      const message = 'The server is not configured; its log says what is missing.';
      return Response.json({ success: false, error: { code: 'unavailable', message } }, { status: 503 });
    }
  },
  async queue(batch: MessageBatch, env: Bindings, context: ExecutionContext): Promise<void> {
    const tools = edge(env);
    if (batch.queue.startsWith(webhookQueue)) context.waitUntil(sendWebhooks(tools, batch));
    else await consume(tools, batch);
  },
  async scheduled(_controller: unknown, env: Bindings, context: ExecutionContext): Promise<void> {
    const { config, cells, logger } = edge(env);
    context.waitUntil(repairJobs({ env, keepMs: config.settings.keepWithObjectsMs, logger }));
    context.waitUntil(wakeCells(cells, logger));
  },
};
