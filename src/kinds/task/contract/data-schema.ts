import { Validator } from '@cfworker/json-schema';
import { pathOf, Problems } from '../../../contract/input/problems.ts';
import { jsonFits } from '../../../contract/sizes.ts';

/** Of a schema as JSON in UTF-8. */
const schemaBytes = 64 * 1_024;

/** A JSON Schema (draft 2020-12). */
export type DataSchema = Readonly<Record<string, unknown>>;

type Output = ReturnType<Validator['validate']>['errors'][number];

/** Say that something in a container does not fit; what it is follows. */
const containers: ReadonlySet<string> = new Set([
  'properties', 'patternProperties', 'additionalProperties', 'items', 'prefixItems', '$ref', '$dynamicRef', 'allOf',
  'if', 'unevaluatedProperties', 'unevaluatedItems',
]);
const types: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']);
const validators = new WeakMap<DataSchema, Validator>();

/** What is wrong with a schema, as `must …`; null when data can be checked by it. */
export function schemaProblem(schema: unknown): string | null {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return 'must be an object';
  if (!jsonFits(schema, schemaBytes)) return `must have at most ${schemaBytes} bytes of JSON`;
  return problemIn(schema as DataSchema, 0);
}

/**
 * What of a task's data does not fit the schema of its type, by the path of the field; null when all does. Data that a
 * schema cannot be applied to is taken: its handler checks it as well.
 */
export function dataProblems(schema: DataSchema, data: unknown): Readonly<Record<string, string>> | null {
  let errors: readonly Output[];
  try {
    let validator = validators.get(schema);
    if (validator === undefined) validators.set(schema, (validator = new Validator(schema, '2020-12', false)));
    const result = validator.validate(data);
    if (result.valid) return null;
    errors = result.errors;
  } catch {
    return null;
  }
  const problems = new Problems();
  for (const error of errors) if (!containers.has(error.keyword)) problems.add(...problemOf(error));
  if (!problems.found) problems.add('data', 'does not fit the schema of its type');
  return problems.fields();
}

function problemOf({ keyword, instanceLocation, error }: Output): [path: string, problem: string] {
  const parts = instanceLocation.split('/').slice(1).map((part) => {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  });
  const path = parts.reduce(pathOf, 'data');
  // What the message quotes last.
  const quoted = /(?:property|Expected) "(.*)"\.$/s.exec(error)?.[1] ?? '';
  switch (keyword) {
    case 'required': return [pathOf(path, quoted), 'is required'];
    case 'false': return [path, 'is not allowed'];
    case 'type': return [path, `must be ${quoted.split('", "').join(' or ')}`];
    case 'anyOf': case 'oneOf': return [path, 'must fit one of its alternatives'];
    case 'enum': return [path, `must be one of ${/\[(.*)\]/s.exec(error)?.[1] ?? 'a few values'}`];
    default: return [path, `does not fit: ${error}`];
  }
}

/** Nothing is fetched, and nothing that cannot be understood is taken without a word. */
function problemIn(schema: unknown, depth: number): string | null {
  if (typeof schema !== 'object' || schema === null) return null;
  if (depth > 64) return 'must be at most 64 levels deep';
  for (const [name, value] of Object.entries(schema)) {
    const problem = (typeof value === 'string' || name === 'type' ? problemOfKeyword(name, value) : null) ??
      problemIn(value, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOfKeyword(name: string, value: unknown): string | null {
  if (name === '$ref' && !String(value).startsWith('#')) return `must not refer to ${String(value)}: only to itself`;
  if (name === 'type') {
    // A property may have that name.
    const named = typeof value === 'object' && value !== null && !Array.isArray(value);
    const unknown = named ? undefined : [value].flat().find((one) => !types.has(one));
    return unknown === undefined ? null : `must not have the unknown type ${JSON.stringify(unknown)}`;
  }
  if (name !== 'pattern') return null;
  try {
    new RegExp(value as string, 'u');
    return null;
  } catch (error) {
    return `must not have a pattern that is none: ${(error as Error).message}`;
  }
}
