import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { WorkerLogger } from '../server/log.ts';
import type { Fetch } from '../server/request.ts';
import type { Handlers, TaskJob } from './handler.ts';
import { createHttpTransport } from './http.ts';
import type { WorkTransport } from './transport.ts';

export interface WorkerOptions {
  /** Base URL of the Waybill server, or how else to reach one. */
  readonly server: string | WorkTransport;
  /** Token or API key of somebody with the role operator. Needed with a URL. */
  readonly token?: string;
  /** By task type, 1 to 100 of them. Tasks of other types are never taken. */
  readonly handlers: Handlers;
  /** Tasks at work at once, 1 to 1,000; 10 unless given. */
  readonly concurrency?: number;
  /**
   * Tasks taken beyond those at work, 0 to 1,000. Unless given, as many as will be begun within 0.2 s by how long they
   * take: none of long ones, up to 1,000 of tiny ones; and those that are not begun within `leaseMs` are given back.
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
  readonly onError?: (error: unknown, job: TaskJob | null) => void;
  readonly fetch?: Fetch;
}

export interface Settings {
  readonly transport: WorkTransport;
  readonly handlers: Handlers;
  readonly concurrency: number;
  /** Null: as it turns out. */
  readonly prefetch: number | null;
  readonly leaseMs: number;
  readonly workerId: string;
  readonly shutdownMs: number;
  readonly logger: WorkerLogger;
  readonly signals: boolean;
  readonly onError: (error: unknown, job: TaskJob | null) => void;
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
  const { server, token, handlers, fetch, prefetch, onError = silent } = options;
  const { concurrency = 10, leaseMs = 10_000, shutdownMs = 30_000, logger = consoleLogger } = options;
  const types = Object.keys(handlers);
  if (types.length === 0 || types.length > 100) throw new TypeError('handlers must have 1 to 100 types');
  for (const type of types) {
    if (!/^[\w.:/-]{1,100}$/.test(type)) throw new TypeError(`${JSON.stringify(type)} is no task type`);
    if (typeof handlers[type] !== 'function') throw new TypeError(`the handler of ${type} is no function`);
  }
  inRange('concurrency', concurrency, 1, 1_000);
  if (prefetch !== undefined) inRange('prefetch', prefetch, 0, 1_000);
  inRange('leaseMs', leaseMs, 1_000, 600_000);
  inRange('shutdownMs', shutdownMs, 0, 86_400_000);
  const workerId = options.workerId ?? `${hostname().slice(0, 100)}-${process.pid}-${randomBytes(4).toString('hex')}`;
  if (workerId.length === 0 || workerId.length > 200) throw new TypeError('workerId must have 1 to 200 characters');
  let transport: WorkTransport;
  if (typeof server === 'string') {
    if (token === undefined || token === '') throw new TypeError('token is missing');
    transport = createHttpTransport({ server, token, ...(fetch && { fetch }) });
  } else transport = server;
  return {
    transport, handlers, concurrency, prefetch: prefetch ?? null, leaseMs, workerId, shutdownMs, logger, onError,
    signals: options.signals ?? typeof server === 'string',
  };
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TypeError(`${name} is ${value}: it must be a whole number from ${min} to ${max}`);
}
