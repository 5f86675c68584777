import { logText } from '../node/log-text.ts';
import { createLogger } from '../node/logger.ts';
import { createProgramLogger } from '../node/program-logger.ts';
import { createEmbeddedTransport } from '../node/handlers/transport.ts';
import { assemble, type Assembly } from '../node/assembly.ts';
import { fetchInProcess } from '../node/in-process.ts';
import { createFleet } from '../node/fleet.ts';
import { ApiError, isTransient } from '../../client/index.ts';
import { readRequest } from '../../kinds/task/rest/submission.ts';
import { enqueue } from '../../kinds/task/typed/index.ts';
import { createWorker, type Worker } from '../../kinds/task/worker/index.ts';
import { tracerOf } from '../../worker/open-telemetry.ts';
import type { Logger } from '../../ports/world.ts';
import { createClient, type Client } from '../client/published.ts';
import type { Config } from '../config/config.ts';
import { callerOf, HostCallers, type Identity } from './host-callers.ts';
import { configOf, type OpenOptions } from './options.ts';
import { Requests, type Mounting } from './requests.ts';

/**
 * A whole platform in this process, without a port: a method for each route, and those that run typed tasks, as an
 * administrator.
 */
export interface Waybill extends Client, Mounting, AsyncDisposable {
  /** The same methods as somebody else: a user id, or with a role. */
  as(who: string | Identity): Client;
  /**
   * Stores a task within a transaction of your own, in the same PostgreSQL database: the statement for it. Its owner is
   * `userId` unless given.
   *
   * @throws {Error} when the platform is not open on PostgreSQL
   * @throws {ApiError} `invalid_request` when the task is not valid
   */
  readonly enqueue: typeof enqueue;
  /** For servers that leave the path that it is mounted at in the requests: `/jobs`. */
  under(path: string): Mounting;
  /**
   * Takes no more requests and tasks, lets those under way end (for `shutdownSeconds`), returns what is not done, and
   * closes the store. Nothing of it keeps the process then. May be called again.
   */
  close(): Promise<void>;
}

export const Waybill = {
  /**
   * Opens a platform on a folder or a database. Any number may be open in a process, each on its own. A folder that a
   * server or another one has open is refused; PostgreSQL may be shared.
   *
   * @throws {TypeError} when an option is wrong
   * @throws {Error} with a clear message when it cannot be opened; nothing is left open then
   */
  async open(options: OpenOptions = {}): Promise<Waybill> {
    const logger = unbreakable(loggerOf(options.logger));
    const own = callerOf({ userId: options.userId ?? 'admin', role: 'admin' });
    const config = configOf(options);
    const publicUrl = config.publicUrl ?? 'http://localhost';
    const callers = new HostCallers();
    const assembly = await assemble({
      config, logger, publicUrl, ownProcess: false,
      tracer: tracerOf(options.openTelemetry, options.env ?? {}) ?? undefined,
      fleet: createFleet(config, () => ({ url: publicUrl, grpc: null }), { open: async () => {} }),
      authenticate: (known) => callers.beside(known),
    });
    const worker = await workerOf(options, assembly, config, logger).catch(async (error: unknown) => {
      await shut(assembly);
      throw error;
    });
    const { authenticate } = options;
    const { allowedOrigins } = config;
    const requests = new Requests({ app: assembly.app, callers, authenticate, publicUrl, allowedOrigins, logger });
    const closing = new AbortController();
    const as = (caller: Parameters<HostCallers['headerOf']>[0]): Client => createClient({
      server: publicUrl,
      fetch: fetchInProcess((request) => requests.ask(request, callers.headerOf(caller)), publicUrl, closing.signal),
      retryIf: (error) => !closing.signal.aborted && isTransient(error),
    });
    assembly.platform.start();
    logger.info('opened', { store: assembly.store.name, objects: assembly.objects.store.name });
    let closed: Promise<void> | null = null;
    const close = (): Promise<void> => (closed ??= closeAll(assembly, worker, requests, closing, config, logger));
    return {
      ...as(own), ...requests.mounting(''),
      as: (who) => as(callerOf(typeof who === 'string' ? { userId: who } : who)),
      under: (path) => requests.mounting(prefixOf(path)),
      enqueue: enqueueWith(assembly.store, own.userId),
      close, [Symbol.asyncDispose]: close,
    };
  },
};

async function workerOf(
  { tasks = [], concurrency, onError, catchStray, captureConsole, openTelemetry }: OpenOptions,
  { platform }: Assembly,
  config: Config,
  logger: Logger,
): Promise<Worker | null> {
  if (tasks.length === 0) return null;
  return createWorker({
    server: createEmbeddedTransport(platform.kinds.task.work), tasks, logger, signals: false,
    shutdownMs: config.limits.shutdownMs,
    ...(concurrency !== undefined && { concurrency }), ...(onError && { onError }), ...(catchStray && { catchStray }),
    ...(captureConsole !== undefined && { captureConsole }),
    ...(openTelemetry && { openTelemetry }),
  });
}

async function closeAll(
  assembly: Assembly, worker: Worker | null, requests: Requests, closing: AbortController, { limits }: Config,
  logger: Logger,
): Promise<void> {
  assembly.app.draining();
  await worker?.stop();
  assembly.platform.quiesce();
  closing.abort(new ApiError('aborted', 'Waybill was closed; tasks go on when it is opened again.'));
  await requests.close(limits.shutdownMs);
  await shut(assembly);
  logger.info('closed');
}

async function shut({ platform, store }: Assembly): Promise<void> {
  platform.quiesce();
  await platform.stop();
  await store.close();
}

function enqueueWith({ requests }: Assembly['store'], owner: string): typeof enqueue {
  let known: string | null = null;
  return async (definition, data, options) => {
    if (requests === undefined) {
      throw new Error('enqueue needs a database that your program has transactions in: open Waybill with a ' +
        'databaseUrl of PostgreSQL. Where it is a file, run does the same at once.');
    }
    const schema = (known ??= await requests.schema());
    const enqueued = await enqueue(definition, data, { owner, schema, ...options });
    const read = readRequest(enqueued.values[2]);
    if (read.ok) return enqueued;
    const [first] = Object.entries(read.fields).map(([path, problem]) => `${path} ${problem}`);
    throw new ApiError('invalid_request', `The task is not valid: ${first}.`, { details: { fields: read.fields } });
  };
}

function prefixOf(path: string): string {
  const prefix = path.replace(/\/+$/, '');
  if (prefix === '' || /^\/[^?#*:]+$/.test(prefix)) return prefix;
  throw new TypeError(`${JSON.stringify(path)} is no path to mount at: use one such as "/jobs"`);
}

function loggerOf(given: OpenOptions['logger']): Logger {
  if (given === undefined) return createLogger('warn', (line) => void process.stderr.write(line), logText(false));
  if (given === 'silent') return { debug() {}, info() {}, warn() {}, error() {} };
  return typeof given === 'string' ? createProgramLogger({ level: 'info', format: given }, process.stderr) : given;
}

/** What the program's logger throws is the end of nothing here. */
function unbreakable(logger: Logger): Logger {
  const at = (level: keyof Logger): Logger['info'] => (message, fields) => {
    try {
      logger[level](message, fields);
    } catch {
      // There is nobody left to tell.
    }
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
