import type { Argument, Command } from './command.ts';
import { flagName, type Flag, type Flags } from './flag.ts';
import { commonFlags, serverFlags } from './global-flags.ts';

const columns = 100;

/** `waybill`, or the commands of a group such as `waybill job`. */
export function helpOnCommands(commands: readonly Command[], group: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  const prefix = group === '' ? 'waybill' : `waybill ${group}`;
  return [
    `Usage: ${prefix} COMMAND [ARGUMENTS] [FLAGS]`,
    '',
    ...lines,
    '',
    `\`waybill COMMAND --help\` explains one of them.`,
    ...(group === '' ? ['`waybill --version` prints the version.'] : []),
  ].join('\n');
}

export function helpOn(command: Command): string {
  const { description, arguments: args, flags, usesServer, examples, exits } = command;
  const sections: string[] = [`Usage: ${usage(command)}`, `${command.summary}.`];
  if (description !== '') sections.push(...description.split('\n\n').map((text) => wrap(text, 0)));
  const rows = Object.values(args).map((each) => [each.placeholder, each.about] as const);
  if (rows.length > 0) sections.push(section('Arguments', rows));
  const shown = { ...flags, ...(usesServer ? serverFlags : {}), ...commonFlags };
  sections.push(
    section(
      'Flags',
      Object.entries(shown).map(([name, flag]) => [written(name, flag), aboutFlag(flag)]),
    ),
  );
  sections.push(['Examples:', ...examples.map(([line, purpose]) => `  # ${purpose}\n  waybill ${line}`)].join('\n'));
  const statuses = Object.entries(exits).map(([status, meaning]) => [status, meaning] as const);
  if (statuses.length > 0) sections.push(section('Exit status', [['0', 'Success.'], ...statuses]));
  return sections.join('\n\n');
}

/** `waybill job get ID [FLAGS]` */
export function usage({ name, arguments: args, flags }: Pick<Command, 'name' | 'arguments' | 'flags'>): string {
  const words = Object.values(args).map((each) => (each.required ? wordOf(each) : `[${wordOf(each)}]`));
  const needed = Object.entries(flags as Flags).filter(([, flag]) => flag.required);
  return ['waybill', name, ...words, ...needed.map(([flag, it]) => written(flag, it)), '[FLAGS]'].join(' ');
}

function wordOf({ placeholder, rest }: Argument): string {
  return rest ? `${placeholder}...` : placeholder;
}

export function written(name: string, { placeholder }: Flag<unknown>): string {
  return placeholder === null ? flagName(name) : `${flagName(name)} ${placeholder}`;
}

export function aboutFlag({ about, env, required }: Flag<unknown>): string {
  const more = [...(required ? ['Required.'] : []), ...(env === null ? [] : [`[${env}]`])];
  return [about, ...more].join(' ');
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
  const lines = rows.map(([name, text]) => {
    const indent = width + 4;
    const wrapped = wrap(text, indent);
    return name.length > width ? `  ${name}\n${' '.repeat(indent)}${wrapped}` : `  ${name.padEnd(width)}  ${wrapped}`;
  });
  return [`${title}:`, ...lines].join('\n');
}

/** Every line but the first is indented. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
