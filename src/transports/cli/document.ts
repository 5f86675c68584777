import { errorTraits, type ErrorCode } from '../../contract/errors.ts';
import type { Command } from './command.ts';
import { exits } from './failure.ts';
import type { Flags } from './flag.ts';
import { commonFlags, serverFlags } from './global-flags.ts';
import { aboutFlag, usage, written } from './help.ts';

/** docs/cli.md, made from the commands themselves. */
export function cliDocument(commands: readonly Command[]): string {
  const index = commands.map(
    ({ name, summary }) => `| [\`${name}\`](#waybill-${name.replaceAll(' ', '-')}) | ${summary} |`,
  );
  const parts = [
    introduction,
    `## Commands\n\n| | |\n| --- | --- |\n${index.join('\n')}`,
    '## Flags of every command\n\nThe first two only where a server is talked to.',
    flagTable({ ...serverFlags, ...commonFlags }),
    exitSection(),
    ...commands.map(commandSection),
  ];
  return `${parts.join('\n\n')}\n`;
}

const introduction = `# The command line

\`waybill\` runs a server, and talks to one. From a checkout: \`npm run --silent waybill -- COMMAND\`.

Results go to standard output and everything else to standard error, so that \`JOB_ID=$(waybill job create ...)\` holds
the id and nothing else. On a terminal progress is drawn, elsewhere it is plain lines; \`NO_COLOR\` is honoured. With
\`--json\` results are the API's own JSON on standard output, and errors are JSON on standard error.

The server is the one that \`--server\` names, or WAYBILL_SERVER, or the last \`waybill login\`, or
http://127.0.0.1:8787, in this order. The token is that of \`--token\`, or WAYBILL_TOKEN, or what \`waybill login\`
saved for that very server.

This page is made from the commands in \`src/transports/cli\` and \`src/main/commands\`.`;

function exitSection(): string {
  const own: readonly (readonly [number, string])[] = [
    [exits.ok, 'It did what it should.'],
    [exits.failed, 'It did not; the command says what 1 means for it.'],
    [exits.usage, 'The command line or the configuration is wrong.'],
    [exits.canceled, 'The job that was waited for was canceled.'],
    [exits.noInput, 'A file that is not there or cannot be used.'],
    [exits.unreachable, 'The server cannot be reached.'],
    [exits.internal, 'A fault of the program.'],
    [exits.interrupted, 'Stopped by Ctrl-C; 143 when by SIGTERM.'],
  ];
  const codes = (Object.keys(errorTraits) as ErrorCode[]).map((code) => [errorTraits[code].exit, code] as const);
  const statuses = [...new Set([...own.map(([status]) => status), ...codes.map(([status]) => status)])].sort(
    (a, b) => a - b,
  );
  const rows = statuses.map((status) => {
    const meaning = own.find(([each]) => each === status)?.[1] ?? '';
    const answers = codes.filter(([each]) => each === status).map(([, code]) => `\`${code}\``);
    return `| ${status} | ${meaning} | ${answers.join(', ')} |`;
  });
  return `## Exit statuses\n\n| status | meaning | the server's answer |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

function commandSection(command: Command): string {
  const { name, summary, description, arguments: args, flags, examples, exits: own } = command;
  const words = Object.values(args).map(({ placeholder, about }) => `| \`${placeholder}\` | ${about} |`);
  const statuses = Object.entries(own).map(([status, meaning]) => `| ${status} | ${meaning} |`);
  return [
    `## waybill ${name}`,
    `${summary}.`,
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
