import { constants } from 'node:os';
import { lookalike } from '../../contract/input/lookalike.ts';
import type { Command, CommandEntry } from './command.ts';
import { createContext, type ConnectClient, type Context } from './context.ts';
import { exits, reportFailure } from './failure.ts';
import { anyText, flagName, optional, type Flags } from './flag.ts';
import { commonFlags, defaultServer, serverFlags } from './global-flags.ts';
import type { KindTexts } from './job/kind-text.ts';
import { createOutput, type Output, type TerminalStream } from './output.ts';
import { parseWords, readArguments, readFlags } from './parse.ts';
import { UsageProblem } from './usage-problem.ts';

export interface Program {
  readonly commands: readonly CommandEntry[];
  readonly connect: ConnectClient;
  readonly kindTexts: KindTexts;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
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
      return exits.ok;
    }
    const { command, texts, words } = asked;
    const { env } = program;
    const context = contextFor(command, texts, output, program, stop.signal);
    server = command.usesServer ? context.server : null;
    const input = {
      args: readArguments(command.arguments, words, texts),
      flags: readFlags(command.flags, texts, env),
    };
    return (await command.run(context, input as never)) ?? exits.ok;
  } catch (error) {
    if (stoppedBy !== null) return 128 + constants.signals[stoppedBy];
    return reportFailure(error, output, server);
  } finally {
    forget();
  }
}

function contextFor(
  { usesServer }: Command,
  texts: Readonly<Record<string, readonly string[]>>,
  output: Output,
  { env, connect, kindTexts }: Program,
  signal: AbortSignal,
): Context {
  if (!usesServer) return createContext({ connect, kindTexts, output, env, signal, server: defaultServer, token: '' });
  const { server, token } = readFlags(serverFlags, texts, env) as { server?: string; token?: string };
  return createContext({ connect, kindTexts, output, env, signal, server, token });
}

type Asked =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'command';
      readonly command: Command;
      readonly texts: Readonly<Record<string, readonly string[]>>;
      readonly words: readonly string[];
    };

async function understand(args: readonly string[], { commands, version }: Program): Promise<Asked> {
  const { before, rest } = splitBefore(args);
  const [first] = rest;
  if (first === '--version' || first === '-V') return { type: 'text', text: version };
  if (first === undefined || first === '--help' || first === '-h') return helpText(commands, []);
  if (first === 'help') return helpText(commands, rest.slice(1));
  const entry = findCommand(commands, rest);
  if (entry === null) return withoutCommand(commands, rest);
  const command = await entry.load();
  const flags = allFlags(command);
  const shorts = { ...command.shorts, '-h': 'help' };
  const { words, texts } = parseWords([...before, ...rest.slice(entry.name.split(' ').length)], flags, shorts);
  const { help } = readFlags({ help: commonFlags.help }, texts, {});
  if (help === true) return helpText(commands, entry.name.split(' '));
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
    else if (Object.keys(serverFlags).some((name) => flagName(name) === arg)) index += args[index] === arg ? 2 : 1;
    else return { before: args.slice(0, index), rest: args.slice(index) };
  }
}

function findCommand(commands: readonly CommandEntry[], words: readonly string[]): CommandEntry | null {
  const fitting = commands.filter(({ name }) => name.split(' ').every((word, index) => words[index] === word));
  return fitting.sort((a, b) => b.name.length - a.name.length)[0] ?? null;
}

async function helpText(commands: readonly CommandEntry[], words: readonly string[]): Promise<Asked> {
  const { helpOn, helpOnCommands } = await import('./help.ts');
  const entry = words.length === 0 ? null : findCommand(commands, words);
  if (entry !== null) return { type: 'text', text: helpOn(await entry.load()) };
  const group = words.join(' ');
  const members = commands.filter(({ name }) => group === '' || name.startsWith(`${group} `));
  if (members.length === 0) throw unknownCommand(commands, words);
  return { type: 'text', text: helpOnCommands(await Promise.all(members.map(({ load }) => load())), group) };
}

/** `waybill job`, `waybill job --help`, or a word that is none. */
async function withoutCommand(commands: readonly CommandEntry[], rest: readonly string[]): Promise<Asked> {
  const [first = '', second] = rest;
  const isGroup = commands.some(({ name }) => name.startsWith(`${first} `));
  if (isGroup && (second === '--help' || second === '-h')) return helpText(commands, [first]);
  throw unknownCommand(commands, rest);
}

function unknownCommand(commands: readonly CommandEntry[], rest: readonly string[]): UsageProblem {
  const [first = '', second] = rest;
  const inGroup = commands.map(({ name }) => name.split(' ')).filter(([group, name]) => group === first && name);
  // There are both `job` and `jobs`.
  const other = commands.find(({ name }) => name === `${first.replace(/s$/, '')} ${second}`);
  if (other !== undefined) {
    return new UsageProblem(`there is no command "${first} ${second}": did you mean "${other.name}"?`);
  }
  if (inGroup.length > 0) {
    const names = inGroup.map(([, name = '']) => name);
    const meant = second === undefined ? null : lookalike(second, names);
    if (meant !== null) {
      return new UsageProblem(`there is no command "${first} ${second}": did you mean "${first} ${meant}"?`);
    }
    const what =
      second === undefined || second.startsWith('-') ? `"${first}" needs` : `there is no command "${first} ${second}":`;
    return new UsageProblem(`${what} one of ${names.join(', ')}`);
  }
  if (first.startsWith('-')) return new UsageProblem(`${first} stands before the command: write it after the command`);
  const meant = lookalike(first, new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? '')));
  const advice = meant === null ? '`waybill --help` lists them' : `did you mean "${meant}"?`;
  return new UsageProblem(`there is no command "${first}": ${advice}`);
}
