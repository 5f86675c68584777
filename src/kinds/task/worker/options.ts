import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerLogger } from '../../../worker/server/log.ts';
import type { Tracer } from '../../../domain/trace.ts';
import { tracerOf, type OpenTelemetryApi } from '../../../worker/open-telemetry.ts';
import type { Fetch } from '../../../http/request.ts';
import { assertTaskType, handlersOf, inputSchemasOf, type AnyHandledTask } from '../typed/definition.ts';
import type { Handlers, TaskJob } from '../typed/handler.ts';
import type { CaptureConsole } from './console-capture.ts';
import { createHttpTransport } from './http.ts';
import { runHere, type Runner } from './runner.ts';
import type { TakeRequest, WorkTransport } from './transport.ts';

export interface WorkerOptions {
  /** Base URL of the Waybill server, or how else to reach one. */
  readonly server: string | WorkTransport;
  /** Token or API key of somebody with the role operator. Needed with a URL. */
  readonly token?: string;
  /** By task type, 1 to 100 of them with `tasks`. Tasks of other types are never taken. */
  readonly handlers?: Handlers;
  /** What `defineTask(…).handle(…)` gives. */
  readonly tasks?: readonly AnyHandledTask[];
  /** Tasks at work at once, 1 to 1,000; 10 unless given. */
  readonly concurrency?: number;
  /**
   * Tasks taken beyond those at work, 0 to 1,000. Unless given, as many as will be begun within 0.2 s by how long they
   * take: none of long ones, up to 300 of tiny ones; and those that are not begun within `leaseMs` are given back.
   */
  readonly prefetch?: number;
  /** How long the server waits for a sign of life before another worker gets the tasks; 1,000 to 600,000. */
  readonly leaseMs?: number;
  /** 1 to 200 characters, of its own for every process; made of the machine's name unless given. */
  readonly workerId?: string;
  /** How long tasks at work may go on when the worker is stopped; 30,000 unless given. */
  readonly shutdownMs?: number;
  /** Warnings and errors go to the console unless given. */
  readonly logger?: WorkerLogger;
  /**
   * Whether SIGTERM and SIGINT stop the worker, and end the process when it has stopped; a second one ends it at once.
   * Unless given, they do where `server` is a URL.
   */
  readonly signals?: boolean;
  /** Hears of what handlers throw, with the task; and of what the worker stopped for by itself, without. */
  readonly onError?: (error: unknown, job: TaskJob | null) => unknown;
  /**
   * Whether errors that nobody catches, in the whole process, fail the attempt that they come from, rather than end the
   * process: a promise that nobody awaits, a timer that throws. For processes that do nothing but run handlers; false
   * unless given, since what is right for the rest of your program is yours to say.
   */
  readonly catchStray?: boolean;
  /**
   * Whether what handlers print by `console.log`, `info`, `warn`, `error` and `debug` goes to the logs of their tasks
   * too; "only": there alone. It replaces these methods in the whole process; what is called outside of handlers is
   * printed as ever. False unless given.
   */
  readonly captureConsole?: CaptureConsole;
  readonly fetch?: Fetch;
  /**
   * `@opentelemetry/api`, where your program traces: each attempt is a consumer span then, in which its handler runs.
   * OTEL_WAYBILL_PARENT=true makes it a part of the trace in which the task was submitted; it is linked to that else.
   */
  readonly openTelemetry?: OpenTelemetryApi;
}

export interface Settings {
  /** Null: nothing is traced. */
  readonly tracer: Tracer | null;
  readonly transport: WorkTransport;
  readonly types: readonly string[];
  readonly inputSchemas: Pick<TakeRequest, 'inputSchemas'>;
  readonly runner: Runner;
  readonly concurrency: number;
  /** Null: as it turns out. */
  readonly prefetch: number | null;
  readonly leaseMs: number;
  readonly workerId: string;
  readonly shutdownMs: number;
  readonly logger: WorkerLogger;
  readonly signals: boolean;
  readonly catchStray: boolean;
  /** Whether handlers of this process print through it. */
  readonly capturesConsole: boolean;
  readonly onError: (error: unknown, job: TaskJob | null) => unknown;
}

const silent = (): void => {};

const consoleLogger: WorkerLogger = {
  debug: silent,
  info: silent,
  warn: (message, fields) => console.warn(`waybill worker: ${message}`, fields ?? ''),
  error: (message, fields) => console.error(`waybill worker: ${message}`, fields ?? ''),
};

/** @throws {TypeError} when an option is out of its range */
export function settingsOf(options: WorkerOptions): Settings {
  const { handlers = {}, tasks = [], captureConsole = false } = options;
  for (const [type, handler] of Object.entries(handlers)) {
    if (typeof handler !== 'function') throw new TypeError(`the handler of ${type} is not a function`);
  }
  if (![true, false, 'only'].includes(captureConsole)) {
    throw new TypeError(`captureConsole is ${captureConsole}: it must be true, false or "only"`);
  }
  const all = handlersOf(handlers, tasks);
  const offer = { types: Object.keys(all), inputSchemas: inputSchemasOf(tasks) };
  const runner = runHere(all, captureConsole, tracerOf(options.openTelemetry, process.env));
  return { ...settingsFor(offer, runner, options), capturesConsole: captureConsole !== false };
}

/** What a worker has handlers for. */
export interface Offer {
  readonly types: readonly string[];
  /** JSON Schemas of the data, by type, where they are known. */
  readonly inputSchemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * For handlers that run elsewhere than in this process.
 *
 * @throws {TypeError} when an option is out of its range
 */
export function settingsFor(
  { types, inputSchemas }: Offer,
  runner: Runner,
  options: Omit<WorkerOptions, 'handlers' | 'tasks' | 'captureConsole'>,
): Settings {
  const { prefetch, onError = silent, catchStray = false, logger = consoleLogger } = options;
  const { concurrency = 10, leaseMs = 10_000, shutdownMs = 30_000 } = options;
  if (types.length === 0 || types.length > 100) throw new TypeError('handlers must have 1 to 100 types');
  types.forEach(assertTaskType);
  inRange('concurrency', concurrency, 1, 1_000);
  if (prefetch !== undefined) inRange('prefetch', prefetch, 0, 1_000);
  inRange('leaseMs', leaseMs, 1_000, 600_000);
  inRange('shutdownMs', shutdownMs, 0, 86_400_000);
  const workerId = options.workerId ?? `${hostname().slice(0, 100)}-${process.pid}-${randomBytes(4).toString('hex')}`;
  if (workerId.length === 0 || workerId.length > 200) throw new TypeError('workerId must have 1 to 200 characters');
  const tracer = tracerOf(options.openTelemetry, process.env);
  return {
    transport: transportOf(options, tracer), types, inputSchemas: sentSchemas(inputSchemas), runner, concurrency,
    prefetch: prefetch ?? null, leaseMs, workerId, tracer,
    shutdownMs, logger: unbreakable(logger), onError, catchStray, capturesConsole: false,
    signals: options.signals ?? typeof options.server === 'string',
  };
}

/** What one request has room for: the others' data is checked by their handlers alone. */
function sentSchemas(inputSchemas: Offer['inputSchemas']): Settings['inputSchemas'] {
  let left = 500_000;
  const sent = Object.entries(inputSchemas).filter(([, schema]) => (left -= JSON.stringify(schema).length) >= 0);
  return sent.length === 0 ? {} : { inputSchemas: Object.fromEntries(sent) };
}

function transportOf(
  { server, token, fetch }: Omit<WorkerOptions, 'handlers' | 'tasks'>,
  tracer: Tracer | null,
): WorkTransport {
  if (typeof server !== 'string') return server;
  if (token === undefined || token === '') throw new TypeError('token is missing');
  return createHttpTransport({
    server, token, ...(fetch && { fetch }), ...(tracer && { traceparent: () => tracer.current() }),
  });
}

/** What a logger throws is not to stop the worker. */
function unbreakable(logger: WorkerLogger): WorkerLogger {
  const at =
    (level: keyof WorkerLogger): WorkerLogger['info'] =>
    (message, fields) => {
      try {
        logger[level](message, fields);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TypeError(`${name} is ${value}: it must be a whole number from ${min} to ${max}`);
}
