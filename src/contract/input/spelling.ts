import * as z from 'zod';
import { lookalike } from './lookalike.ts';
import { pathOf, type Problems } from './problems.ts';
import { checkJson, isStorable, unstorableName, type Strictness } from './text.ts';
import { Unkept } from './unkept.ts';

/**
 * Brings an input's field names into the schema's spelling, and checks what cannot be kept (see `checkJson`), before
 * zod sees it:
 *
 * - each camelCase field is also taken in snake_case; both with different values is a problem;
 * - null for a field that may be left out, but not be null, leaves it out;
 * - unknown fields are dropped, so that a client may send more than this version knows. One that
 *   looks like a field that is missing (`itemCounts`, `item-count`) is a problem instead: dropping it
 *   would do something else than was asked. A lenient route (see `Route.lenient`) drops those too. In a strict object
 *   (`z.strictObject`) every unknown one is a problem;
 * - free JSON (`z.unknown()`) is kept as it is or refused, on lenient routes too: repaired are texts for people.
 *
 * Compiled once per schema, because it runs on every request.
 */
export type Spelling = (value: unknown, path: string, problems: Problems) => unknown;

/** Entries that are read later, each with a reader of its own, so that what is wrong with one spoils no other. */
export const readLater = z.registry<Record<never, never>>();

const asItIs: Spelling = (value) => value;
const json = leaf('refuse');
const typed: Readonly<Record<Strictness, Spelling>> = { refuse: leaf('refuse', false), repair: leaf('repair', false) };
const leaves: ReadonlySet<Spelling> = new Set([asItIs, json, ...Object.values(typed)]);

/** @param isFree whether any JSON may stand there */
function leaf(strictness: Strictness, isFree = true): Spelling {
  return (value, path, problems) => {
    if (!(value instanceof Unkept) || isFree) return checkJson(value, path, strictness, problems);
    problems.add(path, value.problem);
    return undefined;
  };
}

/** Unknown names of one object that are compared with the known ones. */
const maxCompared = 20;

export function compileSpelling(schema: z.core.$ZodType, lenient: boolean): Spelling {
  const { inner } = unwrapped(schema);
  if (readLater.has(inner)) return asItIs;
  if (inner instanceof z.ZodUnknown) return json;
  if (inner instanceof z.ZodObject) {
    const isStrict = inner.def.catchall instanceof z.ZodNever;
    return objectSpelling(fieldsOf([inner], lenient), { lenient, isStrict });
  }
  if (inner instanceof z.ZodArray) return arraySpelling(compileSpelling(inner.element, lenient));
  if (inner instanceof z.ZodRecord) return recordSpelling(compileSpelling(inner.valueType, lenient));
  if (inner instanceof z.ZodDiscriminatedUnion) return chosenSpelling(inner, lenient);
  if (inner instanceof z.ZodUnion) {
    const objects = inner.options.filter((option) => option instanceof z.ZodObject);
    if (objects.length > 0) return objectSpelling(fieldsOf(objects, lenient), { lenient, isStrict: false });
  }
  return typed[lenient ? 'repair' : 'refuse'];
}

/** What is inside optional, nullable, default and the like, and what they allow. */
export function unwrapped(schema: z.core.$ZodType): {
  readonly inner: z.core.$ZodType;
  readonly optional: boolean;
  readonly nullable: boolean;
} {
  let inner = schema;
  let optional = false;
  let nullable = false;
  for (;;) {
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodExactOptional || inner instanceof z.ZodDefault) {
      optional = true;
      inner = inner.def.innerType;
    } else if (inner instanceof z.ZodNullable) {
      nullable = true;
      inner = inner.def.innerType;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.def.in;
    } else {
      return { inner, optional, nullable };
    }
  }
}

/** One name may have another schema in each option. */
function chosenSpelling({ def, options }: z.ZodDiscriminatedUnion, lenient: boolean): Spelling {
  const { discriminator } = def;
  const byValue = new Map<unknown, Spelling>();
  for (const option of options) {
    const spelling = compileSpelling(option, lenient);
    for (const value of option._zod.propValues?.[discriminator] ?? []) byValue.set(value, spelling);
  }
  // Of no option there is nothing to spell: zod refuses it by what it says it is.
  const unknown = typed[lenient ? 'repair' : 'refuse'];
  return (value, path, problems) => {
    const chosen = isObject(value) ? byValue.get(value[discriminator] ?? undefined) : undefined;
    return (chosen ?? unknown)(value, path, problems);
  };
}

interface Field {
  readonly spelling: Spelling;
  readonly nullMeansAbsent: boolean;
}

function fieldsOf(objects: readonly z.core.$ZodType[], lenient: boolean): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const object of objects) {
    if (!(object instanceof z.ZodObject)) continue;
    for (const [name, schema] of Object.entries(object.shape as Record<string, z.core.$ZodType>)) {
      const { optional, nullable } = unwrapped(schema);
      fields.set(name, { spelling: compileSpelling(schema, lenient), nullMeansAbsent: optional && !nullable });
    }
  }
  return fields;
}

function objectSpelling(
  fields: ReadonlyMap<string, Field>,
  { lenient, isStrict }: { readonly lenient: boolean; readonly isStrict: boolean },
): Spelling {
  const fromSnake = new Map([...fields.keys()].map((name) => [snakeCase(name), name]));
  return (value, path, problems) => {
    if (!isObject(value)) return leafOf(value, path, problems);
    const out: Record<string, unknown> = {};
    const unknown: string[] = [];
    for (const key of Object.keys(value)) {
      const name = fields.has(key) ? key : fromSnake.get(key);
      if (name === undefined) {
        if (unknown.length < maxCompared) unknown.push(key);
        continue;
      }
      const field = fields.get(name)!;
      if (value[key] === null && field.nullMeansAbsent) continue;
      const inner = field.spelling(value[key], pathOf(path, name), problems);
      if (Object.hasOwn(out, name) && !sameJson(out[name], inner)) {
        problems.add(pathOf(path, name), `is given twice with different values, also as ${snakeCase(name)}`);
      }
      out[name] = inner;
    }
    if (isStrict || !lenient) {
      const known = [...fields.keys()];
      const missing = known.filter((name) => !Object.hasOwn(out, name));
      for (const key of unknown) {
        const meant = lookalike(key, missing);
        if (meant !== null) problems.add(pathOf(path, key), `is not a field; did you mean ${meant}?`);
        else if (isStrict) problems.add(pathOf(path, key), `is not a field; it takes ${known.join(', ')}`);
      }
    }
    return out;
  };
}

function arraySpelling(element: Spelling): Spelling {
  if (leaves.has(element)) return element;
  return (value, path, problems) =>
    Array.isArray(value)
      ? value.map((entry, index) => element(entry, pathOf(path, index), problems))
      : leafOf(value, path, problems);
}

/** A record's keys are data: they stay as they are, but for the one that JavaScript keeps to itself. */
function recordSpelling(entry: Spelling): Spelling {
  return (value, path, problems) => {
    if (!isObject(value)) return leafOf(value, path, problems);
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (key === '__proto__') problems.add(pathOf(path, key), 'is not allowed as a name');
      else if (!isStorable(key)) problems.add(pathOf(path, key), unstorableName);
      else out[key] = entry(value[key], pathOf(path, key), problems);
    }
    return out;
  };
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What stands where the schema has something else inside: zod says so, unless it is worse. */
function leafOf(value: unknown, path: string, problems: Problems): unknown {
  return typed.refuse(value, path, problems);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unkept);
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((entry, index) => sameJson(entry, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
