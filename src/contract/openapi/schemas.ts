import * as z from 'zod';
import type { JsonSchema } from './document.ts';

type Direction = 'input' | 'output';
type Definitions = Readonly<Record<string, JsonSchema>>;

/**
 * Makes JSON Schemas of zod's, with the named ones (`.meta({ id })`) as components. What may be sent
 * and what is answered can differ (a default may be left out, but is always answered): a component
 * that does gets the name `…Input` where it is sent.
 */
export class SchemaCollection {
  readonly #converted = new Map<Direction, Map<z.ZodType, { schema: JsonSchema; definitions: Definitions }>>();
  #names: ReadonlyMap<string, string> | null = null;

  /** First for every schema of the document, then `reference`. */
  collect(schema: z.ZodType, io: Direction): void {
    const { $defs = {}, $schema: _, ...rest } = z.toJSONSchema(schema, { io, override: tidy });
    const ofDirection = this.#converted.get(io) ?? new Map();
    this.#converted.set(io, ofDirection.set(schema, { schema: rest, definitions: $defs }));
    this.#names = null;
  }

  /** The schema with references into the document's components. */
  reference(schema: z.ZodType, io: Direction): JsonSchema {
    const converted = this.#converted.get(io)?.get(schema);
    if (converted === undefined) throw new Error('a schema must be collected before it is referenced');
    return this.#pointed(converted.schema, io);
  }

  components(): Definitions {
    const inputs = this.#definitions('input');
    const components: Record<string, JsonSchema> = {};
    for (const [name, schema] of Object.entries(this.#definitions('output'))) {
      components[name] = this.#pointed(schema, 'output');
    }
    for (const [name, schema] of Object.entries(inputs)) {
      components[this.#inputNames().get(name) ?? name] = this.#pointed(schema, 'input');
    }
    return Object.fromEntries(Object.entries(components).sort(([a], [b]) => a.localeCompare(b, 'en')));
  }

  #definitions(io: Direction): Definitions {
    const all = [...(this.#converted.get(io)?.values() ?? [])].map(({ definitions }) => definitions);
    return Object.assign({}, ...all) as Definitions;
  }

  #pointed(schema: JsonSchema, io: Direction): JsonSchema {
    const names = io === 'input' ? this.#inputNames() : new Map<string, string>();
    const text = JSON.stringify(schema).replace(/"#\/\$defs\/([A-Za-z0-9_]+)"/g, (_, name: string) =>
      JSON.stringify(`#/components/schemas/${names.get(name) ?? name}`),
    );
    return JSON.parse(text) as JsonSchema;
  }

  /** Components whose input differs from their output, or that refer to such a one. */
  #inputNames(): ReadonlyMap<string, string> {
    if (this.#names !== null) return this.#names;
    const inputs = Object.entries(this.#definitions('input')).map(([name, schema]) => [name, JSON.stringify(schema)]);
    const outputs = this.#definitions('output');
    const names = new Map<string, string>();
    for (let before = -1; before < names.size; ) {
      before = names.size;
      for (const [name, text] of inputs as [string, string][]) {
        const differs = name in outputs && JSON.stringify(outputs[name]) !== text;
        const refers = [...names.keys()].some((other) => text.includes(`"#/$defs/${other}"`));
        if (differs || refers) names.set(name, `${name}Input`);
      }
    }
    this.#names = names;
    return names;
  }
}

/** Leaves out what a reader of the document gains nothing from, or what we do not promise. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  // Later versions may answer more fields.
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  // The format says it; the pattern would fill three lines.
  if (jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}
