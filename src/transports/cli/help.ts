import type { Argument, Command, CommandEntry, CommandTopic } from './command.ts';
import { flagName, type Flag, type Flags } from './flag.ts';
import { commonFlags, serverFlags } from './global-flags.ts';

const columns = 100;

/** What is listed of a command without loading it. */
type Listed = Pick<CommandEntry, 'name' | 'summary' | 'short'>;

/** `waybill --help`: the commands by topic, those with the same first word on one line. */
export function helpOnEverything(commands: readonly Listed[], topics: readonly CommandTopic[]): string {
  const sections = topics.map(({ title, commands: words }) => section(title, words.map((word) => [
    word, commands.find(({ name }) => name === word)?.summary ?? listOf(verbsOf(word, commands, topics)),
  ])));
  return [
    'Usage: waybill COMMAND [ARGUMENTS] [FLAGS]',
    ...sections,
    section('Help', [
      ['COMMAND --help', 'Explains a command, or lists those with one first word.'],
      ['help TOPIC', `More about ${listOf(topics.map(({ name }) => name))}, ${listOf(Object.keys(texts))}; or all.`],
      ['--version', 'Prints the version.'],
    ]),
  ].join('\n\n');
}

/** `waybill help TOPIC`; null when there is no such topic. */
export async function helpOnTopic(
  asked: string,
  commands: readonly Listed[],
  topics: readonly CommandTopic[],
): Promise<string | null> {
  const text = Object.hasOwn(texts, asked) ? texts[asked] : undefined;
  if (text !== undefined) return text(commands);
  const shown = asked === 'all' ? topics : topics.filter(({ name }) => name === asked);
  if (shown.length === 0) return null;
  return shown.map(({ title, commands: words }) => section(title, words.flatMap((word) => {
    const names = [...commands.some(({ name }) => name === word) ? [word] : [], ...namesOf(word, commands, topics)];
    return commands.filter(({ name }) => names.includes(name)).map(({ name, summary }) => [name, summary] as const);
  }))).join('\n\n');
}

const texts: Readonly<Record<string, (commands: readonly Listed[]) => Promise<string>>> = {
  shorts: async (commands) => section('Short ways in', commands.flatMap(({ name, summary, short }) => (
    short === undefined ? [] : [[`waybill ${short}`, `waybill ${name}: ${lowerFirst(summary)}`]]
  ))),
  server: async () => [
    wrap(`Which server a command talks to: ${lowerFirst(serverFlags.server.about)} [--server, WAYBILL_SERVER]`, 0),
    wrap(`As whom: ${lowerFirst(serverFlags.token.about)} [--token, WAYBILL_TOKEN]`, 0),
  ].join('\n\n'),
  'exit-statuses': async () => {
    const { exitTexts } = await import('./exit-texts.ts');
    return section('Exit statuses', exitTexts().map(({ status, meaning, codes }) => [
      String(status), [meaning, ...(codes.length === 0 ? [] : [`(${codes.join(', ')})`])].filter(Boolean).join(' '),
    ]));
  },
};

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

/** Names that begin with the word and that no topic has on a line of their own. */
function namesOf(word: string, commands: readonly Listed[], topics: readonly CommandTopic[]): readonly string[] {
  const named = new Set(topics.flatMap(({ commands: each }) => each));
  return commands.flatMap(({ name }) => (name.startsWith(`${word} `) && !named.has(name) ? [name] : []));
}

function verbsOf(word: string, commands: readonly Listed[], topics: readonly CommandTopic[]): readonly string[] {
  return namesOf(word, commands, topics).map((name) => name.slice(word.length + 1));
}

function listOf(words: readonly string[]): string {
  return words.join(', ');
}

/** The commands of a group such as `waybill job`. */
export function helpOnCommands(commands: readonly Listed[], group: string): string {
  return [
    `Usage: waybill ${group} COMMAND [ARGUMENTS] [FLAGS]`,
    section('Commands', commands.map(({ name, summary, short }) => [
      name, short === undefined ? summary : `${summary}. Short: waybill ${short}`,
    ])),
    '`waybill COMMAND --help` explains one of them.',
  ].join('\n\n');
}

export function helpOn(command: Command, short?: string): string {
  const { description, arguments: args, flags, usesServer, examples, exits } = command;
  const shortly = short === undefined ? '' : ` Short: \`waybill ${short}\`.`;
  const sections: string[] = [`Usage: ${usage(command)}`, `${command.summary}.${shortly}`];
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
