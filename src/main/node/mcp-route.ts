import type { Result } from '../../contract/errors.ts';
import { refusal } from '../../domain/errors.ts';
import type { Logger } from '../../ports/world.ts';
import { noCredentials, notAuthenticated, type Authenticate } from '../../transports/access/authenticator.ts';
import { Permits } from '../../transports/access/permits.ts';
import { bodyOf, readBody } from '../../transports/rest/body.ts';
import type { HostBindings, NodeBindings } from '../../transports/rest/node-bindings.ts';
import type { RuntimeCaller, RuntimeRoute } from '../../transports/rest/runtime-route.ts';
import type { Config } from '../config/config.ts';
import { isLoopback } from '../config/loopback.ts';
import { version } from '../version.ts';
import { answeredUntil } from './answered-until.ts';
import { errorAnswer } from './error-text.ts';
import { fetchInProcess } from './in-process.ts';
import type { Fetch } from './request-listener.ts';

interface Parts {
  readonly config: Pick<Config, 'http' | 'dev' | 'allowedOrigins' | 'limits'>;
  /** Where clients reach the server; no trailing slash. */
  readonly publicUrl: string;
  /** The server's own routes: what a tool asks is asked there, as the caller. */
  readonly fetch: Fetch;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  /** Aborted when the server begins to shut down. */
  readonly closing: AbortSignal;
}

/** The Model Context Protocol by HTTP: without sessions, for whoever has a token. None where it is turned off. */
export function mcpRoutes(parts: Parts): RuntimeRoute[] {
  const { config: { http: { mcp, maxRequestsPerUser: perUser } } } = parts;
  if (mcp === 'off') return [];
  const permits = new Permits({ perUser, inAll: 0, what: 'MCP request', retryAfterSeconds: 1 });
  return [{
    path: '/mcp',
    methods: ['POST'],
    // What its tools ask is logged, with the user and the route.
    quiet: true,
    serve: (request, client) => serve(parts, permits, request, client),
  }];
}

async function serve(
  parts: Parts, permits: Permits, request: Request, client: RuntimeCaller,
): Promise<Result<Response>> {
  const { config, authenticate } = parts;
  if (!isFromAllowedPage(request, parts)) {
    const message = 'This page is not allowed: to allow it, add its origin to ALLOWED_ORIGINS.';
    return { ok: false, refusal: refusal('forbidden', message) };
  }
  // Never a cookie: a browser sends it whatever page asks.
  const sent = client.sender ?? request.headers.get('authorization');
  const known = sent === null ? noCredentials : await authenticate(sent);
  if (!known.ok || sent === null) {
    return { ok: false, refusal: notAuthenticated(known.ok ? noCredentials.problem : known.problem, config.dev) };
  }
  const permit = permits.take(known.caller.userId);
  if (!permit.ok) return permit;
  return { ok: true, value: await answeredUntil(() => answer(parts, request, sent, client), permit.value) };
}

/** Another page must not use this server by a name of its own that it lets point here (DNS rebinding). */
function isFromAllowedPage({ headers }: Request, { config: { dev, allowedOrigins }, publicUrl }: Parts): boolean {
  const origin = headers.get('origin');
  if (origin === null || allowedOrigins.includes('*') || allowedOrigins.includes(origin)) return true;
  const { hostname = '' } = URL.parse(origin) ?? {};
  return origin === URL.parse(publicUrl)?.origin || (dev && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

async function answer(
  { config, publicUrl, fetch, logger, closing }: Parts, request: Request, sent: string, client: RuntimeCaller,
): Promise<Response> {
  const { maxBodyBytes: maxBytes } = config.limits;
  const body = await readBody(bodyOf(request), { maxBytes, withinMs: config.http.requestBodyMs }, false);
  if (!body.ok) return invalid(body.status, body.problem);
  if (body.json === undefined) return invalid(400, 'must be a message of JSON-RPC');
  const env: NodeBindings & HostBindings = {
    ...(client.address !== null && { incoming: { socket: { remoteAddress: client.address } } }),
    ...(client.sender !== undefined && { sender: client.sender }),
  };
  const ask = (asked: Request): Promise<Response> => {
    asked.headers.set('authorization', sent);
    return Promise.resolve(fetch(asked, env));
  };
  // Loaded by those who use it.
  const [{ answerMcp }, { createClient }] = await Promise.all([
    import('../mcp/http.ts'), import('../client/client.ts'),
  ]);
  return answerMcp(request, body.json, {
    client: createClient({ server: publicUrl, fetch: fetchInProcess(ask, publicUrl, closing), retryIf: () => false }),
    readOnly: config.http.mcp === 'read-only' || asksForReadOnly(request),
    version,
    signal: closing,
    onFault: (tool, error) => {
      logger.error('a tool failed', { tool, error: error instanceof Error ? error.stack : String(error) });
    },
  });
}

function invalid(status: number, problem: string): Response {
  return errorAnswer({ status, code: 'invalid_request', message: `The body ${problem}.` });
}

/** By `?readOnly=true`, or by a header, where a client takes no query. */
function asksForReadOnly({ url, headers }: Request): boolean {
  return [new URL(url).searchParams.get('readOnly'), headers.get('x-waybill-read-only')].includes('true');
}
