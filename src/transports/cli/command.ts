import type { Context } from './context.ts';
import type { Flags, FlagValues } from './flag.ts';

/** A word on the command line that is no flag. */
export interface Argument {
  readonly placeholder: string;
  readonly about: string;
  /** A flag that may be used in its stead: `--id`. */
  readonly flag: string | null;
  readonly required: boolean;
  /** Takes every word that is left, at least one. */
  readonly rest: boolean;
}

export type Arguments = Readonly<Record<string, Argument>>;
export type ArgumentValues<A extends Arguments> = {
  readonly [Name in keyof A]: A[Name]['rest'] extends true
    ? A[Name]['required'] extends true
      ? readonly [string, ...string[]]
      : readonly string[]
    : A[Name]['required'] extends true
      ? string
      : string | undefined;
};

export interface Command<F extends Flags = Flags, A extends Arguments = Arguments> {
  /** Its words: "job create". */
  readonly name: string;
  /** A few words. */
  readonly summary: string;
  /** Sentences; paragraphs are separated by an empty line. */
  readonly description: string;
  readonly arguments: A;
  readonly flags: F;
  /** Flags by a letter: `-f` is `follow`. */
  readonly shorts: Readonly<Record<string, string>>;
  /** Whether it talks to a server: then it takes `--server` and `--token`. */
  readonly usesServer: boolean;
  /** Each a command line, without `waybill`, and what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Exit statuses beside those that every command has. */
  readonly exits: Readonly<Record<number, string>>;
  /** Gives the exit status; nothing is 0. */
  run(context: Context, input: Input<F, A>): Promise<number | void>;
}

export interface Input<F extends Flags, A extends Arguments> {
  readonly args: ArgumentValues<A>;
  readonly flags: FlagValues<F>;
}

/** Where a command is. */
export interface CommandSource {
  readonly name: string;
  /** One word that may stand for its words. */
  readonly short?: string;
  load(): Promise<Command>;
}

/** What is known of a command before it is loaded, so that none waits for the others' modules. */
export interface CommandEntry extends CommandSource {
  readonly summary: string;
}

/** Commands that belong together in help. */
export interface CommandTopic {
  /** For `waybill help NAME`. */
  readonly name: string;
  readonly title: string;
  /** Whole names, or first words, which stand for all commands that have them and are named nowhere else. */
  readonly commands: readonly string[];
}

type Definition<F extends Flags, A extends Arguments> = Pick<Command<F, A>, 'name' | 'summary' | 'examples' | 'run'> &
  Partial<Pick<Command<F, A>, 'description' | 'arguments' | 'flags' | 'shorts' | 'usesServer' | 'exits'>>;

export function defineCommand<
  const F extends Flags = Record<never, never>,
  const A extends Arguments = Record<never, never>,
>(definition: Definition<F, A>): Command {
  const whole = { description: '', arguments: {}, flags: {}, shorts: {}, usesServer: true, exits: {}, ...definition };
  return whole as unknown as Command;
}

export function argument(placeholder: string, about: string, flag: string | null = null) {
  return { placeholder, about, flag, required: true, rest: false } as const;
}

export function optionalArgument(placeholder: string, about: string, flag: string | null = null) {
  return { placeholder, about, flag, required: false, rest: false } as const;
}

export function restArguments(placeholder: string, about: string) {
  return { placeholder, about, flag: null, required: true, rest: true } as const;
}

export function optionalRest(placeholder: string, about: string) {
  return { placeholder, about, flag: null, required: false, rest: true } as const;
}

/** The job of a command about one job. */
export const jobArgument = argument('ID', 'The job.', 'id');
