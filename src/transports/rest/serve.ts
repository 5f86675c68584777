import type { Hono } from 'hono';
import type { RequestContext } from '../../application/request.ts';
import { requireRole } from '../../application/caller.ts';
import { unavailableBecause } from '../../application/unavailable.ts';
import { badFields, type Refusal, type Result } from '../../contract/errors.ts';
import { createReader } from '../../contract/input/reader.ts';
import type { Route, RouteAnswer, RouteTable } from '../../contract/route.ts';
import { noCredentials, notAuthenticated, tokenEnded, type Authenticate } from '../access/authenticator.ts';
import type { OpenRequest, OpenRequestWatch } from '../access/open-requests.ts';
import type { Permits } from '../access/permits.ts';
import { auditNoteOf, type AuditOptions } from '../access/audit-rule.ts';
import { answer, failure, internal, responseOf, success, type Answer } from './answer.ts';
import { tokenInCookie } from './auth/cookie.ts';
import type { DirectRoutes } from './direct.ts';
import { isFromElsewhere, isJson, type HeaderOf } from './auth/origin.ts';
import { streamOf, type EventFlow } from './event-stream.ts';
import { file, type FileAnswer } from './file-answer.ts';
import { incomingOf, type Incoming } from './incoming.ts';
import type { NodeBindings } from './node-bindings.ts';
import type { Exchange, RestEnv, RestLog } from './exchange.ts';
import {
  readRequest, unauthenticated, type ReadOptions, type RequestParts, type VerifySignature,
} from './read-request.ts';

/** What a route's handler is given. */
export interface RestRequest<R extends Route> extends RequestParts<R> {
  /** Null on routes that no user calls. */
  readonly context: R['auth'] extends 'none' | 'worker' | 'signature' ? null : RequestContext;
  /**
   * Aborted when the client goes away, and on routes that wait when its token is ended. A function, because asking for
   * it costs time.
   */
  readonly signal: () => AbortSignal;
  /** Makes a success 200: what is answered was made by an earlier request. For routes that say so. */
  readonly answerExisting: () => void;
}

/** What a handler answers: on a route that streams, null when there is nothing more to come; on others maybe a file. */
type Answered<R extends Route> = R['stream'] extends true
  ? EventFlow | null
  : R['media'] extends string ? FileAnswer : RouteAnswer<R>;
export type Handler<R extends Route> = (request: RestRequest<R>) => Promise<Result<Answered<R>>>;
export type HandlersFor<T extends RouteTable> = { readonly [Name in keyof T]: Handler<T[Name]> };

export interface ServeOptions extends Omit<ReadOptions, 'verifySignature'> {
  readonly authenticate: Authenticate;
  readonly isWorkerSecret: (given: string | null) => boolean;
  readonly log: RestLog;
  /** What a user may have under way at once: requests, and those that wait. */
  readonly permits: { readonly requests: Permits; readonly waiting: Permits };
  /** Streams and requests that wait: they are over when their tokens are. */
  readonly open: OpenRequestWatch;
  /** Whether the cookie of a login is taken as its token. */
  readonly cookies: boolean;
  /** Absent: nothing is remembered of who changed what. */
  readonly audit?: AuditOptions;
  /** Whether to say in a 401 that any user id is a token. */
  readonly devMode: boolean;
}

/** Routes with what answers them. */
export interface Mounted<T extends RouteTable = RouteTable> {
  readonly table: T;
  readonly handlers: HandlersFor<T>;
  /** Needed where some of them are authenticated by a signature; without it, nobody is. */
  readonly verifySignature?: VerifySignature;
}

export function mounted<T extends RouteTable>(
  table: T,
  handlers: HandlersFor<T>,
  verifySignature?: VerifySignature,
): Mounted {
  return {
    table,
    handlers: handlers as unknown as HandlersFor<RouteTable>,
    ...(verifySignature !== undefined && { verifySignature }),
  };
}

/** Puts a table's routes on the app. */
export function addRoutes<T extends RouteTable>(
  app: Hono<RestEnv>,
  direct: Pick<DirectRoutes, 'add'>,
  options: ServeOptions,
  table: T,
  handlers: HandlersFor<T>,
  verifySignature: VerifySignature = async () => 'This server takes no signed requests',
): void {
  for (const name of Object.keys(table) as (keyof T & string)[]) {
    const route = table[name] as Route;
    const handler = handlers[name] as unknown as Handler<Route>;
    const served = serve({ ...options, verifySignature }, route, handler);
    app.on(route.method, route.path, async (c) => responseOf(await served(incomingOf(c), c.get('exchange'))));
    // Files and streams are for the app.
    if (!route.stream && route.media === null && route.file === null) direct.add(route.method, route.path, served);
  }
}

/** Asked so often that the log would hold nothing else. */
const quietTags: ReadonlySet<Route['tag']> = new Set(['System', 'Workers']);

/** Answers requests of one route. */
type Serve = (incoming: Incoming, exchange: Exchange) => Promise<Answer>;

function isAnswer(value: object | null): value is Answer {
  return value !== null && 'status' in value;
}

/** With what is needed of the table that a route is in. */
type Serving = ServeOptions & ReadOptions;

function serve(options: Serving, route: Route, handler: Handler<Route>): Serve {
  const reader = createReader(route);
  return async (incoming, exchange) => {
    const { env } = incoming;
    exchange.route = route.path;
    exchange.quiet = quietTags.has(route.tag) || route.name === 'pullMessages' || env.isHost === true;
    let ended = (): void => {};
    let open: OpenRequest | null = null;
    let status: number = route.status;
    const answerExisting = (): void => void (status = 200);
    try {
      const admitted = await admit(options, route, incoming, exchange);
      if (isAnswer(admitted)) return admitted;
      const limited = env.isHost ? null : (admitted?.caller ?? null);
      const permit = permitFor(options, route, limited, route.waits === true);
      if (!permit.ok) return failure(exchange, permit.refusal);
      ended = untilAnswered(env, permit.value);
      const request = await readRequest(options, route, reader, incoming, exchange);
      if (isAnswer(request)) return request;
      const waits = route.waits === true || (route.waits === 'asked' && asksToWait(request.body));
      if (waits && route.waits === 'asked') {
        const waiting = permitFor(options, route, limited, true);
        if (!waiting.ok) return failure(exchange, waiting.refusal);
        permit.value();
        ended = untilAnswered(env, waiting.value);
      }
      if (admitted !== null && (route.stream || waits)) open = options.open.open(admitted.sent, admitted.caller);
      const context = admitted && {
        caller: admitted.caller,
        credentials: admitted.credentials,
        correlationId: exchange.requestId,
        traceparent: exchange.traceparent,
      };
      const audit =
        context && options.audit && auditNoteOf(options.audit, route, context, request, request.clientAddress);
      const audited = audit ? { ...context, audit } : context;
      const signal = (): AbortSignal => signalOf(incoming, open);
      const result = await handler({ ...request, signal, context: audited, answerExisting } as RestRequest<Route>);
      if (!result.ok) return refused(options.log, route, exchange, result.refusal);
      if (audit) await options.audit?.trail.finish(audit);
      if (open?.ended.aborted) return failure(exchange, tokenEnded);
      if (route.media !== null) return file(incoming, exchange, route.media, result.value as unknown as FileAnswer);
      if (!route.stream) return success(exchange, status, result.value);
      const flow = result.value as EventFlow | null;
      if (flow === null || open === null) return stream(options.log, incoming, exchange, flow);
      const streamed = whileGood(flow, open, incoming.signal());
      open = null;
      return stream(options.log, incoming, exchange, streamed);
    } catch (thrown) {
      const unavailable = unavailableBecause(thrown);
      if (unavailable !== null) return refused(options.log, route, exchange, unavailable);
      logFault(options.log, exchange, thrown);
      return internal(exchange);
    } finally {
      ended();
      open?.close();
    }
  };
}

function asksToWait(body: unknown): boolean {
  return (body as { readonly waitMs?: number } | null)?.waitMs !== 0;
}

function signalOf({ signal }: Incoming, open: OpenRequest | null): AbortSignal {
  const gone = signal();
  return open === null ? gone : AbortSignal.any([gone, open.ended]);
}

/** Ends with its token, and when the client is gone: not every runtime cancels the body then. */
function whileGood({ events, stop }: EventFlow, open: OpenRequest, gone: AbortSignal): EventFlow {
  open.ended.addEventListener('abort', stop);
  gone.addEventListener('abort', stop);
  return {
    events,
    stop: () => {
      open.close();
      stop();
    },
  };
}

/** A refusal that the documents do not have is a fault of theirs, of which its client is not to know. */
function refused(log: RestLog, route: Route, exchange: Exchange, refusal: Refusal): Answer {
  if (!route.errors.includes(refusal.code)) log.warn(undeclared, { route: route.name, code: refusal.code });
  return failure(exchange, refusal);
}

const undeclared = 'a route answered an error that it does not declare';

/** Streams have permits of their own, for as long as they are open. */
function permitFor(
  { permits }: ServeOptions,
  { stream }: Route,
  caller: RequestContext['caller'] | null,
  waits: boolean,
): Result<() => void> {
  if (caller === null || stream) return { ok: true, value: () => {} };
  return (waits ? permits.waiting : permits.requests).take(caller.userId);
}

/**
 * On Node a request is over when its answer has left the server's memory, which is for the client to decide; elsewhere
 * when it is made, by what this returns.
 */
function untilAnswered({ outgoing }: NodeBindings, release: () => void): () => void {
  if (outgoing === undefined || outgoing.closed) return release;
  outgoing.once('close', release);
  return () => {};
}

function stream(log: RestLog, { method, env }: Incoming, exchange: Exchange, flow: EventFlow | null): Answer {
  if (flow === null) return answer(exchange, 204, '', null);
  // Proxies of the nginx family hold answers back until there is more of them.
  exchange.headers['x-accel-buffering'] = 'no';
  if (method !== 'HEAD') {
    const { outgoing } = env;
    // What is taken from a body before the headers are sent is written after them.
    const isSent = (): boolean => outgoing !== undefined && outgoing.headersSent && outgoing.writableLength === 0;
    const body = streamOf(flow, isSent, (thrown) => logFault(log, exchange, thrown));
    exchange.streams = true;
    return answer(exchange, 200, 'text/event-stream', body);
  }
  flow.stop();
  return answer(exchange, 200, 'text/event-stream', '');
}

export function logFault(log: RestLog, { requestId, route }: Exchange, thrown: unknown): void {
  const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  log.error('a request failed', { requestId, route, error });
}

interface Admitted extends Pick<RequestContext, 'caller' | 'credentials'> {
  /** As an Authorization header has it. */
  readonly sent: string;
}

/** The caller, null where none is needed, or the answer that turns the request away. */
async function admit(
  options: ServeOptions,
  { auth, pages }: Route,
  { header, env }: Incoming,
  exchange: Exchange,
): Promise<Admitted | null | Answer> {
  const { authenticate, isWorkerSecret, devMode, cookies, publicUrl } = options;
  // A signature is of the body, which is read later.
  if (auth === 'signature') return null;
  if (auth === 'none') return pages === null ? null : admitPage(options, pages, header, exchange);
  if (auth === 'worker') {
    const secret = header('x-gpu-callback-secret') ?? null;
    if (isWorkerSecret(secret)) return null;
    const problem = secret === null ? 'There is no x-gpu-callback-secret' : 'The x-gpu-callback-secret is wrong';
    return unauthenticated(exchange, `${problem}: send the secret that the server was configured with.`);
  }
  const given = env.sender ?? header('authorization');
  const cookie = given === undefined && cookies ? tokenInCookie(header('cookie'), devMode) : null;
  // A browser sends the cookie whatever page of this host asks, also one on another port.
  const fromElsewhere = cookie !== null && isFromElsewhere(header, publicUrl);
  const sent = given ?? (cookie === null || fromElsewhere ? null : `Bearer ${cookie}`);
  const known = sent === null ? noCredentials : await authenticate(sent);
  if (!known.ok || sent === null) {
    const { problem } = known.ok ? noCredentials : known;
    const why = fromElsewhere ? 'The cookie is for pages of this server' : problem;
    return failure(exchange, notAuthenticated(why, devMode));
  }
  const { caller, credentials } = known;
  exchange.userId = caller.userId;
  const refused = requireRole(caller, auth);
  return refused === null ? { caller, credentials, sent } : failure(exchange, refused.refusal);
}

/** Null, or the answer to what a page of another origin asks, or a form. */
function admitPage(
  { publicUrl }: ServeOptions,
  pages: 'own' | 'allowed',
  header: HeaderOf,
  exchange: Exchange,
): Answer | null {
  const isAllowed = pages === 'allowed' && exchange.headers['access-control-allow-origin'] !== undefined;
  if (!isAllowed && isFromElsewhere(header, publicUrl)) {
    const which = pages === 'own' ? 'of this server' : 'of this server and of ALLOWED_ORIGINS';
    const message = `This page is not allowed: only pages ${which} and programs are.`;
    return failure(exchange, { code: 'forbidden', message });
  }
  if (isJson(header)) return null;
  return failure(exchange, badFields({ body: 'must be JSON, with the header "Content-Type: application/json"' }), 415);
}

