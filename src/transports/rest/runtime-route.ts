import type { Hono } from 'hono';
import type { Result } from '../../contract/errors.ts';
import { failure, responseOf } from './answer.ts';
import type { Client } from './client-address.ts';
import type { RestContext, RestEnv } from './exchange.ts';
import { incomingOf, type Incoming } from './incoming.ts';
import type { HostBindings } from './node-bindings.ts';

/** Who asks. */
export type RuntimeCaller = Client & Pick<HostBindings, 'sender'>;

/**
 * A route that one runtime has beside those of the contract: objects in files, metrics. It gets request ids, headers,
 * the log, CORS and the answers for unknown paths and methods like every other.
 */
export interface RuntimeRoute {
  /** A fixed path, or one that ends in `/*`. */
  readonly path: string;
  /** Those it takes; null: all of them, preflights included, for it answers what it does not take by itself. */
  readonly methods: readonly string[] | null;
  /** Whether it is asked so often that the log would hold nothing else. */
  readonly quiet: boolean;
  readonly serve: (request: Request, client: RuntimeCaller) => Promise<Result<Response>>;
}

type ClientOf = (asked: Incoming) => Client;

export function addRuntimeRoute(app: Hono<RestEnv>, route: RuntimeRoute, clientOf: ClientOf): void {
  const handle = async (c: RestContext): Promise<Response> => {
    const exchange = c.get('exchange');
    exchange.route = route.path;
    exchange.quiet = route.quiet;
    const { sender } = (c.env as HostBindings | undefined) ?? {};
    const caller = { ...clientOf(incomingOf(c)), ...(sender !== undefined && { sender }) };
    const served = await route.serve(c.req.raw, caller);
    exchange.streams = served.ok && /^text\/event-stream\b/.test(served.value.headers.get('content-type') ?? '');
    return served.ok ? served.value : responseOf(failure(exchange, served.refusal));
  };
  if (route.methods === null) app.all(route.path, handle);
  else app.on([...route.methods], route.path, handle);
}
