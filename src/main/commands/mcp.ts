import { defineCommand } from '../../transports/cli/command.ts';
import { plain } from '../../transports/cli/output.ts';
import { toggle } from '../../transports/cli/flag.ts';
import { version } from '../version.ts';

export default defineCommand({
  name: 'mcp',
  summary: 'Let an AI assistant work with jobs: an MCP server on standard input and output',
  description:
    'For clients of the Model Context Protocol (https://modelcontextprotocol.io), which start this command by ' +
    'themselves: editors, desktop assistants and agents. Its tools list, show and explain jobs, read logs, wait, ' +
    'submit tasks, process photos of this machine, and search the documentation; they may do what the login may. ' +
    'Uses what `waybill login` has saved, or --server and --token. Runs until its input ends. docs/guides/mcp.md ' +
    'has the tools and the configuration of common clients; a server offers the same at POST /mcp.',
  flags: {
    readOnly: toggle('Offer only tools that change nothing.'),
  },
  examples: [
    ['mcp', 'what a client has to start'],
    ['mcp --read-only', 'to look and to explain, without submitting, canceling or retrying'],
    ['mcp --server https://waybill.example --token "$WAYBILL_TOKEN"', 'without a saved login'],
  ],
  async run(context, { flags: { readOnly } }) {
    const { output, signal, server, token } = context;
    if (token === null) output.note('There is no login: `waybill login` saves one, or set WAYBILL_TOKEN.');
    if (process.stdin.isTTY) output.note(`Speaks MCP for ${server}. This is for programs; Ctrl-D ends it.`);
    const { serveOnStdio } = await import('../mcp/stdio.ts');
    await serveOnStdio({
      client: context.client(), readOnly, version, signal,
      onFault: (where, error) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        output.note(text.split('\n').map((line) => plain(`${where}: ${line}`)).join('\n'));
      },
    });
  },
});
