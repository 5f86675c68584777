import { createMcpHandler, isLegacyRequest, WebStandardStreamableHTTPServerTransport } from
  '@modelcontextprotocol/server';
import { answeredUntil } from '../node/answered-until.ts';
import { createMcpServer, type McpParts } from '../../transports/mcp/server.ts';
import { instructions, tools } from './tools.ts';

type Caller = Pick<McpParts, 'client' | 'readOnly' | 'version' | 'signal' | 'onFault'>;

/**
 * Answers one message, or a batch of them, with JSON: there is no session, and nothing is kept. A call whose caller
 * asks for its progress, and takes a stream of events, is answered by one, which ends with the result. Clients of 2025
 * begin with `initialize`, and get their answer by the transport of those days.
 */
export async function answerMcp(request: Request, body: unknown, caller: Caller): Promise<Response> {
  const tellsProgress = asksForProgress(request, body);
  const make = () => createMcpServer({ ...caller, tools, instructions, tellsProgress });
  if (!(await isLegacyRequest(request, body))) {
    // Nobody is told of changes, as there are none: a stream for that would only be held open. One for a call begins
    // with the first that is told of it.
    return createMcpHandler(make, { legacy: 'reject', maxSubscriptions: 0 }).fetch(request, { parsedBody: body });
  }
  const server = make();
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: !tellsProgress });
  await server.connect(transport);
  const close = (): void => {
    request.signal.removeEventListener('abort', close);
    server.close().catch(() => {});
  };
  request.signal.addEventListener('abort', close, { once: true });
  return answeredUntil(() => transport.handleRequest(request, { parsedBody: body }), close);
}

/** Whether the message is one call that has a token for its progress, from somebody who takes a stream. */
function asksForProgress({ headers }: Request, body: unknown): boolean {
  const { params } = (body ?? {}) as { readonly params?: { readonly _meta?: { readonly progressToken?: unknown } } };
  const token = params?._meta?.progressToken;
  return token !== undefined && token !== null && /\btext\/event-stream\b/.test(headers.get('accept') ?? '');
}
