import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { createMcpServer, type McpParts } from '../../transports/mcp/server.ts';
import { instructions, localTools, tools } from './tools.ts';

/** More than any message that a client has reason to send. Bytes. */
const maxMessageBytes = 4 * 1024 ** 2;

/** Serves this process's standard input and output until the input ends, or the signal is aborted. */
export async function serveOnStdio(parts: Omit<McpParts, 'tools' | 'instructions' | 'tellsProgress'>): Promise<void> {
  const { signal } = parts;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const transport = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: maxMessageBytes });
  const handle = serveStdio(
    () => createMcpServer({
      ...parts, tools: [...tools, ...localTools], instructions, tellsProgress: true,
      signal: AbortSignal.any([signal, leaving.signal]),
    }),
    { transport, onerror: (error) => parts.onFault('the connection', error) },
  );
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, () => end());
  signal.addEventListener('abort', () => end(), { once: true });
  if (signal.aborted) end();
  await ended;
  leaving.abort(new Error('the client has left'));
  await handle.close();
}
