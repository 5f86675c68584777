import { shorten } from './shorten.ts';

export interface Problem {
  /** `items.3.error` */
  readonly where: string;
  readonly what: unknown;
}

/** Names that kinds give to what went wrong. */
const names = /^(error|errors|errorLog|errorMessage|failure|cancelReason)$/;
const most = 10;
const mostDeep = 6;
/** Characters of one. */
const length = 3_000;

/** What the view of a job of whatever kind says that went wrong, the newest of it. */
export function problemsIn(view: object): Problem[] {
  const found: Problem[] = [];
  collect(view, [], found);
  return found.slice(-most).map(({ where, what }) => ({ where, what: shorten(what, length) }));
}

function collect(value: unknown, path: readonly string[], found: Problem[]): void {
  if (typeof value !== 'object' || value === null || path.length > mostDeep) return;
  for (const [name, entry] of Object.entries(value)) {
    const here = [...path, name];
    if (!names.test(name)) {
      // What people gave it may have any names.
      if (name !== 'data' && name !== 'result' && name !== 'labels') collect(entry, here, found);
    } else if (Array.isArray(entry)) {
      entry.forEach((each, index) => found.push({ where: [...here, index].join('.'), what: each }));
    } else if (entry !== null && entry !== '') {
      found.push({ where: here.join('.'), what: withCode(entry, value as Readonly<Record<string, unknown>>) });
    }
  }
}

/** With the code and the stack that stand beside a message. */
function withCode(entry: unknown, beside: Readonly<Record<string, unknown>>): unknown {
  const { errorCode, errorStack } = beside;
  if (typeof entry !== 'string' || typeof errorCode !== 'string') return entry;
  return { code: errorCode, message: entry, ...(typeof errorStack === 'string' && { stack: errorStack }) };
}
