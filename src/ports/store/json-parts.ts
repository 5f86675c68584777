/**
 * How stores keep an object's JSON: what is large in a column of its own, so that lists need not read it. Of most
 * objects nothing is.
 */
export interface JsonParts {
  readonly small: string;
  /** Null: all is in the other part. */
  readonly large: string | null;
}

/** JSON of at most this many characters is kept in one part. */
const wholeLength = 8_192;
/** Of a property's JSON that stays in the small part even so: a hundred ids fit. */
const propertyLength = 4_096;

/** Of large objects: to write one takes milliseconds, and each commit asks several times. */
const known = new WeakMap<object, JsonParts>();

/** Of the others those that were asked for lately: a commit asks twice. */
const recent = new Map<object, JsonParts>();
const mostRecent = 512;

/** Plain JSON of a value that does not change any more. Only an object's can be large. */
export function splitJson(value: unknown): JsonParts {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const before = isObject ? (recent.get(value) ?? known.get(value)) : undefined;
  if (before !== undefined) return before;
  const whole = JSON.stringify(value);
  if (!isObject) return { small: whole, large: null };
  if (whole.length <= wholeLength) {
    const parts = { small: whole, large: null };
    if (recent.size === mostRecent) recent.clear();
    recent.set(value, parts);
    return parts;
  }
  const small: string[] = [];
  const large: string[] = [];
  for (const [name, property] of Object.entries(value)) {
    const json = JSON.stringify(property) as string | undefined;
    if (json === undefined) continue;
    (json.length <= propertyLength ? small : large).push(`${JSON.stringify(name)}:${json}`);
  }
  const parts = { small: `{${small.join(',')}}`, large: large.length === 0 ? null : `{${large.join(',')}}` };
  known.set(value, parts);
  return parts;
}

/** With `large` null although there is such a part: without what is large. */
export function joinJson<T>(small: string, large: string | null): T {
  return large === null ? JSON.parse(small) : { ...JSON.parse(small), ...JSON.parse(large) };
}
