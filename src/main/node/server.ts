import { mkdirSync } from 'node:fs';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { FleetSettings } from '../../ports/fleet.ts';
import type { Logger } from '../../ports/world.ts';
import type { Config } from '../config/config.ts';
import { options } from '../config/options.ts';
import { agentService } from '../../kinds/command/grpc/agent-service.ts';
import type { KindModule } from '../../kinds/module.ts';
import { fileVariable } from '../../transports/cli/env-files.ts';
import type { MountedRpc } from '../../transports/grpc/rpc.ts';
import { assemble, type Assembly } from './assembly.ts';
import { createFleet, registerProviders } from './fleet.ts';
import { startReloadingHandlers } from './handlers/reload.ts';
import { startHandlers, type RunningHandlers } from './handlers/start.ts';
import { createEmbeddedTransport } from './handlers/transport.ts';
import { listen, type HttpServer } from './http-server.ts';
import { requireImagingPackages } from './imaging.ts';
import { startServersImageWorker, type ServersImageWorker } from './restyling/worker.ts';
import type { ProductImageParts } from './product-images.ts';
import type { Platform } from './platform.ts';
import { startRpc, type RunningRpc } from './rpc-server.ts';
import { servicesOf } from './rpc-services.ts';
import type { Tracing } from './tracing/start.ts';
import { WorkerListeners } from './worker-listeners.ts';

export interface RunningServer {
  /** Where it listens: `http://127.0.0.1:8787`. */
  readonly url: string;
  /** Where it serves gRPC: `127.0.0.1:50051`; null when it does not. */
  readonly grpcAddress: string | null;
  /** How to make the first administrator, for whoever started the server: it may hold a secret. Null: there is one. */
  readonly setupNote: string | null;
  /**
   * Takes no more connections, lets what is under way end (for the configured time), stops the
   * workers and services, and closes the store. May be called again.
   */
  close(): Promise<void>;
}

/** Handlers that do tasks beside the server, in processes of their own. */
export interface EmbeddedTasks {
  /** Path of the module. */
  readonly file: string;
  /** Tasks at once; 10 if undefined. */
  readonly concurrency?: number | undefined;
  /** Whether they are loaded anew when the module changes, or a file that it has loaded. */
  readonly reloads?: boolean;
}

export interface ServerParts {
  readonly logger: Logger;
  readonly tasks?: EmbeddedTasks | null;
  /** Absent or null: nothing is traced. It is the caller's to stop. */
  readonly tracing?: Pick<Tracing, 'api' | 'tracer'> | null;
  /** Beside Waybill's own, by names that those do not have. */
  readonly kinds?: Readonly<Record<string, KindModule>>;
  /** Services of gRPC. */
  readonly services?: readonly MountedRpc[];
  /** Times of command jobs instead of the usual ones, for tests. */
  readonly fleetTimes?: Partial<FleetSettings>;
  /** Of product images, what is not the usual, for tests. */
  readonly productImages?: ProductImageParts;
  /** Another one than the server's own, for whoever has many users to make. */
  readonly hasher?: PasswordHasher;
}

/**
 * A whole server in this process. Throws with a clear message when a part cannot start (port
 * taken, folder not writable, store newer than the code); nothing is left running then.
 */
export async function startServer(
  config: Config,
  {
    logger, tasks = null, tracing = null, kinds = {}, services = [], fleetTimes = {}, productImages = {}, hasher,
  }: ServerParts,
): Promise<RunningServer> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const limits = { ...config.http, trustProxy: config.trustProxy };
  const http = await listen({ host: config.host, port: config.port, flag: 'port', limits, logger });
  const { url } = http;
  const listeners = new WorkerListeners(config, logger);
  let metricsHttp: HttpServer | null = null;
  let rpc: RunningRpc | null = null;
  let assembly: Assembly | null = null;
  let handlers: Pick<RunningHandlers, 'stop'> | null = null;
  try {
    const publicUrl = (config.publicUrl ?? url).replace(/\/+$/, '');
    const fleet = createFleet(config, () => ({ url, grpc: rpc?.address ?? null }), listeners, fleetTimes);
    assembly = await assemble({
      config, logger, publicUrl, fleet, kinds, productImages, hasher, tracer: tracing?.tracer,
    });
    const { platform, people, app, clock, objects, store } = assembly;
    const setupNote = await people.setupNote(url);
    const port = config.http.metricsPort;
    if (port !== null) {
      metricsHttp = await listen({ host: config.host, port, flag: 'metrics-port', limits, logger });
      metricsHttp.serve(app.fetchMetrics);
    }
    http.serve(app.fetch, app.direct);
    const [agents, { metrics, auditTrail }] = [agentService(platform.kinds.command.agents), platform];
    const mounted = [agents, ...servicesOf(platform, clock), ...services];
    rpc = await startRpc({ config, services: mounted, app, metrics, auditTrail, logger, tracer: tracing?.tracer });
    const grpcAddress = rpc?.address ?? null;
    listeners.serve({ url, grpcAddress, services: [agents], app, metrics });
    handlers = tasks && await startTaskHandlers(config, tasks, platform, logger, tracing);
    platform.start();
    await registerProviders(platform.kinds.command, config, logger);
    const worker = await imageWorkerOf(config, url, logger);
    logger.info('listening', {
      url, publicUrl, store: store.name, objects: objects.store.name, dev: config.dev,
      ...(metricsHttp && { metrics: `${metricsHttp.url}/metrics` }), ...(grpcAddress && { grpc: grpcAddress }),
    });
    let closing: Promise<void> | null = null;
    const shutDown = async (): Promise<void> => {
      app.draining();
      await Promise.all([worker?.stop(), handlers?.stop()]);
      platform.quiesce();
      await Promise.all([http, metricsHttp, rpc, listeners].map((each) => each?.close(config.limits.shutdownMs)));
      await platform.stop();
      await store.close();
      logger.info('stopped');
    };
    return { url, grpcAddress, setupNote, close: () => (closing ??= shutDown()) };
  } catch (error) {
    await Promise.all([http, metricsHttp, rpc, listeners].map((each) => each?.close(0)));
    await stopAll(handlers, assembly);
    throw error;
  }
}

/** What a server that cannot start has started already. */
async function stopAll(handlers: Pick<RunningHandlers, 'stop'> | null, assembly: Assembly | null): Promise<void> {
  await handlers?.stop();
  assembly?.platform.quiesce();
  await assembly?.platform.stop();
  await assembly?.store.close();
}

function startTaskHandlers(
  { handlers: { captureConsole, ...limits }, limits: { shutdownMs } }: Config,
  { file, concurrency, reloads = false }: EmbeddedTasks,
  { kinds }: Platform,
  logger: Logger,
  tracing: ServerParts['tracing'],
): Promise<Pick<RunningHandlers, 'stop'>> {
  return (reloads ? startReloadingHandlers : startHandlers)(
    { file, limits, captureConsole, env: withoutSecrets(process.env), logger },
    {
      server: createEmbeddedTransport(kinds.task.work), logger, shutdownMs, ...(concurrency && { concurrency }),
      ...(tracing && { openTelemetry: tracing.api }),
    },
  );
}

/** Null when the server is not to restyle photos itself. A model of the user's own is tried before the server is up. */
async function imageWorkerOf(
  { workers, callbackSecrets, limits, models }: Config,
  server: string,
  logger: Logger,
): Promise<ServersImageWorker | null> {
  if (!workers.includes('images')) return null;
  requireImagingPackages();
  const [secret = ''] = callbackSecrets;
  const memoryBytes = limits.imageMemoryBytes;
  const worker = startServersImageWorker({ server, secret, memoryBytes, models, logger });
  if (models.segmentModel === null) return worker;
  try {
    await worker.ready;
  } catch (error) {
    await worker.stop();
    throw error;
  }
  return worker;
}

/** What handlers are not to read: who has it can say anything to this server. */
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.values(options).flatMap((option) => (option.secret ? [option.env] : []));
  const secret = new Set(names.flatMap((name) => [name, fileVariable(name)]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)));
}
