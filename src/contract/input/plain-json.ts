import { pathOf, type Problems } from './problems.ts';

/** Enough for whatever is taken: what may be 64 levels deep stands inside of a body. */
const deepest = 80;

/**
 * A copy of a value as JSON has it. What `JSON.stringify` would change without a word is a problem, named by its path:
 * NaN and Infinity (null), undefined in a list (null), functions and symbols (gone), Map, Set and others that do not
 * show what they hold ({}), dates (text), bytes. Fields that are undefined are left out; `toJSON` is asked.
 *
 * @param path of the value, for the problems
 * @param mostValues in it, each as often as it is there: lists that share others can be endless
 */
export function plainJson(value: unknown, path: string, problems: Problems, mostValues = 1_000_000): unknown {
  const walk: Walk = { inside: [], left: mostValues };
  const json = plain(value, path, walk, problems);
  if (walk.left < 0) problems.add(path, `has more than ${mostValues} values`);
  return walk.left < 0 ? null : json;
}

interface Walk {
  /** The containers on the way down. */
  readonly inside: object[];
  left: number;
}

function plain(value: unknown, path: string, walk: Walk, problems: Problems): unknown {
  walk.left -= 1;
  if (walk.left < 0) return null;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      problems.add(path, `is ${value}, which JSON does not have`);
      return null;
    case 'object':
      return value === null ? null : container(value, path, walk, problems);
    case 'bigint':
      problems.add(path, 'is a BigInt, which JSON does not have: send it as a string');
      return null;
    default:
      problems.add(path, `is ${value === undefined ? 'undefined' : `a ${typeof value}`}, which JSON does not have`);
      return null;
  }
}

function container(value: object, path: string, walk: Walk, problems: Problems): unknown {
  const { inside } = walk;
  if (inside.includes(value)) problems.add(path, 'contains itself');
  else if (inside.length >= deepest) problems.add(path, `is nested deeper than ${deepest} levels`);
  else {
    inside.push(value);
    try {
      return contents(value, path, walk, problems);
    } catch {
      // A getter of its own, a proxy: whatever it threw is its own matter.
      problems.add(path, 'cannot be read: it throws');
    } finally {
      inside.pop();
    }
  }
  return null;
}

function contents(value: object, path: string, walk: Walk, problems: Problems): unknown {
  if (Array.isArray(value)) {
    if (value.length > walk.left) {
      walk.left = -1;
      return null;
    }
    // Not `map`, which passes over holes.
    return Array.from(value, (entry, index) => plain(entry, pathOf(path, index), walk, problems));
  }
  const refuse = (problem: string): null => {
    problems.add(path, problem);
    return null;
  };
  const sort = Object.prototype.toString.call(value).slice(8, -1);
  if (sort === 'Date') return refuse('is a Date, which JSON does not have: send its toISOString()');
  if (ArrayBuffer.isView(value) || sort === 'ArrayBuffer') return refuse(`is a ${sort}: send its bytes as base64`);
  if (sort === 'Error') return refuse('is an Error, which JSON does not have: send its message');
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return plain(toJSON.call(value, ''), path, walk, problems);
  if (sort === 'Number' || sort === 'String' || sort === 'Boolean') {
    return plain(value.valueOf(), path, walk, problems);
  }
  const names = Object.keys(value);
  if (names.length === 0 && !isPlain(value)) return refuse(`is a ${nameOf(value, sort)}, which JSON does not have`);
  const copy: Record<string, unknown> = {};
  for (const name of names) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner === undefined) continue;
    const json = plain(inner, pathOf(path, name), walk, problems);
    // Setting `__proto__` would set the prototype.
    if (name !== '__proto__') copy[name] = json;
    else Object.defineProperty(copy, name, { value: json, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

/** Also from another realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: object, sort: string): string {
  const { name } = value.constructor;
  return sort === 'Object' && typeof name === 'string' && name !== '' ? name.slice(0, 100) : sort;
}
