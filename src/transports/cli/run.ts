import { constants } from 'node:os';
import type { Command, CommandEntry, CommandTopic } from './command.ts';
import type { ConnectClient, Context } from './context.ts';
import { readEnvFiles } from './env-files.ts';
import { anyText, flagName, optional, type Flags } from './flag.ts';
import { commonFlags, defaultServer, serverFlags } from './global-flags.ts';
import type { KindTexts } from './job/kind-text.ts';
import { createOutput, type Output, type TerminalStream } from './output.ts';
import { parseWords, readArguments, readFlags } from './parse.ts';
import { UsageProblem } from './usage-problem.ts';

export interface Program {
  readonly commands: readonly CommandEntry[];
  readonly topics: readonly CommandTopic[];
  /** Loads what connects to a server, for the commands that do. */
  loadConnect(): Promise<ConnectClient>;
  readonly kindTexts: KindTexts;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sets variables of --env-file for the whole process. */
  readonly addToEnv?: (variables: Readonly<Record<string, string>>) => void;
  readonly out: TerminalStream;
  readonly error: TerminalStream;
  /** Hears of SIGINT and SIGTERM; gives back how to stop that. */
  onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
}

/** Runs one command line, without the program's own name, and gives the exit status. */
export async function runCli(args: readonly string[], program: Program): Promise<number> {
  const output = createOutput(program, args.includes('--json'));
  const stop = new AbortController();
  let stoppedBy: 'SIGINT' | 'SIGTERM' | null = null;
  const forget = program.onSignal((signal) => {
    stoppedBy = signal;
    stop.abort(new Error(`stopped by ${signal}`));
  });
  let server: string | null = null;
  try {
    const asked = await understand(args, program);
    if (asked.type === 'text') {
      output.print(asked.text);
      return 0;
    }
    const { command, texts, words } = asked;
    const { envFile = [] } = readFlags({ envFile: commonFlags.envFile }, texts, {}) as { envFile?: readonly string[] };
    const added = readEnvFiles(envFile, program.env);
    program.addToEnv?.(added);
    const env = { ...program.env, ...added };
    const context = await contextFor(command, texts, output, { ...program, env, envFiles: envFile }, stop.signal);
    server = command.usesServer ? context.server : null;
    const input = {
      args: readArguments(command.arguments, words, texts),
      flags: readFlags(command.flags, texts, env),
    };
    return (await command.run(context, input as never)) ?? 0;
  } catch (error) {
    if (stoppedBy !== null) return 128 + constants.signals[stoppedBy];
    const { reportFailure } = await import('./failure.ts');
    return reportFailure(error, output, server);
  } finally {
    forget();
  }
}

async function contextFor(
  { usesServer }: Command,
  texts: Readonly<Record<string, readonly string[]>>,
  output: Output,
  { env, envFiles, loadConnect, kindTexts }: Program & Pick<Context, 'envFiles'>,
  signal: AbortSignal,
): Promise<Context> {
  const [{ createContext }, connect] = await Promise.all([import('./context.ts'), loadConnect()]);
  const parts = { connect, kindTexts, output, env, envFiles, signal };
  if (!usesServer) return createContext({ ...parts, server: defaultServer, token: '' });
  const { server, token } = readFlags(serverFlags, texts, env) as { server?: string; token?: string };
  return createContext({ ...parts, server, token });
}

type Asked =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'command';
      readonly command: Command;
      readonly texts: Readonly<Record<string, readonly string[]>>;
      readonly words: readonly string[];
    };

async function understand(args: readonly string[], program: Program): Promise<Asked> {
  const { commands, version } = program;
  const { before, rest } = splitBefore(args);
  const [first] = rest;
  if (first === '--version' || first === '-V') return { type: 'text', text: version };
  if (first === undefined || first === '--help' || first === '-h') return helpText(program, []);
  if (first === 'help') return (await topicText(program, rest.slice(1))) ?? helpText(program, rest.slice(1));
  const found = findCommand(commands, rest);
  if (found === null) return withoutCommand(program, rest);
  const { entry, words: taken } = found;
  const command = await entry.load();
  const flags = allFlags(command);
  const shorts = { ...command.shorts, '-h': 'help' };
  const { words, texts } = parseWords([...before, ...rest.slice(taken)], flags, shorts);
  const { help } = readFlags({ help: commonFlags.help }, texts, {});
  if (help === true) return helpText(program, entry.name.split(' '));
  return { type: 'command', command, words, texts };
}

/** Those of its arguments included that may be given as a flag. */
function allFlags(command: Command): Flags {
  const named = Object.values(command.arguments).flatMap(({ flag, placeholder, about }) =>
    flag === null ? [] : [[flag, optional(placeholder, anyText, about)] as const],
  );
  return { ...command.flags, ...(command.usesServer ? serverFlags : {}), ...commonFlags, ...Object.fromEntries(named) };
}

/** The flags for every command may stand before its words. */
function splitBefore(args: readonly string[]): { before: readonly string[]; rest: readonly string[] } {
  let index = 0;
  for (;;) {
    const arg = args[index]?.split('=', 1)[0] ?? '';
    if (arg === flagName('json')) index += 1;
    else if (takesValue.has(arg)) index += args[index] === arg ? 2 : 1;
    else return { before: args.slice(0, index), rest: args.slice(index) };
  }
}

const takesValue: ReadonlySet<string> = new Set([...Object.keys(serverFlags), 'envFile'].map(flagName));

interface Found {
  readonly entry: CommandEntry;
  /** How many words name it. */
  readonly words: number;
}

function findCommand(commands: readonly CommandEntry[], words: readonly string[]): Found | null {
  const fitting = commands.filter(({ name }) => name.split(' ').every((word, index) => words[index] === word));
  const [entry] = fitting.sort((a, b) => b.name.length - a.name.length);
  if (entry !== undefined) return { entry, words: entry.name.split(' ').length };
  const byShort = commands.find(({ short }) => short !== undefined && short === words[0]);
  return byShort === undefined ? null : { entry: byShort, words: 1 };
}

/** `waybill help jobs`; null where that is no topic. */
async function topicText({ commands, topics }: Program, words: readonly string[]): Promise<Asked | null> {
  const { helpOnTopic } = await import('./help.ts');
  const text = await helpOnTopic(words.join(' '), commands, topics);
  return text === null ? null : { type: 'text', text };
}

async function helpText({ commands, topics }: Program, words: readonly string[]): Promise<Asked> {
  const { helpOn, helpOnCommands, helpOnEverything } = await import('./help.ts');
  if (words.length === 0) return { type: 'text', text: helpOnEverything(commands, topics) };
  const group = words.join(' ');
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  if (members.length > 0) return { type: 'text', text: helpOnCommands(members, group) };
  const found = findCommand(commands, words);
  if (found !== null) return { type: 'text', text: helpOn(await found.entry.load(), found.entry.short) };
  throw await unknownCommand(commands, words);
}

/** `waybill job`, `waybill job --help`, or a word that is none. */
async function withoutCommand(program: Program, rest: readonly string[]): Promise<Asked> {
  const [first = '', second] = rest;
  const isGroup = program.commands.some(({ name }) => name.startsWith(`${first} `));
  if (isGroup && (second === '--help' || second === '-h')) return helpText(program, [first]);
  throw await unknownCommand(program.commands, rest);
}

async function unknownCommand(commands: readonly CommandEntry[], rest: readonly string[]): Promise<UsageProblem> {
  const { whatWasMeant } = await import('./unknown-command.ts');
  return new UsageProblem(whatWasMeant(commands.map(({ name }) => name), rest));
}
