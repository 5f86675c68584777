import { lookalike } from '../../contract/input/lookalike.ts';
import type { Argument, Arguments } from './command.ts';
import { variableOf } from './env-files.ts';
import { flagName, type Flags } from './flag.ts';
import { UsageProblem } from './usage-problem.ts';

export interface ParsedWords {
  readonly words: readonly string[];
  /** The texts of each flag that was given, by its camelCase name. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/**
 * Takes flags and words apart: `--name value`, `--name=value`, `--switch`, `--no-switch`, `-f` for the flags
 * in `shorts`, and `--` before words that look like flags. A flag's value may begin with one dash.
 * Throws UsageProblem for a flag that there is not, or one without its value.
 */
export function parseWords(
  args: readonly string[],
  flags: Flags,
  shorts: Readonly<Record<string, string>> = {},
): ParsedWords {
  const words: string[] = [];
  const texts: Record<string, string[]> = {};
  const byName = new Map(Object.keys(flags).map((name) => [flagName(name), name]));
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      words.push(...args.slice(index + 1));
      break;
    }
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const written = equals < 0 ? arg : arg.slice(0, equals);
    const { name, negated } = find(written, byName, flags, shorts);
    const given = (texts[name] ??= []);
    if (flags[name]?.placeholder === null) {
      const positive = equals < 0 ? 'true' : arg.slice(equals + 1);
      given.push(negated ? 'false' : positive);
      continue;
    }
    const next = args[index + 1];
    if (equals >= 0) given.push(arg.slice(equals + 1));
    else if (next === undefined || byName.has(next.split('=', 1)[0] ?? '')) {
      throw new UsageProblem(`${written} needs a value: ${written} ${flags[name]?.placeholder}`);
    } else {
      given.push(next);
      index += 1;
    }
  }
  return { words, texts };
}

function find(
  written: string,
  byName: ReadonlyMap<string, string>,
  flags: Flags,
  shorts: Readonly<Record<string, string>>,
): { name: string; negated: boolean } {
  const name = byName.get(written) ?? (Object.hasOwn(shorts, written) ? shorts[written] : undefined);
  if (name !== undefined && Object.hasOwn(flags, name)) return { name, negated: false };
  const positive = byName.get(written.replace(/^--no-/, '--'));
  if (positive !== undefined && flags[positive]?.placeholder === null) return { name: positive, negated: true };
  const meant = lookalike(written, byName.keys());
  throw new UsageProblem(`there is no flag ${written}${meant === null ? '' : `: did you mean ${meant}?`}`);
}

/** The values of all flags, those taken from the environment too. Throws UsageProblem. */
export function readFlags(
  flags: Flags,
  texts: ParsedWords['texts'],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const given = texts[name] ?? textsOf(flag, env);
    const reading = flag.read(given);
    const written = texts[name] === undefined && given.length > 0 ? flag.env : flagName(name);
    if (!reading.ok) throw new UsageProblem(`${written} ${reading.problem}`);
    values[name] = reading.value;
  }
  return values;
}

function textsOf({ env: name, secret = false }: Flags[string], env: Parameters<typeof readFlags>[2]): string[] {
  if (name === null) return [];
  const variable = variableOf(env, name, secret);
  if (!variable.ok) throw new UsageProblem(variable.problem);
  return variable.value === undefined ? [] : [variable.value];
}

/** The words by the names of the arguments. Throws UsageProblem for a missing or a surplus one. */
export function readArguments(
  definitions: Arguments,
  words: readonly string[],
  texts: ParsedWords['texts'],
): Record<string, string | readonly string[] | undefined> {
  const left = [...words];
  const values: Record<string, string | readonly string[] | undefined> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const byFlag = definition.flag === null ? undefined : texts[definition.flag]?.at(-1);
    const value = definition.rest ? left.splice(0) : (byFlag ?? left.shift());
    if (definition.required && (value === undefined || value.length === 0)) throw new UsageProblem(missing(definition));
    values[name] = value;
  }
  if (left.length > 0) throw new UsageProblem(`"${left[0]}" is one word too many`);
  return values;
}

function missing({ placeholder, about }: Argument): string {
  const what = about.replace(/\.$/, '').replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  return `${placeholder} is missing (${what}): --help shows where it goes`;
}
