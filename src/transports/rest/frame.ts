import { Hono } from 'hono';
import type { Refusal } from '../../contract/errors.ts';
import { failure, internal } from './answer.ts';
import { createClientOf } from './client-address.ts';
import { createCors } from './cors.ts';
import { exchanges, type RequestSpan, type RestEnv, type RestLog } from './exchange.ts';
import { addRuntimeRoute, type RuntimeRoute } from './runtime-route.ts';
import { logFault } from './serve.ts';
import { unmatched } from './unmatched.ts';

/** What every request meets, whatever it asks for. */
export interface FrameOptions {
  readonly logger: RestLog;
  /** 1 to 128 letters, digits and `-`. */
  readonly newRequestId: () => string;
  /** Where clients reach this server; no trailing slash. */
  readonly publicUrl: string;
  /** At which level requests are logged that failed by no fault of the server's; "info" if left out. */
  readonly requestLevel?: 'debug' | 'info';
  /** After every request; `route` is the template or "none". */
  readonly observe?: (route: string, method: string, status: number, seconds: number) => void;
  /** When a stream of events is opened (1), and when it is closed (-1). */
  readonly observeStream?: (change: 1 | -1) => void;
  /** Begins to trace a request; absent: nothing is traced. */
  readonly trace?: (method: string, path: string, traceparent: string | null) => RequestSpan;
  /** Origins whose pages may call, "*" for all; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /** Whether a proxy stands in front of the server, and only it can be reached from elsewhere. */
  readonly trustProxy?: boolean;
  /** Turns a request away before any route sees it. */
  readonly guard?: (request: Request) => Refusal | null;
}

/** An app without routes yet: request ids, headers, the log, CORS, and answers to what no route takes. */
export function createFrame(options: FrameOptions): Hono<RestEnv> {
  const { logger: log, publicUrl, newRequestId, observe, observeStream, requestLevel, trace, guard } = options;
  const cors = createCors(options.allowedOrigins ?? []);
  const app = new Hono<RestEnv>({ strict: false });
  app.use('*', exchanges({ log, cors, publicUrl, newRequestId, observe, observeStream, requestLevel, trace }));
  if (guard !== undefined) {
    app.use('*', async (c, next) => {
      const refused = guard(c.req.raw);
      return refused === null ? next() : failure(c.get('exchange'), refused);
    });
  }
  app.notFound(unmatched(app, cors !== null));
  app.onError((error, c) => {
    const exchange = c.get('exchange');
    logFault(log, exchange, error);
    return internal(exchange);
  });
  return app;
}

/** For a port of its own: these routes and no others. */
export function createSideApp(
  options: FrameOptions,
  routes: readonly RuntimeRoute[],
): { fetch(request: Request, env?: object): Response | Promise<Response> } {
  const app = createFrame(options);
  for (const route of routes) addRuntimeRoute(app, route, createClientOf(options.trustProxy ?? false));
  return app;
}
