/** Characters of JSON that one answer spends on what may be of any size. */
const most = 20_000;

/** From generous to strict: the first that makes it fit is taken. */
const levels = [
  { text: 4_000, entries: 40 },
  { text: 1_000, entries: 20 },
  { text: 300, entries: 10 },
  { text: 120, entries: 4 },
] as const;

/** JSON of any size in a form that a model can read: long texts are cut, long lists lose their middle. */
export function shorten<T>(value: T, limit = most): T {
  const whole = JSON.stringify(value) ?? '';
  let text = '';
  for (const level of levels) {
    const cut = shortened(value, level, 0);
    text = JSON.stringify(cut) ?? '';
    if (text.length <= limit) return text === whole ? value : cut as T;
  }
  return `${text.slice(0, limit - 100)} … (${text.length} characters in all)` as T;
}

/** The same of an object, which stays one. */
export function shortenObject(value: object, limit = most): Record<string, unknown> {
  const cut: unknown = shorten(value, limit);
  return typeof cut === 'object' ? cut as Record<string, unknown> : { cut };
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
