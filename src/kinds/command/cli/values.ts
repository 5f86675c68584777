import { split } from 'shlex';
import type { Flag, TextReader } from '../../../transports/cli/flag.ts';
import { UsageProblem } from '../../../transports/cli/usage-problem.ts';

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `A=1,B=2`: a part without `=` belongs to the value before it, so that `A=1,2` is one variable. */
function variables(text: string): Readonly<Record<string, string>> | string {
  if (text === '') return {};
  const found: [string, string][] = [];
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const last = found.at(-1);
    if (equals < 0) {
      if (last === undefined) return `${JSON.stringify(part)} has no value: write NAME=VALUE`;
      last[1] += `,${part}`;
      continue;
    }
    const name = part.slice(0, equals);
    if (!variableName.test(name)) return `${JSON.stringify(name)} cannot be the name of a variable`;
    found.push([name, part.slice(equals + 1)]);
  }
  return Object.fromEntries(found);
}

/** May be given several times; the last value of a name counts. */
export function environmentFlag(about: string): Flag<Readonly<Record<string, string>> | undefined> {
  return {
    placeholder: 'NAME=VALUE,...',
    about,
    env: null,
    required: false,
    read: (texts) => {
      const all: Record<string, string> = {};
      for (const text of texts) {
        const read = variables(text);
        if (typeof read === 'string') return { ok: false, problem: `is ${JSON.stringify(text)}: ${read}` };
        Object.assign(all, read);
      }
      return { ok: true, value: texts.length === 0 ? undefined : all };
    },
  };
}

/** Splits as a shell splits words; nothing is expanded. */
export const words: TextReader<readonly string[]> = {
  allowed: 'words as a shell takes them, with every quotation mark closed',
  parse: (text) => {
    try {
      return split(text);
    } catch {
      return undefined;
    }
  },
};

const units: Readonly<Record<string, number>> = {
  '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40,
};

/** Bytes, with the units of Kubernetes. */
export const byteSize: TextReader<number> = {
  allowed: 'bytes, or a number with Ki, Mi, Gi, Ti (powers of 1024) or K, M, G, T (powers of 1000), such as 512Mi',
  parse: (text) => {
    const [, number = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,9})?)([KMGT]i?)?$/.exec(text) ?? [];
    const bytes = Math.round(Number(number) * (units[unit] ?? Number.NaN));
    return number !== '' && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
  },
};

/** Cores, or thousandths of a core as Kubernetes writes them. */
export const cores: TextReader<number> = {
  allowed: 'a number of cores from 0.01 to 1024, such as 0.5 or 500m',
  parse: (text) => {
    const [, number = '', milli] = /^(\d{1,7}(?:\.\d{1,6})?)(m)?$/.exec(text) ?? [];
    const value = Number(number) / (milli === undefined ? 1 : 1_000);
    return number !== '' && value >= 0.01 && value <= 1_024 ? value : undefined;
  },
};

/** Seconds, as milliseconds. */
export function seconds(min: number, max: number): TextReader<number> {
  return {
    allowed: `a number of seconds from ${min} to ${max}`,
    parse: (text) => {
      const value = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? Math.round(value * 1_000) : undefined;
    },
  };
}

/** Relative to the work directory: `./out/` is `out`. */
export function relative(flag: string, path: string): string {
  const normal = path.split('/').filter((part) => part !== '' && part !== '.').join('/');
  if (path.startsWith('/') || normal === '' || normal.split('/').includes('..')) {
    throw new UsageProblem(`${flag} is ${JSON.stringify(path)}: it must be a path inside of the work directory`);
  }
  return normal;
}
