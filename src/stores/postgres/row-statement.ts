import { arraysOf, statement, unnest, type Call, type Column, type SqlValue, type Statement } from './statement.ts';

/** What the text of a statement over many rows goes by. */
export interface RowParameters {
  /** The rows as a table `c`, for FROM. */
  readonly rows: string;
  /** All that the rows have in a column, as an array; something twice, perhaps. */
  all(name: string): string;
  /** The number of the first parameter behind those of the rows. */
  readonly next: number;
}

interface Form<T> {
  readonly statement: Statement;
  readonly arrays: readonly Column<T>[];
  /** Of these all rows have the same. */
  readonly once: readonly Column<T>[];
}

/**
 * A statement over any number of rows, in several forms: as an array, a column takes a quarter of a microsecond a row
 * in PostgreSQL, and as much here. So a column is sent once where all rows of a commit have the same in it, as they
 * mostly have in most.
 */
export class RowStatement<T> {
  readonly #forms: readonly Form<T>[] = [];
  readonly #any: Form<T>;

  /** @param differing for each form beside the one of rows that differ in everything: in what they may differ */
  constructor(
    name: string,
    columns: readonly Column<T>[],
    differing: readonly (readonly string[])[],
    text: (parameters: RowParameters) => string,
  ) {
    this.#any = formOf(name, columns, [], text);
    this.#forms = differing.map((names, at) => formOf(
      `${name}_alike_${at + 1}`,
      columns.filter((column) => names.includes(column.name)),
      columns.filter((column) => !names.includes(column.name)),
      text,
    ));
  }

  /** Of at least one row. `more`: the parameters behind. */
  over(rows: readonly T[], ...more: readonly SqlValue[]): Call {
    const fits = ({ once }: Form<T>): boolean => once.every(({ of }) => isAlike(of, rows));
    const { statement, arrays, once } = this.#forms.find(fits) ?? this.#any;
    return { statement, values: [...arraysOf(arrays, rows), ...once.map(({ of }) => of(rows[0]!)), ...more] };
  }
}

function isAlike<T>(of: Column<T>['of'], rows: readonly T[]): boolean {
  const first = of(rows[0]!);
  for (let at = 1; at < rows.length; at++) if (of(rows[at]!) !== first) return false;
  return true;
}

function formOf<T>(
  name: string,
  arrays: readonly Column<T>[],
  once: readonly Column<T>[],
  text: (parameters: RowParameters) => string,
): Form<T> {
  const parameterOf = ({ type }: Column<T>, at: number): string => `$${arrays.length + at + 1}::${type}`;
  const single = once.map((column, at) => `, ${parameterOf(column, at)} AS ${column.name}`);
  const rows = single.length === 0 ? unnest(arrays) : `(SELECT c.*${single.join('')} FROM ${unnest(arrays)}) c`;
  const all = (wanted: string): string => {
    const [array, value] = [arrays, once].map((some) => some.findIndex((column) => column.name === wanted));
    return array === -1 ? `ARRAY[${parameterOf(once[value!]!, value!)}]` : `$${array! + 1}::${arrays[array!]!.type}[]`;
  };
  return { statement: statement(name, text({ rows, all, next: arrays.length + once.length + 1 })), arrays, once };
}
