import { Hono } from 'hono';
import type { Refusal } from '../../contract/errors.ts';
import { failure, internal, responseOf, type Answer } from './answer.ts';
import type { HeaderOf } from './auth/origin.ts';
import { createClientOf } from './client-address.ts';
import { createCors } from './cors.ts';
import {
  aroundEach, createExchanges, type Exchange, type Exchanges, type RequestSpan, type RestEnv, type RestLog,
} from './exchange.ts';
import { addRuntimeRoute, type RuntimeRoute } from './runtime-route.ts';
import { logFault } from './serve.ts';
import { unmatched, type RoutesElsewhere } from './unmatched.ts';

/** What a guard looks at. */
interface Asked {
  readonly url: string;
  readonly header: HeaderOf;
}

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
  /** Absent: this runtime has all that Waybill has. */
  readonly elsewhere?: RoutesElsewhere;
  /** Turns a request away before any route sees it. */
  readonly guard?: (asked: Asked) => Refusal | null;
}

interface Frame {
  readonly app: Hono<RestEnv>;
  readonly exchanges: Exchanges;
  readonly onFault: (exchange: Exchange, thrown: unknown) => Answer;
}

/** An app without routes yet: request ids, headers, the log, CORS, and answers to what no route takes. */
export function createFrame(options: FrameOptions): Frame {
  const { logger: log, publicUrl, newRequestId, observe, observeStream, requestLevel, trace, guard } = options;
  const cors = createCors(options.allowedOrigins ?? []);
  const app = new Hono<RestEnv>({ strict: false });
  const exchanges = createExchanges({
    log, cors, publicUrl, newRequestId, observe, observeStream, requestLevel, trace,
  });
  app.use('*', aroundEach(exchanges));
  if (guard !== undefined) {
    app.use('*', async (c, next) => {
      const refused = guard({ url: c.req.url, header: (name) => c.req.header(name) });
      return refused === null ? next() : responseOf(failure(c.get('exchange'), refused));
    });
  }
  const answerUnmatched = unmatched(app, cors !== null, options.elsewhere);
  app.notFound((c) => responseOf(answerUnmatched(c)));
  const onFault: Frame['onFault'] = (exchange, thrown) => {
    logFault(log, exchange, thrown);
    return internal(exchange);
  };
  app.onError((error, c) => responseOf(onFault(c.get('exchange'), error)));
  return { app, exchanges, onFault };
}

/** For a port of its own: these routes and no others. */
export function createSideApp(
  options: FrameOptions,
  routes: readonly RuntimeRoute[],
): { fetch(request: Request, env?: object): Response | Promise<Response> } {
  const { app } = createFrame(options);
  for (const route of routes) addRuntimeRoute(app, route, createClientOf(options.trustProxy ?? false));
  return app;
}
