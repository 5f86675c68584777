import type { JsonSchema } from '../../src/contract/openapi/document.ts';
import { className } from './class-name.ts';

export type Direction = 'input' | 'output';

/** A field of an object: its type is in the words of the language. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

export interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

/**
 * The types of JSON Schemas in the words of a language, which a subclass says: a definition with a name for each object
 * with known fields. What is sent and what is answered may differ.
 */
export abstract class SchemaTypes {
  readonly #components: Readonly<Record<string, JsonSchema>>;
  /** Definitions by their names, in the order in which they are needed. */
  readonly #written = new Map<string, string>();
  /** Names by what they stand for: the same object is not defined twice. */
  readonly #names = new Map<string, string>();

  constructor(components: Readonly<Record<string, JsonSchema>>) {
    this.#components = components;
  }

  get definitions(): readonly string[] {
    return [...this.#written.values()];
  }

  get names(): readonly string[] {
    return [...this.#written.keys()];
  }

  /** @param name of the definition, if the schema needs one */
  of(schema: JsonSchema, name: string, io: Direction): string {
    const { $ref, anyOf, oneOf, type, properties } = schema;
    if ($ref !== undefined) return this.#component($ref.split('/').at(-1)!, io);
    if ('const' in schema) return this.literal([schema.const]);
    if (schema.enum !== undefined) return this.literal(schema.enum);
    const either = anyOf ?? oneOf;
    if (either !== undefined) return this.union(either.map((one, n) => this.of(one, variantName(one, name, n), io)));
    if (Array.isArray(type)) {
      return this.union((type as string[]).map((one) => this.of({ ...schema, type: one }, name, io)));
    }
    if (properties !== undefined) return this.#object(schema, name, io);
    return this.#plain(schema, name, io);
  }

  protected abstract literal(values: readonly unknown[]): string;
  protected abstract union(types: readonly string[]): string;
  protected abstract list(entry: string, io: Direction): string;
  /** Of as many entries. */
  protected abstract tuple(entries: readonly string[], io: Direction): string;
  /** With any keys. */
  protected abstract record(value: string, io: Direction): string;
  /** Of a JSON type by its name, of which nothing more is known; undefined: of any. */
  protected abstract any(type: string | undefined, io: Direction): string;
  /** The definition of an object. `open`: it has other fields beside these. */
  protected abstract object(name: string, fields: readonly Field[], io: Direction, open: boolean): string;
  /** The definition of a name for another type. */
  protected abstract alias(name: string, type: string): string;

  #plain(schema: JsonSchema, name: string, io: Direction): string {
    const { type, items, prefixItems, additionalProperties } = schema;
    if (type === 'array' && prefixItems !== undefined && items === false) {
      return this.tuple(prefixItems.map((one, n) => this.of(one, `${name}Entry${n + 1}`, io)), io);
    }
    if (type === 'array' && typeof items === 'object') return this.list(this.of(items, `${name}Entry`, io), io);
    if (type === 'object' && typeof additionalProperties === 'object') {
      return this.record(this.of(additionalProperties, `${name}Value`, io), io);
    }
    return this.any(type as string | undefined, io);
  }

  #component(component: string, io: Direction): string {
    const schema = this.#components[component];
    if (schema === undefined) throw new Error(`there is no component ${component}`);
    const name = className(component);
    const key = `${io} ${component}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const isTaken = this.#written.has(name) || [...this.#names.values()].includes(name);
    const own = isTaken ? `${name}${io === 'input' ? 'Sent' : 'Read'}` : name;
    this.#names.set(key, own);
    if ('properties' in schema) this.#define(schema, own, io);
    else this.#written.set(own, this.alias(own, this.of(schema, own, io)));
    return own;
  }

  #object(schema: ObjectSchema, name: string, io: Direction): string {
    const key = `${io} ${JSON.stringify({ properties: schema.properties, required: schema.required })}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.#written.has(name)) return this.#object(schema, `${name}More`, io);
    this.#names.set(key, name);
    this.#define(schema, name, io);
    return name;
  }

  #define(schema: ObjectSchema, name: string, io: Direction): void {
    const { properties = {}, required = [], additionalProperties: more = false } = schema;
    // Takes its place before those of its fields, which may refer to it.
    this.#written.set(name, '');
    const fields = Object.entries(properties).map(([field, schema]) => ({
      name: field,
      type: this.of(schema, `${name}${className(field)}`, io),
      required: required.includes(field),
      description: schema.description ?? '',
    }));
    this.#written.set(name, this.object(name, fields, io, more !== false));
  }
}

/** Of alternatives, those with a fixed `type` or the like are called by it. */
function variantName(schema: ObjectSchema, name: string, index: number): string {
  for (const property of Object.values(schema.properties ?? {})) {
    if (typeof property.const === 'string') return `${name}${className(property.const)}`;
  }
  return index === 0 ? name : `${name}${index + 1}`;
}
