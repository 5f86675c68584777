import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { pathOf, Problems } from '../../../contract/input/problems.ts';

/** Any schema of the Standard Schema (standardschema.dev): zod, Valibot, ArkType and others. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>;
/** What a schema takes. */
export type InputOf<S extends Schema<any, any>> = StandardSchemaV1.InferInput<S>;
/** What it gives: with its defaults filled in, and as it transforms it. */
export type OutputOf<S extends Schema<any, any>> = StandardSchemaV1.InferOutput<S>;

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  /** By path, as servers name the fields of a body: `rows.3.email`. The empty path is the value itself. */
  | { readonly ok: false; readonly fields: Readonly<Record<string, string>> };

/** @param name of the value, which the paths begin with */
export async function check<S extends Schema<any, any>>(
  schema: S, value: unknown, name: string,
): Promise<Checked<OutputOf<S>>> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { ok: true, value: result.value as OutputOf<S> };
  const problems = new Problems();
  for (const { path = [], message } of result.issues) {
    const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
    problems.add(keys.reduce<string>((parent, key) => pathOf(parent, nameOf(key)), name), message);
  }
  return { ok: false, fields: problems.fields() };
}

/** Of what the schema takes (Standard JSON Schema); null where its library, or one of its parts, has none. */
export function jsonSchemaOf(schema: Schema<any, any>): Readonly<Record<string, unknown>> | null {
  const { jsonSchema } = schema['~standard'] as { readonly jsonSchema?: StandardJSONSchemaV1.Converter };
  try {
    return jsonSchema?.input({ target: 'draft-2020-12' }) ?? null;
  } catch {
    // It has a type that JSON does not, before a transformation.
    return null;
  }
}

/** `data.csv must be text; data.rows is required`, in a line. */
export function sentenceOf(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields).map(([path, problem]) => `${path}: ${problem}`).join('; ');
}

function nameOf(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
