/** Rules for the fields of a provider's configuration, which is checked when the provider is registered. */
export interface Rule {
  /** What the value must be: "must be true or false". */
  readonly says: string;
  holds(value: unknown): boolean;
}

export type Rules<Config> = Readonly<Record<keyof Config, Rule>>;

const maxText = 4_096;
const maxEntries = 64;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** At most 4,096 characters. */
export const text = (says: string, pattern: RegExp): Rule => ({
  says,
  holds: (value) => typeof value === 'string' && value.length <= maxText && pattern.test(value),
});

export const oneOf = (...allowed: readonly string[]): Rule => ({
  says: `must be ${allowed.join(', ')}`,
  holds: (value) => allowed.includes(value as string),
});

export const number = (says: string, least: number, most: number, whole: boolean): Rule => ({
  says,
  holds: (value) => {
    const isNumber = typeof value === 'number' && value >= least && value <= most;
    return isNumber && (!whole || Number.isInteger(value));
  },
});

/** `what`: of what it is a list, in the plural. */
export const listOf = (what: string, holds: (each: unknown) => boolean): Rule => ({
  says: `must be a list of at most ${maxEntries} ${what}`,
  holds: (value) => Array.isArray(value) && value.length <= maxEntries && value.every(holds),
});

export const objectOf = (what: string, holds: (name: string, each: unknown) => boolean): Rule => ({
  says: `must be an object of at most ${maxEntries} ${what}`,
  holds: (value) => isRecord(value) && Object.keys(value).length <= maxEntries &&
    Object.entries(value).every(([name, each]) => holds(name, each)),
});

export const yesOrNo: Rule = { says: 'must be true or false', holds: (value) => typeof value === 'boolean' };
const bytes = number('must be a number of bytes', 1, Number.MAX_SAFE_INTEGER, true);

/** Of the workers that providers make. */
export const workerRules = {
  image: text('must be the name of an image', /^\S{1,512}$/),
  pull: oneOf('never', 'if-missing', 'always'),
  gpu: yesOrNo,
  cpuCores: number('must be 0.01 to 1024', 0.01, 1_024, false),
  memoryBytes: bytes,
  diskBytes: bytes,
  readOnlyRoot: yesOrNo,
} as const;

/** What is wrong with a configuration, by field; null if every field is known and its rule holds. */
export function problemsBy<Config>(
  rules: Rules<Config>,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> | null {
  const names = Object.keys(rules);
  const advice = names.length === 0 ? 'there is nothing to configure' : `use one of ${names.join(', ')}`;
  const known = new Map<string, Rule>(Object.entries(rules));
  const problems = Object.entries(config).flatMap(([name, value]): [string, string][] => {
    const rule = known.get(name);
    if (rule === undefined) return [[name, `is unknown: ${advice}`]];
    return rule.holds(value) ? [] : [[name, rule.says]];
  });
  return problems.length === 0 ? null : Object.fromEntries(problems);
}
