import type { Command, CommandSource } from '../command.ts';
import { flagName, type Flag, type Flags } from '../flag.ts';
import { commonFlags, serverFlags } from '../global-flags.ts';

/** A place on the command line: what may follow the words of a command, or those that begin several. */
export interface Place {
  /** `job run`, `job`, or empty for the program itself. */
  readonly words: string;
  /** The next word: of a command, or an argument of which there is a list. */
  readonly next: readonly Choice[];
  readonly flags: readonly CompletedFlag[];
}

export interface Choice {
  readonly word: string;
  readonly about: string;
}

export interface CompletedFlag extends Choice {
  readonly takesValue: boolean;
  /** Empty: anything, such as a file. */
  readonly values: readonly string[];
}

/** Of `cancel|retry`, and none of `JSON|@FILE`. */
function wordsOf(placeholder: string): readonly string[] {
  return /^[a-z0-9|-]+$/.test(placeholder) && placeholder.includes('|') ? placeholder.split('|') : [];
}

interface Loaded {
  readonly name: string;
  readonly short?: string;
  readonly command: Command;
}

/** All places of the program, from the commands themselves. */
export async function placesOf(sources: readonly CommandSource[]): Promise<readonly Place[]> {
  const commands = await Promise.all(sources.map(async (source) => ({ ...source, command: await source.load() })));
  const groups = [...new Set(commands.flatMap(({ name }) => (name.includes(' ') ? [firstOf(name)] : [])))];
  return [
    {
      words: '',
      next: firstWords(commands, groups),
      flags: [switchOf('--help', 'Print help'), switchOf('--version', 'Print the version')],
    },
    ...groups.map((group) => ({
      words: group, next: verbsOf(commands, group), flags: [switchOf('--help', 'List these commands')],
    })),
    ...commands.flatMap(({ name, short, command }) => {
      const place = placeOf(name, command);
      return short === undefined ? [place] : [place, { ...place, words: short }];
    }),
  ];
}

function firstWords(commands: readonly Loaded[], groups: readonly string[]): readonly Choice[] {
  const single = commands.flatMap(({ name, short, command: { summary } }) => [
    ...(name.includes(' ') ? [] : [{ word: name, about: summary }]),
    ...(short === undefined ? [] : [{ word: short, about: summary }]),
  ]);
  const ofGroups = groups.map((group) => (
    { word: group, about: verbsOf(commands, group).map(({ word }) => word).join(', ') }
  ));
  return [...ofGroups, ...single, { word: 'help', about: 'More about a topic or a command' }];
}

function verbsOf(commands: readonly Loaded[], group: string): readonly Choice[] {
  return commands.flatMap(({ name, command: { summary } }) => (
    name.startsWith(`${group} `) ? [{ word: name.slice(group.length + 1), about: summary }] : []
  ));
}

function placeOf(words: string, command: Command): Place {
  const [argument] = Object.values(command.arguments);
  const next = argument === undefined ? [] : wordsOf(argument.placeholder);
  const flags: Flags = { ...command.flags, ...(command.usesServer ? serverFlags : {}), ...commonFlags };
  const byFlag = Object.values(command.arguments).flatMap(({ flag, about }) => (
    flag === null ? [] : [{ word: flagName(flag), about: firstSentence(about), takesValue: true, values: [] }]
  ));
  return {
    words,
    next: next.map((word) => ({ word, about: '' })),
    flags: [...byFlag, ...Object.entries(flags).map(([name, flag]) => completed(flagName(name), flag))],
  };
}

function completed(word: string, { placeholder, values, about }: Flag<unknown>): CompletedFlag {
  const takesValue = placeholder !== null;
  return { word, about: firstSentence(about), takesValue, values: values ?? (takesValue ? wordsOf(placeholder) : []) };
}

function switchOf(word: string, about: string): CompletedFlag {
  return { word, about, takesValue: false, values: [] };
}

function firstOf(name: string): string {
  return name.split(' ', 1)[0] ?? '';
}

function firstSentence(text: string): string {
  return /^.*?[.;:](?= |$)/.exec(text)?.[0].replace(/[.;:]$/, '') ?? text;
}
