import type { JsonSchema } from '../../../src/contract/openapi/document.ts';
import { className, isPythonName, quoted } from './python-names.ts';

export type Direction = 'input' | 'output';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

const scalars: Readonly<Record<string, string>> = {
  string: 'str', integer: 'int', number: 'float', boolean: 'bool', null: 'None', object: 'dict[str, Any]',
  array: 'list[Any]',
};

/**
 * The types of JSON Schemas as Python writes them: a TypedDict for each object with known fields. What is sent may be
 * any mapping and sequence, what is answered is a dict and a list.
 */
export class PythonTypes {
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

  /** @param name of the class, if the schema needs one */
  of(schema: JsonSchema, name: string, io: Direction): string {
    const { $ref, anyOf, oneOf, type, properties } = schema as Record<string, unknown> & JsonSchema;
    if (typeof $ref === 'string') return this.#component($ref.split('/').at(-1)!, io);
    if ('const' in schema) return literal([schema['const']]);
    if (Array.isArray(schema['enum'])) return literal(schema['enum'] as unknown[]);
    const either = (anyOf ?? oneOf) as readonly JsonSchema[] | undefined;
    if (either !== undefined) return union(either.map((one, n) => this.of(one, variantName(one, name, n), io)));
    if (Array.isArray(type)) {
      return union((type as string[]).map((one) => this.of({ ...schema, type: one } as JsonSchema, name, io)));
    }
    if (properties !== undefined) return this.#dict(schema as ObjectSchema, name, io);
    return this.#plain(schema, name, io);
  }

  #plain(schema: JsonSchema, name: string, io: Direction): string {
    const { type, items, additionalProperties } = schema as Record<string, unknown> & JsonSchema;
    if (type === 'array' && typeof items === 'object') {
      const entry = this.of(items as JsonSchema, `${name}Entry`, io);
      return io === 'input' ? `Sequence[${entry}]` : `list[${entry}]`;
    }
    if (type === 'object' && typeof additionalProperties === 'object') {
      const value = this.of(additionalProperties as JsonSchema, `${name}Value`, io);
      return io === 'input' ? `Mapping[str, ${value}]` : `dict[str, ${value}]`;
    }
    if (type === 'object' && io === 'input') return 'Mapping[str, Any]';
    return typeof type === 'string' ? (scalars[type] ?? 'Any') : 'Any';
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
    if ('properties' in schema) this.#define(schema as ObjectSchema, own, io);
    else this.#written.set(own, `${own} = ${inQuotes(this.of(schema, own, io))}`);
    return own;
  }

  #dict(schema: ObjectSchema, name: string, io: Direction): string {
    const key = `${io} ${JSON.stringify({ properties: schema.properties, required: schema.required })}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    if (this.#written.has(name)) return this.#dict(schema, `${name}More`, io);
    this.#names.set(key, name);
    this.#define(schema, name, io);
    return name;
  }

  #define({ properties = {}, required = [] }: ObjectSchema, name: string, io: Direction): void {
    // Takes its place before those of its fields, which may refer to it.
    this.#written.set(name, '');
    const fields = Object.entries(properties).map(([field, schema]): [string, string] => {
      const type = this.of(schema, `${name}${className(field)}`, io);
      return [field, required.includes(field) ? type : `NotRequired[${type}]`];
    });
    const write = fields.every(([field]) => isPythonName(field)) ? classOf : callOf;
    this.#written.set(name, write(name, fields));
  }
}

function classOf(name: string, fields: readonly [string, string][]): string {
  const lines = fields.length === 0 ? ['    pass'] : fields.map(([field, type]) => `    ${field}: ${type}`);
  return [`class ${name}(TypedDict):`, ...lines].join('\n');
}

/** For fields whose names Python does not take. */
function callOf(name: string, fields: readonly [string, string][]): string {
  const lines = fields.map(([field, type]) => `    ${quoted(field)}: ${quoted(type)},`);
  return [`${name} = TypedDict(${quoted(name)}, {`, ...lines, '})'].join('\n');
}

/** Aliases are evaluated as the module is loaded, before what they refer to. */
function inQuotes(type: string): string {
  const parts = splitUnion(type).map((part) => (/^(Literal\[|None$)/.test(part) ? part : quoted(part)));
  return `Union[${parts.join(', ')}]`;
}

/** At the bars that stand in no brackets. */
function splitUnion(type: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of type.split(/(\[|\]| \| )/)) {
    if (piece === ' | ' && depth === 0) parts.push('');
    else parts.push(parts.pop()! + piece);
    depth += piece === '[' ? 1 : piece === ']' ? -1 : 0;
  }
  return parts;
}

/** Of alternatives, those with a fixed `type` or the like are called by it. */
function variantName(schema: JsonSchema, name: string, index: number): string {
  const properties = (schema as ObjectSchema).properties ?? {};
  for (const property of Object.values(properties)) {
    const value = (property as { const?: unknown }).const;
    if (typeof value === 'string') return `${name}${className(value)}`;
  }
  return index === 0 ? name : `${name}${index + 1}`;
}

function literal(values: readonly unknown[]): string {
  return `Literal[${values.map((value) => (value === null ? 'None' : pythonValue(value))).join(', ')}]`;
}

function pythonValue(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
}

function union(types: readonly string[]): string {
  const all = [...new Set(types.flatMap(splitUnion))];
  return all.includes('Any') ? 'Any' : all.join(' | ');
}
