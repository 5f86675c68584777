import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../ports/world.ts';
import { isFromElsewhere } from '../../transports/rest/auth/origin.ts';
import type { HostBindings, NodeBindings } from '../../transports/rest/node-bindings.ts';
import { errorAnswer, refuse, type ErrorText } from '../node/error-text.ts';
import { withUrl } from '../node/in-process.ts';
import { listenerOf } from '../node/request-listener.ts';
import { callerOf, type HostCallers, type Identity } from './host-callers.ts';

/** Serves a platform in somebody else's server. */
export interface Mounting {
  /**
   * Answers a request for a path of the server's own: `/api/…`, `/docs`, `/`. `context` is what the runtime says of it:
   * in Hono on Node, `c.env`.
   */
  readonly fetch: (request: Request, context?: unknown) => Promise<Response>;
  /** The same for node:http and what takes its listeners, such as Express. It never calls `next`. */
  readonly handler: (incoming: IncomingMessage, outgoing: ServerResponse, next?: unknown) => void;
}

interface Parts {
  readonly app: { readonly fetch: (request: Request, env?: object) => Response | Promise<Response> };
  readonly callers: HostCallers;
  readonly authenticate: ((request: Request, context: any) => Identity | null | Promise<Identity | null>) | undefined;
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  readonly logger: Logger;
}

interface Incoming extends IncomingMessage {
  /** Express has it as it came, with what it has taken off `url`. */
  readonly originalUrl?: string;
}

/** Requests from wherever, until it is closed. */
export class Requests {
  readonly #parts: Parts;
  readonly #open = new Set<Promise<unknown>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Below a path which nobody has taken off the requests. Empty: at the root, or somebody has. */
  mounting(prefix: string): Mounting {
    const fetch: Mounting['fetch'] = (request, context) => this.#received(request, context, prefix);
    // The program's own globals stay as they are.
    const listener = listenerOf((request, env) => fetch(request, env), { ownProcess: false });
    return {
      fetch,
      handler: (incoming, outgoing) => {
        if (!isConsumed(incoming)) return void listener(incoming, outgoing);
        this.#parts.logger.error('a request cannot be answered: its body was read before', { path: incoming.url });
        refuse(outgoing, consumed);
      },
    };
  }

  /** What the program itself asks, as somebody. */
  ask(request: Request, sender: string): Promise<Response> {
    return this.#answer(request, { sender, isHost: true });
  }

  /** Takes no more, and waits for those under way, for as long as that. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#open.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((over) => (timer = setTimeout(over, graceMs)));
    await Promise.race([Promise.allSettled([...this.#open]), late]);
    clearTimeout(timer);
  }

  async #received(given: Request, context: unknown, prefix: string): Promise<Response> {
    const request = prefix === '' ? given : below(prefix, given);
    if (request === null) return errorAnswer(elsewhere(prefix));
    const bindings = bindingsOf(context);
    const slash = withSlash(given, request, bindings.incoming);
    if (slash !== null) return new Response(null, { status: 308, headers: { location: slash } });
    try {
      const sender = await this.#senderOf(request, context);
      return await this.#answer(request, { ...bindings, ...(sender !== null && { sender }) });
    } catch (error) {
      this.#parts.logger.error('a request failed', { error: error instanceof Error ? error.stack : String(error) });
      return errorAnswer(failed);
    }
  }

  async #senderOf(request: Request, context: unknown): Promise<string | null> {
    const { authenticate, callers, publicUrl, allowedOrigins } = this.#parts;
    if (authenticate === undefined || this.#closed) return null;
    // Programs in JavaScript may say nothing at all.
    const identity = (await authenticate(request, context)) ?? null;
    if (identity === null) return null;
    // A browser sends the program's cookies whichever page asks.
    const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
    const isAllowed = allowedOrigins.includes(header('origin') ?? '');
    return isAllowed || !isFromElsewhere(header, publicUrl) ? callers.headerOf(callerOf(identity)) : null;
  }

  async #answer(request: Request, env: NodeBindings & HostBindings): Promise<Response> {
    if (this.#closed) return errorAnswer(closed);
    const answering = Promise.resolve(this.#parts.app.fetch(request, env));
    this.#open.add(answering);
    try {
      return await answering;
    } finally {
      this.#open.delete(answering);
    }
  }
}

const closed: ErrorText = {
  status: 503, code: 'unavailable', message: 'Waybill is closed in this process: try again.',
};
const failed: ErrorText = { status: 500, code: 'internal', message: 'The request failed; the log says why.' };
const consumed: ErrorText = {
  status: 500,
  code: 'internal',
  message: 'The body was read before Waybill got the request: mount it before what reads bodies, such as ' +
    'express.json().',
};

function elsewhere(prefix: string): ErrorText {
  return { status: 404, code: 'not_found', message: `Waybill is mounted at ${prefix}, and this is a path elsewhere.` };
}

function bindingsOf(context: unknown): NodeBindings & { readonly incoming?: Incoming } {
  const { incoming, outgoing } = (context ?? {}) as Partial<Record<'incoming' | 'outgoing', any>>;
  return { ...(incoming && { incoming }), ...(outgoing && { outgoing }) };
}

/** The request without the path that it is mounted at; null when it is for another one. */
function below(prefix: string, request: Request): Request | null {
  const url = new URL(request.url);
  if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`)) return null;
  url.pathname = url.pathname.slice(prefix.length) || '/';
  return withUrl(url, request);
}

/** Where to send a browser that asks for `/jobs`, whose relative addresses would lead to its parent; or null. */
function withSlash({ url, method }: Request, request: Request, incoming: Incoming | undefined): string | null {
  if (method !== 'GET' && method !== 'HEAD') return null;
  if (new URL(request.url).pathname !== '/') return null;
  const sent = incoming?.originalUrl ?? incoming?.url ?? new URL(url).pathname;
  const path = sent.replace(/[?#].*$/s, '');
  return path === '' || path.endsWith('/') ? null : `./${path.slice(path.lastIndexOf('/') + 1)}/`;
}

function isConsumed({ readableDidRead, headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return readableDidRead && (Number(length ?? 0) > 0 || encoding !== undefined);
}
