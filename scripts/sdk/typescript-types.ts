import { wrapped } from '../schema-types/wrapped.ts';
import { SchemaTypes, type Direction, type Field } from '../schema-types/schema-types.ts';

const scalars: Readonly<Record<string, string>> = {
  string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null',
  object: 'Readonly<Record<string, unknown>>', array: 'readonly unknown[]',
};

/** As TypeScript writes them, with no need of the schemas' library: an interface for each object with known fields. */
export class TypeScriptTypes extends SchemaTypes {
  protected literal(values: readonly unknown[]): string {
    return this.union(values.map((value) => JSON.stringify(value)));
  }

  protected union(types: readonly string[]): string {
    const all = [...new Set(types)];
    return all.includes('unknown') ? 'unknown' : all.join(' | ');
  }

  protected list(entry: string): string {
    return `readonly ${/[ |]/.test(entry) ? `(${entry})` : entry}[]`;
  }

  protected tuple(entries: readonly string[]): string {
    return `readonly [${entries.join(', ')}]`;
  }

  protected record(value: string): string {
    return `Readonly<Record<string, ${value}>>`;
  }

  protected any(type: string | undefined): string {
    return type === undefined ? 'unknown' : (scalars[type] ?? 'unknown');
  }

  protected object(name: string, fields: readonly Field[], io: Direction, open: boolean): string {
    const lines = fields.map(({ name: field, type, required, description }) => {
      const key = /^[A-Za-z_$][\w$]*$/.test(field) ? field : JSON.stringify(field);
      return `${docComment(description, '  ')}  readonly ${key}${required ? '' : '?'}: ${type}` +
        `${required || io === 'output' || type === 'unknown' ? '' : ' | undefined'};\n`;
    });
    if (open) lines.push('  readonly [field: string]: unknown;\n');
    return `export interface ${name} {\n${lines.join('')}}`;
  }

  protected alias(name: string, type: string): string {
    return `export type ${name} = ${type};`;
  }
}

/** With the end of its line; nothing for no text. */
export function docComment(text: string, indent: string): string {
  if (text === '') return '';
  const words = text.replaceAll('*/', '*\\/');
  if (!words.includes('\n') && indent.length + words.length + 7 <= width) return `${indent}/** ${words} */\n`;
  const lines = wrapped(words, `${indent} * `, width).map((line) => (line === '' ? `${indent} *` : line));
  return `${indent}/**\n${lines.join('\n')}\n${indent} */\n`;
}

/** Columns. */
const width = 116;
