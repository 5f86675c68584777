/** How the text of an option becomes a value, and in words what is allowed. */
export interface Value<T> {
  /** For help and documentation: `PORT`, `URL`, `true|false`. */
  readonly placeholder: string;
  /** Completes "it must be …". */
  readonly allowed: string;
  /** Undefined when the text is none of what is allowed. */
  parse(text: string): T | undefined;
}

export function text(placeholder: string, allowed: string, pattern: RegExp): Value<string> {
  return { placeholder, allowed, parse: (given) => (pattern.test(given) ? given : undefined) };
}

/** Digits only: "1e3", "0x10" and " 5" are no numbers that anybody meant to write. */
export function integer(placeholder: string, min: number, max: number): Value<number> {
  return {
    placeholder,
    allowed: `a whole number from ${min} to ${max}`,
    parse(given) {
      const number = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}

/** Of a hundred, with at most two decimals. */
export function percent(min: number, max: number): Value<number> {
  return {
    placeholder: 'PERCENT',
    allowed: `a number from ${min} to ${max} with at most two decimals`,
    parse(given) {
      const number = /^\d{1,3}(\.\d{1,2})?$/.test(given) ? Number(given) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  };
}
/** US dollars with at most six decimals, as a whole number of micro-dollars. */
export const usd: Value<number> = {
  placeholder: 'USD',
  allowed: 'an amount such as 50 or 0.25, up to 1000000, with at most 6 decimals',
  parse(given) {
    const [, whole, fraction = ''] = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(given) ?? [];
    const micro = whole === undefined ? Number.NaN : Number(`${whole}${fraction.padEnd(6, '0')}`);
    return micro <= 1_000_000_000_000 ? micro : undefined;
  },
};

/** A Map: of an object's own names "constructor" is one too. */
const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((text) => [text, true] as const),
  ...['false', '0', 'no', 'off'].map((text) => [text, false] as const),
]);

export const yesOrNo: Value<boolean> = {
  placeholder: 'true|false',
  allowed: 'true or false (1, 0, yes, no, on and off will do)',
  parse: (given) => truths.get(given.toLowerCase()),
};

export function choice<const T extends string>(...names: readonly T[]): Value<T> {
  return {
    placeholder: names.join('|'),
    allowed: names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`,
    parse: (given) => names.find((name) => name === given),
  };
}

/** Comma-separated; spaces around the entries and empty ones are dropped, what is there twice counts once. */
export function list<T extends string>(entry: Value<T>, allowed: string): Value<readonly T[]> {
  return {
    placeholder: `${entry.placeholder},...`,
    allowed,
    parse(given) {
      const texts = given
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '');
      const values = texts.map((each) => entry.parse(each));
      return values.every((each) => each !== undefined) ? [...new Set(values)] : undefined;
    },
  };
}

/** An address that paths can be put behind; comes back without a slash at its end. */
export const httpUrl: Value<string> = {
  placeholder: 'URL',
  allowed: 'an http:// or https:// URL without query, fragment or credentials',
  parse(given) {
    const url = URL.canParse(given) ? new URL(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol) || /[?#\s]/.test(given)) return undefined;
    return url.username === '' && url.password === '' ? url.href.replace(/\/+$/, '') : undefined;
  },
};

/** What a browser sends as `Origin`, or `*`. */
export const origin: Value<string> = {
  placeholder: 'ORIGIN',
  allowed: 'an origin such as https://shop.example, or *',
  parse(given) {
    if (given === '*') return given;
    const url = httpUrl.parse(given);
    return url !== undefined && new URL(url).pathname === '/' ? new URL(url).origin : undefined;
  },
};

/** Printable ASCII, so that it can stand in a header. */
export function secret(minLength: number): Value<string> {
  return {
    placeholder: 'SECRET',
    allowed: `at least ${minLength} printable ASCII characters`,
    parse: (given) => (given.length >= minLength && /^[!-~]+$/.test(given) ? given : undefined),
  };
}
