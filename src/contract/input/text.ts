import { pathOf, type Problems } from './problems.ts';

/** How deep a JSON document may be nested. */
const maxDepth = 64;

/** `refuse` names what is wrong; `repair` makes the text storable and goes on. */
export type Strictness = 'refuse' | 'repair';

/**
 * Goes once through a parsed JSON document, in place, for what is JSON but what a store could not
 * keep as it is: NUL (PostgreSQL refuses it in text), half a surrogate pair (lost as UTF-8), -0 (lost
 * as JSON), and nesting that recursive code could not follow. Keys are checked like values.
 */
export function checkText(value: unknown, strictness: Strictness, problems: Problems): unknown {
  return walk(value, '', 0, strictness, problems);
}

function walk(value: unknown, path: string, depth: number, strictness: Strictness, problems: Problems): unknown {
  if (typeof value === 'string') return checkString(value, path, strictness, problems);
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null) return value;
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
    const innerPath = typeof inner === 'string' || typeof inner === 'object' ? pathOf(path, key) : '';
    if (!isStorable(key)) problems.add(pathOf(path, key), 'has a name with a NUL or half a surrogate pair');
    const checked = walk(inner, innerPath, depth + 1, strictness, problems);
    // An own `__proto__` can only be read here: setting it would set the prototype.
    if (checked !== inner && key !== '__proto__') object[key] = checked;
  }
  return object;
}

function checkString(value: string, path: string, strictness: Strictness, problems: Problems): string {
  if (isStorable(value)) return value;
  if (strictness === 'repair') return value.replaceAll('\u0000', '\ufffd').toWellFormed();
  problems.add(path, 'has a NUL or half a surrogate pair');
  return '';
}

function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
