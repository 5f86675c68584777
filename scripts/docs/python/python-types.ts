import { SchemaTypes, type Direction, type Field } from '../../schema-types/schema-types.ts';
import { isPythonName, quoted } from './python-names.ts';

const scalars: Readonly<Record<string, string>> = {
  string: 'str', integer: 'int', number: 'float', boolean: 'bool', null: 'None', object: 'dict[str, Any]',
  array: 'list[Any]',
};

/**
 * As Python writes them: a TypedDict for each object with known fields. What is sent may be any mapping and sequence,
 * what is answered is a dict and a list.
 */
export class PythonTypes extends SchemaTypes {
  protected literal(values: readonly unknown[]): string {
    return `Literal[${values.map((value) => (value === null ? 'None' : pythonValue(value))).join(', ')}]`;
  }

  protected union(types: readonly string[]): string {
    const all = [...new Set(types.flatMap(splitUnion))];
    return all.includes('Any') ? 'Any' : all.join(' | ');
  }

  protected list(entry: string, io: Direction): string {
    return io === 'input' ? `Sequence[${entry}]` : `list[${entry}]`;
  }

  /** JSON has lists. */
  protected tuple(): string {
    return 'list[Any]';
  }

  protected record(value: string, io: Direction): string {
    return io === 'input' ? `Mapping[str, ${value}]` : `dict[str, ${value}]`;
  }

  protected any(type: string | undefined, io: Direction): string {
    if (type === 'object' && io === 'input') return 'Mapping[str, Any]';
    return type === undefined ? 'Any' : (scalars[type] ?? 'Any');
  }

  protected object(name: string, fields: readonly Field[]): string {
    const typed = fields.map(({ name: field, type, required }) => (
      [field, required ? type : `NotRequired[${type}]`] as const
    ));
    return fields.every(({ name: field }) => isPythonName(field)) ? classOf(name, typed) : callOf(name, typed);
  }

  protected alias(name: string, type: string): string {
    return `${name} = ${inQuotes(type)}`;
  }
}

function classOf(name: string, fields: readonly (readonly [string, string])[]): string {
  const lines = fields.length === 0 ? ['    pass'] : fields.map(([field, type]) => `    ${field}: ${type}`);
  return [`class ${name}(TypedDict):`, ...lines].join('\n');
}

/** For fields whose names Python does not take. */
function callOf(name: string, fields: readonly (readonly [string, string])[]): string {
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

function pythonValue(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
}
