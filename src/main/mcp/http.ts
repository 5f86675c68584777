import { createMcpHandler, isLegacyRequest, WebStandardStreamableHTTPServerTransport } from
  '@modelcontextprotocol/server';
import { createMcpServer, type McpParts } from '../../transports/mcp/server.ts';
import { instructions, tools } from './tools.ts';

type Caller = Pick<McpParts, 'client' | 'readOnly' | 'version' | 'signal' | 'onFault'>;

/**
 * Answers one message, or a batch of them, with JSON: there is no session, and nothing is kept. Clients of 2025 begin
 * with `initialize`, and get their answer by the transport of those days.
 */
export async function answerMcp(request: Request, body: unknown, caller: Caller): Promise<Response> {
  const make = () => createMcpServer({ ...caller, tools, instructions, tellsProgress: false });
  if (!(await isLegacyRequest(request, body))) {
    // Nobody is told of changes, as there are none: a stream for that would only be held open.
    return createMcpHandler(make, { legacy: 'reject', maxSubscriptions: 0 }).fetch(request, { parsedBody: body });
  }
  const server = make();
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  const close = (): void => void server.close().catch(() => {});
  request.signal.addEventListener('abort', close, { once: true });
  try {
    return await transport.handleRequest(request, { parsedBody: body });
  } finally {
    request.signal.removeEventListener('abort', close);
    close();
  }
}
