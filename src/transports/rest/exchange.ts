import type { Context, MiddlewareHandler } from 'hono';
import { traceFields, usableTraceparent, usableRequestId } from '../access/request-headers.ts';
import type { Cors } from './cors.ts';
import { incomingOf, type Incoming } from './incoming.ts';
import type { NodeBindings } from './node-bindings.ts';

/** What is known of a request beside what its route reads, and goes with every answer. */
export interface Exchange {
  /** The client's `x-request-id` if it is fit to be logged, else a new one. */
  readonly requestId: string;
  /** The template, `/api/jobs/:id`; null until a route has taken the request. */
  route: string | null;
  userId: string | null;
  /** Health probes: logged at debug. */
  quiet: boolean;
  /** Whether the answer goes on for as long as the client reads. */
  streams: boolean;
  /** Where clients reach this server; no trailing slash. */
  readonly publicUrl: string;
  /** W3C traceparent of the request, or of what it is traced as; null when it has none. */
  readonly traceparent: string | null;
  /** Headers of every answer. */
  readonly headers: Record<string, string>;
  /** Whether the answer was made with these headers. */
  answered: boolean;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** Null: it is not traced. */
  readonly span: RequestSpan | null;
}

/** A request as those see it who follow it through several programs. */
export interface RequestSpan {
  /** W3C traceparent. */
  readonly traceparent: string;
  within<T>(work: () => T): T;
  answered(route: string | null, status: number): void;
}

export type RestEnv = { Variables: { exchange: Exchange } };
export type RestContext = Context<RestEnv>;

export interface RestLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface ExchangeOptions {
  readonly log: RestLog;
  readonly cors: Cors | null;
  readonly publicUrl: string;
  readonly newRequestId: () => string;
  readonly requestLevel?: 'debug' | 'info' | undefined;
  readonly observe?: ((route: string, method: string, status: number, seconds: number) => void) | undefined;
  /** Begins to trace a request. */
  readonly trace?: ((method: string, path: string, traceparent: string | null) => RequestSpan) | undefined;
  readonly observeStream?: ((change: 1 | -1) => void) | undefined;
}

/** What stands around every request. */
export interface Exchanges {
  begin(incoming: Incoming): Exchange;
  end(incoming: Incoming, exchange: Exchange, status: number): void;
}

export function createExchanges(options: ExchangeOptions): Exchanges {
  const { log, cors, publicUrl, newRequestId, observe, observeStream, requestLevel = 'info', trace } = options;
  const base = baseHeaders(publicUrl.startsWith('https:'));
  return {
    begin({ method, path, header }) {
      const startedAt = performance.now();
      const requestId = usableRequestId(header('x-request-id')) ?? newRequestId();
      const headers: Record<string, string> = { ...base, 'x-request-id': requestId };
      if (cors !== null) cors.addHeaders(headers, header('origin'));
      const given = usableTraceparent(header('traceparent'));
      const span = trace?.(method, path, given) ?? null;
      return {
        requestId, route: null, userId: null, quiet: false, streams: false, publicUrl,
        traceparent: span?.traceparent ?? given, headers, answered: false, startedAt, span,
      };
    },
    end({ method, path, env }, exchange, status) {
      const { requestId, route, quiet, userId, traceparent, startedAt, span } = exchange;
      if (observeStream !== undefined && exchange.streams) countStream(env, observeStream);
      const ms = performance.now() - startedAt;
      observe?.(route ?? 'none', knownMethods.has(method) ? method : 'OTHER', status, ms / 1_000);
      // Probes and polls would be most of what is traced.
      if (!quiet || status >= 500) span?.answered(route, status);
      log[levelOf(status, quiet, requestLevel)]('request', {
        requestId,
        method,
        path: path.slice(0, 300),
        route,
        status,
        ms: Math.round(ms * 100) / 100,
        userId,
        ...traceFields(traceparent),
      });
    },
  };
}

/** Around every request that the app takes. */
export function aroundEach({ begin, end }: Exchanges): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const incoming = incomingOf(c);
    const exchange = begin(incoming);
    const { headers, span } = exchange;
    c.set('exchange', exchange);
    await (span === null ? next() : span.within(next));
    if (!exchange.answered) {
      for (const name in headers) if (!c.res.headers.has(name)) c.header(name, headers[name]);
    }
    end(incoming, exchange, c.res.status);
  };
}

/** Elsewhere than on Node nobody says when it is closed. */
function countStream({ outgoing }: NodeBindings, observe: (change: 1 | -1) => void): void {
  if (outgoing === undefined || outgoing.closed) return;
  observe(1);
  outgoing.once('close', () => observe(-1));
}

/** A route of another runtime, and a part that cannot answer now, which is told by whoever watches it. */
const expected: ReadonlySet<number> = new Set([501, 503]);

function levelOf(status: number, quiet: boolean, usual: 'debug' | 'info'): 'debug' | 'info' | 'error' {
  // Probes of a server that is not ready come all the time: what is wrong is logged once, where it is found.
  if (quiet && (status === 503 || status < 500)) return 'debug';
  // Neither is 503 a fault of the request that ran into it.
  return status >= 500 && !expected.has(status) ? 'error' : usual;
}

const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function baseHeaders(https: boolean): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    ...(https && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
