/** What a flag's texts become, or what is wrong with them (completes "--name …"). */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export interface Flag<T> {
  /** For help: `N`, `free|pro`. Null for a switch, which takes no value. */
  readonly placeholder: string | null;
  /** A sentence for help. */
  readonly about: string;
  /** Environment variable that is taken when the flag is not given. */
  readonly env: string | null;
  /** Whether it is a secret, which may also be in the file that NAME_FILE names. */
  readonly secret?: boolean;
  readonly required: boolean;
  /** All that it may be, where that is a list; for completion. */
  readonly values?: readonly string[];
  /** The texts that were given, in order; empty when the flag was not. The last one counts. */
  read(texts: readonly string[]): Reading<T>;
}

/** By camelCase name; on the command line `expiresInDays` is `--expires-in-days`. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never;
};

/** Undefined when the text is none of what is allowed. */
export interface TextReader<T> {
  /** Completes "it must be …". */
  readonly allowed: string;
  /** All of what is allowed, where that is a list. */
  readonly values?: readonly string[];
  parse(text: string): T | undefined;
}

export const anyText: TextReader<string> = { allowed: 'a text', parse: (text) => (text === '' ? undefined : text) };

/** Negative ones too, where `min` is. */
export function wholeNumber(min: number, max: number): TextReader<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

export function oneOf<const T extends string>(...names: readonly T[]): TextReader<T> {
  return {
    allowed: `one of ${names.join(', ')}`, values: names, parse: (text) => names.find((name) => name === text),
  };
}

/** Comma-separated; empty entries are dropped. */
export function commaList<T>(entry: TextReader<T>): TextReader<readonly T[]> {
  return {
    allowed: `a comma-separated list, each ${entry.allowed}`,
    parse: (text) => {
      const texts = text
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '');
      const values = texts.map((each) => entry.parse(each)).filter((each) => each !== undefined);
      return values.length === texts.length && values.length > 0 ? values : undefined;
    },
  };
}

const truths: ReadonlyMap<string, boolean> = new Map([['true', true], ['false', false]]);

/** `--name`, or `--no-name` to take it back; `standard` is what it is without either. */
export function toggle(about: string, standard = false): Flag<boolean> {
  return {
    placeholder: null,
    about,
    env: null,
    required: false,
    read: (texts) => {
      const value = texts.length === 0 ? standard : truths.get(texts.at(-1) ?? '');
      return value === undefined ? { ok: false, problem: 'must be true or false' } : { ok: true, value };
    },
  };
}

export function optional<T>(
  placeholder: string,
  reader: TextReader<T>,
  about: string,
  env: string | null = null,
): Flag<T | undefined> {
  return {
    placeholder,
    about,
    env,
    required: false,
    ...valuesOf(reader),
    read: (texts) => {
      const text = texts.at(-1);
      return text === undefined ? { ok: true, value: undefined } : readText(reader, text);
    },
  };
}

/** Of a secret: the variable may name a file instead. */
export function asSecret<T>(flag: Flag<T>): Flag<T> {
  return { ...flag, secret: true };
}

/** May be given several times; undefined when it was not. */
export function repeated<T>(
  placeholder: string,
  reader: TextReader<T>,
  about: string,
): Flag<readonly T[] | undefined> {
  return {
    placeholder,
    about,
    env: null,
    required: false,
    ...valuesOf(reader),
    read: (texts) => {
      const values: T[] = [];
      for (const text of texts) {
        const reading = readText(reader, text);
        if (!reading.ok) return reading;
        values.push(reading.value);
      }
      return { ok: true, value: values.length === 0 ? undefined : values };
    },
  };
}

/** May be given several times; the last value of a name counts. */
export function pairsFlag(placeholder: string, about: string): Flag<Readonly<Record<string, string>> | undefined> {
  return {
    placeholder,
    about,
    env: null,
    required: false,
    read: (texts) => {
      const pairs: [string, string][] = [];
      for (const text of texts) {
        const equals = text.indexOf('=');
        if (equals < 1) return { ok: false, problem: `is ${JSON.stringify(text)}: it must be ${placeholder}` };
        pairs.push([text.slice(0, equals), text.slice(equals + 1)]);
      }
      return { ok: true, value: texts.length === 0 ? undefined : Object.fromEntries(pairs) };
    },
  };
}

export function required<T>(placeholder: string, reader: TextReader<T>, about: string): Flag<T> {
  return {
    placeholder,
    about,
    env: null,
    required: true,
    ...valuesOf(reader),
    read: (texts) => {
      const text = texts.at(-1);
      return text === undefined ? { ok: false, problem: 'is needed' } : readText(reader, text);
    },
  };
}

function valuesOf({ values }: TextReader<unknown>): Pick<Flag<unknown>, 'values'> {
  return values === undefined ? {} : { values };
}

function readText<T>(reader: TextReader<T>, text: string): Reading<T> {
  const value = reader.parse(text);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, problem: `is ${JSON.stringify(text)}: it must be ${reader.allowed}` };
}

/** `expiresInDays` → `--expires-in-days` */
export function flagName(name: string): string {
  return `--${name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()}`;
}
