import { McpServer } from '@modelcontextprotocol/server';
import type { ClientOf } from '../../client/index.ts';
import type { CoreRoutes } from '../../contract/core-routes.ts';
import { failureText } from './failure.ts';
import type { Tool, ToolCall } from './tool.ts';

export interface McpParts {
  readonly tools: readonly Tool[];
  /** Whether only tools that change nothing are there. */
  readonly readOnly: boolean;
  readonly version: string;
  /** What a model should know before it uses any of them. */
  readonly instructions: string;
  /** As the one who calls; of all routes. */
  readonly client: ClientOf<CoreRoutes>;
  /** Aborted when this process ends. */
  readonly signal: AbortSignal;
  /** Whether there is a way to tell the caller how far a call is. */
  readonly tellsProgress: boolean;
  /** Hears of faults of this program. */
  onFault(tool: string, error: unknown): void;
}

/** More elements than any input of a sensible call has. */
const maxInputElements = 100_000;

/** A server of the protocol with these tools, for one connection or request. */
export function createMcpServer(parts: McpParts): McpServer {
  const { tools, readOnly, version, instructions } = parts;
  const server = new McpServer(
    { name: 'waybill', title: 'Waybill', version },
    { instructions, capabilities: { tools: { listChanged: false } }, maxToolInputElements: maxInputElements },
  );
  for (const tool of tools.filter(({ hints }) => hints.readOnly || !readOnly)) addTool(server, tool, parts);
  return server;
}

function addTool(server: McpServer, tool: Tool, { client, signal: ends, tellsProgress, onFault }: McpParts): void {
  const { name, title, description, input, output, hints } = tool;
  const annotations = {
    title, readOnlyHint: hints.readOnly, destructiveHint: hints.destructive, idempotentHint: hints.idempotent,
    openWorldHint: false,
  };
  server.registerTool(name, { title, description, inputSchema: input, outputSchema: output, annotations }, async (
    given, { mcpReq: { signal, notify, _meta } },
  ) => {
    const token = tellsProgress ? _meta?.progressToken : undefined;
    const call: ToolCall = {
      client: () => client as never,
      signal: AbortSignal.any([signal, ends]),
      progress: (progress, total, message) => {
        if (token === undefined) return;
        const params = { progressToken: token, progress, message, ...(total !== null && { total }) };
        notify({ method: 'notifications/progress', params }).catch(() => {});
      },
    };
    try {
      const answer = await tool.run(given as never, call);
      const data = output.parse(answer.data) as Record<string, unknown>;
      return { content: [{ type: 'text', text: answer.text ?? JSON.stringify(data) }], structuredContent: data };
    } catch (error) {
      const told = failureText(error);
      if (told === null) onFault(name, error);
      const text = told ?? `internal: ${name} failed by a fault of its own; the log of Waybill has it.`;
      return { content: [{ type: 'text', text }], isError: true };
    }
  });
}
