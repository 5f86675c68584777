import type { Command, CommandSource } from './command.ts';
import { exitTexts } from './exit-texts.ts';
import type { Flags } from './flag.ts';
import { commonFlags, serverFlags } from './global-flags.ts';
import { aboutFlag, usage, written } from './help.ts';

type Listed = Pick<CommandSource, 'short'> & { readonly command: Command };

/** docs/cli.md, made from the commands themselves. */
export function cliDocument(listed: readonly Listed[]): string {
  const commands = listed.map(({ command }) => command);
  const index = commands.map(
    ({ name, summary }) => `| [\`${name}\`](#waybill-${name.replaceAll(' ', '-')}) | ${summary} |`,
  );
  const parts = [
    introduction,
    `## Commands\n\n| | |\n| --- | --- |\n${index.join('\n')}`,
    '## Flags of every command\n\nThe first two only for commands that talk to a server.',
    flagTable({ ...serverFlags, ...commonFlags }),
    exitSection(),
    ...listed.map(commandSection),
  ];
  return `${parts.join('\n\n')}\n`;
}

const introduction = `# The command line

\`waybill\` runs servers and workers, and is a client of the API. From a checkout:
\`npm run --silent waybill -- COMMAND\`.

Results go to standard output and everything else to standard error, so that \`JOB_ID=$(waybill job create ...)\`
contains nothing but the id. Progress is drawn on a terminal and printed as plain lines otherwise; \`NO_COLOR\` is
respected. With \`--json\`, results are the JSON of the API on standard output, and errors are JSON on standard error.

The server is taken from \`--server\`, WAYBILL_SERVER or the last \`waybill login\`, in this order, and is
http://127.0.0.1:8787 otherwise. The token is taken from \`--token\`, WAYBILL_TOKEN, or what \`waybill login\` saved
for the server.

\`waybill --help\` lists the commands, \`waybill help TOPIC\` says more, and \`waybill completion\` makes bash, zsh or
fish complete them. The most used ones have a short way in: \`waybill run TYPE\`, and \`waybill get\`, \`list\`,
\`watch\`, \`logs\`, \`cancel\` and \`retry\` for jobs of every kind.

This page is generated from the commands in \`src/transports/cli\` and \`src/main/commands\`.`;

function exitSection(): string {
  const rows = exitTexts().map(({ status, meaning, codes }) => {
    return `| ${status} | ${meaning} | ${codes.map((code) => `\`${code}\``).join(', ')} |`;
  });
  return `## Exit statuses\n\n| status | meaning | the server's answer |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

function commandSection({ command, short }: Listed): string {
  const { name, summary, description, arguments: args, flags, examples, exits: own } = command;
  const words = Object.values(args).map(({ placeholder, about }) => `| \`${placeholder}\` | ${about} |`);
  const statuses = Object.entries(own).map(([status, meaning]) => `| ${status} | ${meaning} |`);
  return [
    `## waybill ${name}`,
    short === undefined ? `${summary}.` : `${summary}. Short: \`waybill ${short}\`.`,
    ...(description === '' ? [] : [description]),
    `\`\`\`\n${usage(command)}\n\`\`\``,
    ...(words.length === 0 ? [] : [`| argument | |\n| --- | --- |\n${words.join('\n')}`]),
    ...(Object.keys(flags).length === 0 ? [] : [flagTable(flags)]),
    ...(statuses.length === 0 ? [] : [`| exit status | |\n| --- | --- |\n${statuses.join('\n')}`]),
    `\`\`\`sh\n${examples.map(([line, purpose]) => `# ${purpose}\nwaybill ${line}`).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function flagTable(flags: Flags): string {
  const rows = Object.entries(flags).map(
    ([name, flag]) =>
      `| \`${written(name, flag).replaceAll('|', '\\|')}\` | ${aboutFlag(flag).replaceAll('|', '\\|')} |`,
  );
  return `| flag | |\n| --- | --- |\n${rows.join('\n')}`;
}
