import { pathOf, type Problems } from './problems.ts';
import { Unkept } from './unkept.ts';

/** How deep the JSON of one field may be nested. */
const maxDepth = 64;

/** `refuse` names what is wrong; `repair` makes text storable and goes on. */
export type Strictness = 'refuse' | 'repair';

/**
 * Goes once through a parsed JSON value, in place, for what is JSON but what could not be kept as it is: numbers and
 * names that parsing would change (`Unkept`), NUL (PostgreSQL refuses it in text), half a surrogate pair (lost as
 * UTF-8), and nesting that recursive code could not follow. Names are checked like values. -0 becomes 0, its equal.
 *
 * @param path of the value, for the problems
 */
export function checkJson(value: unknown, path: string, strictness: Strictness, problems: Problems): unknown {
  if (isKeptJson(value)) return value === 0 ? 0 : value;
  return walk(value, path, 0, strictness, problems);
}

/** Whether `checkJson` would find nothing wrong. */
export function isKeptJson(value: unknown): boolean {
  return isKept(value, 0);
}

/** Whether nothing is wrong: most often so, and then no path is needed. */
function isKept(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= maxDepth || value instanceof Unkept) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const entry: unknown = value[index];
      if (entry === 0) value[index] = 0;
      else if (!isKept(entry, depth + 1)) return false;
    }
    return true;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    const inner = object[key];
    if (!isStorable(key)) return false;
    // An own `__proto__` can only be read: setting it would set the prototype.
    if (inner === 0 && key !== '__proto__') object[key] = 0;
    else if (!isKept(inner, depth + 1)) return false;
  }
  return true;
}

function walk(value: unknown, path: string, depth: number, strictness: Strictness, problems: Problems): unknown {
  if (typeof value === 'string') return checkString(value, path, strictness, problems);
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Unkept) {
    const { problem, advice } = value;
    problems.add(path, advice === '' ? problem : `${problem}: ${advice}`);
    return null;
  }
  if (depth >= maxDepth) {
    problems.add(path, `is nested deeper than ${maxDepth} levels`);
    return null;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      value[index] = walk(value[index], pathOf(path, index), depth + 1, strictness, problems);
    }
    return value;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    const inner = object[key];
    if (!isStorable(key)) problems.add(pathOf(path, key), unstorableName);
    const checked = walk(inner, pathOf(path, key), depth + 1, strictness, problems);
    if (checked !== inner && key !== '__proto__') object[key] = checked;
  }
  return object;
}

function checkString(value: string, path: string, strictness: Strictness, problems: Problems): string {
  if (isStorable(value)) return value;
  if (strictness === 'repair') return value.replaceAll('\u0000', '\ufffd').toWellFormed();
  problems.add(path, unstorableText);
  return '';
}

export const unstorableText = 'has a NUL or half a surrogate pair';
export const unstorableName = 'has a name with a NUL or half a surrogate pair';

export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
