import { ColumnArray, type ColumnType, type SqlValue } from '../statement.ts';
import type { MessageWriter } from './message-writer.ts';

/** https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const oids: Readonly<Record<ColumnType, number>> = {
  boolean: 16, bigint: 20, integer: 23, text: 25, float8: 701,
};

const [asText, asBinary] = [0, 1];

/** The format that `writeValue` gives a value: columns and bytes are sent as PostgreSQL has them, all else as text. */
export function formatOf(value: SqlValue): number {
  return value instanceof Uint8Array || value instanceof ColumnArray ? asBinary : asText;
}

/** With its length before it. */
export function writeValue(writer: MessageWriter, value: SqlValue): void {
  if (value === null) writer.int32(-1);
  else if (value instanceof ColumnArray) writer.sized(0, () => writeColumn(writer, value));
  else if (value instanceof Uint8Array) writer.sized(0, () => writer.bytes(value));
  else if (typeof value === 'object') writer.text(arrayText(value));
  else writer.text(String(value));
}

/** An array of one dimension as `array_recv` reads it. Throws a RangeError for a number that its type does not hold. */
function writeColumn(writer: MessageWriter, { type, length, at }: ColumnArray): void {
  writer.int32(length === 0 ? 0 : 1);
  // Whether there are nulls among them, which PostgreSQL looks for itself.
  writer.int32(0);
  writer.int32(oids[type]);
  if (length === 0) return;
  writer.int32(length);
  writer.int32(1);
  for (let row = 0; row < length; row++) {
    const value = at(row);
    if (value === null) {
      writer.int32(-1);
    } else if (type === 'text') {
      writer.text(value as string);
    } else if (type === 'bigint') {
      writer.int32(8);
      writer.int64(value as number);
    } else if (type === 'integer') {
      writer.int32(4);
      writer.int32(value as number);
    } else if (type === 'float8') {
      writer.int32(8);
      writer.float64(value as number);
    } else {
      writer.int32(1);
      writer.byte(value === true ? 1 : 0);
    }
  }
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayText(values: readonly (string | number | boolean | null)[]): string {
  const elements = values.map((value) =>
    value === null ? 'NULL' : typeof value === 'string' ? `"${value.replace(/[\\"]/g, '\\$&')}"` : String(value),
  );
  return `{${elements.join(',')}}`;
}
