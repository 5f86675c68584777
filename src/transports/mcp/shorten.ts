/** Characters of JSON that one answer spends on what may be of any size. */
const most = 20_000;

/** From generous to strict: the first that makes it fit is taken. */
const levels = [
  { text: 4_000, entries: 40 },
  { text: 1_000, entries: 20 },
  { text: 300, entries: 10 },
  { text: 120, entries: 4 },
] as const;

export interface Shortened<T> {
  readonly value: T;
  /** Whether something was left out. */
  readonly isCut: boolean;
}

/** JSON of any size in a form that a model can read: long texts are cut, long lists lose their middle. */
export function shorten<T>(value: T, limit = most): Shortened<T> {
  if (fits(value, limit, levels[0])) return { value, isCut: false };
  for (const level of levels) {
    const cut = shortened(value, level, 0);
    if (JSON.stringify(cut).length <= limit) return { value: cut as T, isCut: true };
  }
  const text = JSON.stringify(shortened(value, levels.at(-1)!, 0));
  return { value: `${text.slice(0, limit - 100)} … (${text.length} characters in all)` as T, isCut: true };
}

/** At most so many characters, with a note of how many there are. */
export function shortText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()} … (${text.length} characters in all)`;
}

interface Level {
  readonly text: number;
  readonly entries: number;
}

/** Deeper than anything that people nest. */
const mostDeep = 30;

function fits(value: unknown, limit: number, level: Level): boolean {
  const json = JSON.stringify(value) ?? '';
  return json.length <= limit && JSON.stringify(shortened(value, level, 0)) === json;
}

function shortened(value: unknown, level: Level, depth: number): unknown {
  if (typeof value === 'string') return shortText(value, level.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > mostDeep) return '…';
  if (Array.isArray(value)) {
    const each = (entry: unknown): unknown => shortened(entry, level, depth + 1);
    if (value.length <= level.entries) return value.map(each);
    const half = level.entries / 2;
    const left = `… ${value.length - level.entries} more …`;
    return [...value.slice(0, half).map(each), left, ...value.slice(-half).map(each)];
  }
  const entries = Object.entries(value);
  const kept = entries.slice(0, level.entries * 2)
    .map(([name, entry]) => [shortText(name, 200), shortened(entry, level, depth + 1)] as const);
  const left = entries.length - kept.length;
  return Object.fromEntries(left > 0 ? [...kept, ['…', `${left} more`]] : kept);
}
