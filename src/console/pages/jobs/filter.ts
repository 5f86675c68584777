import type { JobRoutes } from '../../../contract/jobs.ts';
import type { RouteInput } from '../../../contract/route.ts';

/*
 * What a list of jobs is narrowed by: terms such as `phase:failed`, each a part of the page's address under its own
 * name, so that a list can be bookmarked, sent to somebody and linked to from other pages.
 */

export const filterNames = ['kind', 'status', 'phase', 'type', 'owner', 'label', 'after', 'before'] as const;
export type FilterName = (typeof filterNames)[number];

export interface Term {
  readonly name: FilterName;
  readonly value: string;
}

type ListQuery = NonNullable<RouteInput<JobRoutes['listJobs']>['query']>;
export type JobQuery = Omit<ListQuery, 'limit' | 'cursor' | 'offset'>;

/** Of the others a list has one at most. */
const several: ReadonlySet<FilterName> = new Set(['status', 'label']);
const valueLength = 320;

export function termsOf(query: URLSearchParams): readonly Term[] {
  let terms: readonly Term[] = [];
  for (const [name, text] of query) {
    if (!isFilterName(name)) continue;
    const values = name === 'status' ? text.split(',') : [text];
    for (const value of values) if (problemOf({ name, value }) === null) terms = withTerm(terms, { name, value });
  }
  return terms;
}

/** "?kind=task&label=sku:A"; empty without terms. */
export function queryOf(terms: readonly Term[]): string {
  const query = new URLSearchParams();
  for (const { name, value } of terms) {
    const known = name === 'status' ? query.get('status') : null;
    if (known === null) query.append(name, value);
    else query.set('status', `${known},${value}`);
  }
  // As people write them; a query may hold both.
  return query.size === 0 ? '' : `?${query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',')}`;
}

export function withTerm(terms: readonly Term[], term: Term): readonly Term[] {
  const others = terms.filter(
    ({ name, value }) => name !== term.name || (several.has(name) && !isSameLabel(value, term)),
  );
  return [...others, term];
}

/** A list takes one value of a label. */
function isSameLabel(value: string, term: Term): boolean {
  return value === term.value || (term.name === 'label' && labelName(value) === labelName(term.value));
}

function labelName(value: string): string {
  return value.slice(0, value.indexOf(':'));
}

/** What has been typed, as a term; null where it is none. A label's name is enough: `sku:A-17` for `label:sku:A-17`. */
export function parseTerm(text: string, labelNames: readonly string[]): Term | null {
  const [, name = '', quoted = ''] = /^\s*([^\s:]+):\s*(.*?)\s*$/.exec(text) ?? [];
  const known = name.toLowerCase();
  const value = quoted.replace(/^"(.*)"$/, '$1');
  if (value === '') return null;
  if (isFilterName(known)) return { name: known, value };
  return labelNames.includes(name) ? { name: 'label', value: `${name}:${value}` } : null;
}

export function isFilterName(name: string): name is FilterName {
  return (filterNames as readonly string[]).includes(name);
}

const phases = ['waiting', 'active', 'succeeded', 'failed', 'canceled'];

/** Why it cannot be asked for; null where it can. What the server alone knows, it says itself. */
export function problemOf({ name, value }: Term): 'label' | 'time' | 'phase' | 'long' | null {
  if (value === '' || value.length > valueLength) return 'long';
  if (name === 'label' && !/^[^:]{1,63}:.+$/.test(value)) return 'label';
  if (name === 'phase' && !phases.includes(value)) return 'phase';
  if ((name === 'after' || name === 'before') && timeOf(value, 0) === null) return 'time';
  return null;
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** "90m", "24h", "7d" ago; "today"; a day or a time of this time zone. Milliseconds since 1970; null: it is none. */
function timeOf(text: string, now: number): number | null {
  const [, size, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (unit !== undefined) return now - Number(size) * units[unit as keyof typeof units];
  if (text === 'today') return new Date(now).setHours(0, 0, 0, 0);
  if (!/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)) return null;
  // A day alone would be one of UTC.
  const ms = Date.parse(text.length === 10 ? `${text}T00:00` : text);
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}

/** `now`: of the moment when the list was asked for, so that all of its pages have the same bounds. */
export function requestOf(terms: readonly Term[], now: number): JobQuery {
  const one = (name: FilterName): string | undefined => terms.find((term) => term.name === name)?.value;
  const all = (name: FilterName): readonly string[] =>
    terms.flatMap((term) => (term.name === name ? [term.value] : []));
  const time = (name: FilterName): string | undefined => {
    const value = one(name);
    const ms = value === undefined ? null : timeOf(value, now);
    return ms === null ? undefined : new Date(ms).toISOString();
  };
  const asked = {
    kind: one('kind'),
    type: one('type'),
    phase: one('phase'),
    owner: one('owner'),
    status: all('status').join(',') || undefined,
    label: all('label').length === 0 ? undefined : all('label'),
    createdFrom: time('after'),
    createdBefore: time('before'),
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as JobQuery;
}

/** Digits of an id, as somebody copied them; null where it is something else. At least eight: a minute of jobs. */
export function idStart(text: string): string | null {
  const digits = text.trim().toLowerCase();
  return /^[0-9a-f]{8}[0-9a-f-]{0,28}$/.test(digits) && !digits.includes('--') ? digits : null;
}

/** When jobs were made whose ids begin so: ids begin with their time. */
export function timesOf(start: string): { readonly createdFrom: string; readonly createdBefore: string } | null {
  const digits = start.replaceAll('-', '').slice(0, 12);
  const [from, last] = [parseInt(digits.padEnd(12, '0'), 16), parseInt(digits.padEnd(12, 'f'), 16)];
  // Of other ids, which clients chose, it is no time.
  if (last + 1 >= 253_402_300_800_000) return null;
  return { createdFrom: new Date(from).toISOString(), createdBefore: new Date(last + 1).toISOString() };
}
