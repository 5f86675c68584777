import { fileVariable, variableOf } from '../../transports/cli/env-files.ts';
import { options, type Option, type OptionName, type OptionValues } from './options.ts';

export interface Sources {
  /** The texts of the flags that were given, by option. */
  readonly flags: Readonly<Partial<Record<OptionName, string | undefined>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of a program that embeds the server: the texts of its options. They win. */
  readonly program?: Readonly<Partial<Record<OptionName, string | undefined>>>;
}

export interface OptionProblem {
  readonly option: OptionName;
  /** One line that names the option as it was written, its value unless secret, and what is allowed. */
  readonly message: string;
}

export type Origin = 'program' | 'flag' | 'environment' | 'file' | 'default' | 'unset';

export interface ReadOptions {
  /** Without those that have a problem. */
  readonly values: OptionValues;
  readonly origins: Readonly<Record<OptionName, Origin>>;
  /** In the order of the table. */
  readonly problems: readonly OptionProblem[];
}

/** Each option by itself; `configFrom` looks at them together. */
export function readOptions(sources: Sources): ReadOptions {
  const values: Partial<Record<OptionName, unknown>> = {};
  const origins: Partial<Record<OptionName, Origin>> = {};
  const problems: OptionProblem[] = [];
  for (const [name, option] of Object.entries(options) as [OptionName, Option<unknown>][]) {
    const { origin, given, problem } = givenOf(sources, name, option);
    origins[name] = origin;
    if (problem !== undefined) problems.push({ option: name, message: problem });
    const value = given === undefined ? undefined : option.value.parse(given);
    values[name] = value;
    if (given === undefined || value !== undefined) continue;
    const written = writtenName(name, origin);
    const shown = option.secret ? `${written} has a wrong value (not shown)` : `${written} is ${JSON.stringify(given)}`;
    problems.push({ option: name, message: `${shown}: it must be ${option.value.allowed}` });
  }
  return { values: values as OptionValues, origins: origins as Record<OptionName, Origin>, problems };
}

/** The option as whoever set it wrote it. */
export function writtenName(name: OptionName, origin: Origin): string {
  const { env, flag }: Option<unknown> = options[name];
  if (origin === 'program') return name === 'data' ? 'dataDir' : name;
  if (origin === 'file') return fileVariable(env);
  return origin === 'flag' ? `--${flag}` : env;
}

/** The text of one option, and who wrote it; or why that cannot be read. */
export function givenOf(
  { flags, env, program }: Sources,
  name: OptionName,
  option: Option<unknown>,
): { readonly origin: Origin; readonly given?: string; readonly problem?: string } {
  const said = program?.[name];
  if (said !== undefined) return { origin: 'program', given: said };
  const flag = flags[name];
  if (flag !== undefined) return { origin: 'flag', given: flag };
  const variable = variableOf(env, option.env, option.secret === true);
  if (!variable.ok) return { origin: 'file', problem: variable.problem };
  if (variable.value !== undefined) {
    return { origin: variable.fromFile ? 'file' : 'environment', given: variable.value };
  }
  return option.default === null ? { origin: 'unset' } : { origin: 'default', given: option.default };
}
