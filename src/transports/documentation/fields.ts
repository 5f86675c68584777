import type { JsonSchema, OpenApiDocument } from '../../contract/openapi/document.ts';
import { html, prose, type Html } from './html.ts';

type Components = OpenApiDocument['components']['schemas'];

/** One line of a table of fields. */
interface Row {
  readonly name: string;
  readonly depth: number;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** What is sent says what is required; what is answered says what may be missing. */
type Direction = 'sent' | 'answered';

const maxDepth = 6;
const namePlaceholder = '<name>';

/** A table of an object's fields, those inside them indented; null when it has none. */
export function fieldTable(schema: JsonSchema, components: Components, direction: Direction): Html | null {
  const rows = rowsOf(schema, components, 0).map((row) => rowHtml(row, components, direction));
  return rows.length === 0 ? null : html`<table class="fields"><tbody>${rows}</tbody></table>`;
}

export function parameterRow(name: string, required: boolean, schema: JsonSchema, components: Components): Html {
  return rowHtml({ name, depth: 0, required, schema }, components, 'sent');
}

function rowHtml({ name, depth, required, schema }: Row, components: Components, direction: Direction): Html {
  const resolved = resolve(schema, components);
  const values = valuesOf(resolved, components);
  const note = [
    limitsOf(resolved),
    direction === 'sent' && resolved.default !== undefined ? `default ${JSON.stringify(resolved.default)}` : '',
    direction === 'answered' && !required ? 'may be missing' : '',
  ].filter((part) => part !== '');
  const description = schema.description ?? resolved.description;
  const badge = direction === 'sent' && required && name !== namePlaceholder ? html`<b class="req">required</b>` : null;
  return html`<tr>
<th scope="row" class="d${depth}"><code>${name}</code>${badge}</th>
<td><span class="type">${typeOf(resolved, components)}</span>
${note.length === 0 ? null : html`<span class="limits">${note.join(' · ')}</span>`}
${description === undefined ? null : html`<p>${prose(description)}</p>`}
${values.length === 0 ? null : html`<p class="values">${values.map((value) => html`<code>${value}</code> `)}</p>`}</td>
</tr>`;
}

function rowsOf(schema: JsonSchema, components: Components, depth: number): Row[] {
  if (depth >= maxDepth) return [];
  const { properties = {}, required = [], additionalProperties, items } = objectOf(schema, components);
  const rows: Row[] = [];
  for (const [name, property] of Object.entries(properties)) {
    rows.push({ name, depth, required: required.includes(name), schema: property });
    rows.push(...rowsOf(withoutNull(property, components), components, depth + 1));
  }
  if (typeof additionalProperties === 'object' && rowsOf(additionalProperties, components, depth + 1).length > 0) {
    rows.push({ name: namePlaceholder, depth, required: true, schema: additionalProperties });
    rows.push(...rowsOf(additionalProperties, components, depth + 1));
  }
  // The entries' own fields stand right under the list.
  if (typeof items === 'object') rows.push(...rowsOf(items, components, depth));
  return rows;
}

/** One object with the fields of all forms, each once; required are those that every form requires. */
function objectOf(given: JsonSchema, components: Components): JsonSchema {
  const schema = resolve(given, components);
  const forms = schema.oneOf?.map((form) => resolve(form, components)) ?? [];
  if (forms.length === 0) return schema;
  const names = [...new Set(forms.flatMap(({ properties = {} }) => Object.keys(properties)))];
  const properties = names.map((name): [string, JsonSchema] => {
    const has = forms.flatMap(({ properties: own = {} }) => own[name] ?? []);
    const different = [...new Map(has.map((each) => [JSON.stringify(each), each])).values()];
    const [only = {}] = different;
    return [name, different.length === 1 ? only : { anyOf: different }];
  });
  const required = names.filter((name) => forms.every((form) => form.required?.includes(name)));
  return { ...schema, properties: Object.fromEntries(properties), required };
}

function resolve(schema: JsonSchema, components: Components): JsonSchema {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  return (name === undefined ? undefined : components[name]) ?? schema;
}

function withoutNull(schema: JsonSchema, components: Components): JsonSchema {
  const { anyOf } = resolve(schema, components);
  return anyOf?.find(({ type }) => type !== 'null') ?? schema;
}

function typeOf(schema: JsonSchema, components: Components): string {
  const { type, format, items, anyOf, enum: values, additionalProperties, prefixItems } = resolve(schema, components);
  if (anyOf !== undefined) return [...new Set(anyOf.map((option) => typeOf(option, components)))].join(' or ');
  if (values !== undefined) return 'one of';
  if ('const' in schema) return JSON.stringify(schema.const);
  if (type === 'array') {
    if (prefixItems !== undefined) {
      const types = prefixItems.map((one) => typeOf(one, components));
      return new Set(types).size === 1 ? `list of ${types.length} ${types[0]}s` : `list of ${types.join(', ')}`;
    }
    const inner = typeof items === 'object' ? typeOf(items, components) : 'value';
    return `list of ${inner === 'one of' ? 'any of' : `${inner}s`}`;
  }
  const byName = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0;
  if (type === 'object') return byName ? 'object by name' : 'object';
  if (format === 'date-time') return 'time';
  if (format === 'uuid') return 'UUID';
  return typeof type === 'object' ? type.join(' or ') : (type ?? 'any JSON');
}

function valuesOf({ enum: values = [], anyOf = [], items }: JsonSchema, components: Components): readonly string[] {
  const inside = anyOf.flatMap((option) => valuesOf(resolve(option, components), components));
  const ofItems = typeof items === 'object' ? (resolve(items, components).enum ?? []).map(String) : [];
  return [...values.map(String), ...inside, ...ofItems];
}

function limitsOf(schema: JsonSchema): string {
  const inner = { ...schema, ...schema.anyOf?.find(({ type }) => type !== 'null') };
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties } = inner;
  const notes = [
    inner.prefixItems === undefined ? range(minItems, maxItems, ' entries') : '',
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    range(undefined, maxProperties, ' entries'),
  ];
  return notes.filter((note) => note !== '').join(' · ');
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  const shown = (value: number): string => value.toLocaleString('en-US');
  if (least !== undefined && most !== undefined) return `${shown(least)}–${shown(most)}${unit}`;
  if (most !== undefined) return `up to ${shown(most)}${unit}`;
  return least === undefined || least === 0 ? '' : `at least ${shown(least)}${unit}`;
}
