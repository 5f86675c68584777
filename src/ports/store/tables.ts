import { InvariantViolation } from '../../domain/errors.ts';

/**
 * Tables that are declared once, for every dialect of SQL: a store makes its statements, and reads and writes its
 * rows, by the declaration. A new aggregate is one `declareTable` and one CREATE TABLE per dialect; commits carry it in
 * `Commit.records`.
 */
export interface Table<Row extends VersionedRow = VersionedRow> {
  readonly name: string;
  /** Names of properties whose values are text; their order is that of the primary key. */
  readonly key: readonly string[];
  /** All of them, `version` included, in a fixed order. */
  readonly columns: readonly TableColumn[];
  /** Never there: it only says what the rows are. */
  readonly row?: Row;
}

/** One row as the code has it: plain properties, one a column. */
export interface VersionedRow {
  /**
   * Another one after each commit that changes the row. A row begins with the time at which it is made, so that one
   * that is deleted and made again is never taken for the one before.
   */
  readonly version: number;
}

/** `integer`: 32 bits. `bigint`: a safe integer. `json`: anything plain, kept as text. Null where the table has it. */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'boolean' | 'json';

export interface TableColumn {
  /** As in the row: "ownerId". */
  readonly property: string;
  /** As in the database: "owner_id". */
  readonly name: string;
  readonly type: ColumnType;
}

/** The values of the table's `key`. */
export type RecordKey = readonly string[];

/** Names one row. */
export interface RecordName {
  readonly table: Table;
  readonly key: RecordKey;
}

/** What a commit does to one row. */
export interface RecordChange extends RecordName {
  /** 0: there must be none. */
  readonly expectedVersion: number;
  /** As it is afterwards, with a version of its own; null: it goes. */
  readonly row: VersionedRow | null;
}

export interface LoadedRecord extends RecordName {
  readonly row: VersionedRow;
}

/** Rows of declared tables, read beside commits. */
export interface RecordReads {
  get<Row extends VersionedRow>(table: Table<Row>, key: RecordKey): Promise<Row | null>;
  /** Those that have these values, by the columns of `orderBy`. Limit 1 to 1,000. */
  list<Row extends VersionedRow>(table: Table<Row>, options: RecordFilter<Row>): Promise<readonly Row[]>;
}

export interface RecordFilter<Row extends VersionedRow = VersionedRow> {
  /** Text, numbers and booleans, none of them null. */
  readonly where: Partial<Row>;
  readonly orderBy: readonly (keyof Row & string)[];
  /** By all columns of `orderBy`. */
  readonly descending?: boolean;
  /** Of the first column of `orderBy`, which is text. */
  readonly range?: { readonly from: string; readonly before?: string };
  readonly limit: number;
}

const declared = new Map<string, Table>();

/** To be called once per table, when its module is loaded. Throws when the name is taken. */
export function declareTable<Row extends VersionedRow>(
  name: string,
  { key, columns }: {
    readonly key: readonly (Exclude<keyof Row, 'version'> & string)[];
    readonly columns: { readonly [Property in Exclude<keyof Row, 'version'> & string]: ColumnType };
  },
): Table<Row> {
  if (declared.has(name)) throw new InvariantViolation(`two tables are named ${name}`);
  const types: [string, ColumnType][] = [...Object.entries<ColumnType>(columns), ['version', 'bigint']];
  const table: Table<Row> = {
    name,
    key,
    columns: types.map(([property, type]) => ({ property, name: snakeCase(property), type })),
  };
  declared.set(name, table);
  return table;
}

function snakeCase(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function keyOf(table: Table, row: VersionedRow): RecordKey {
  return table.key.map((property) => String((row as unknown as Record<string, unknown>)[property]));
}

/** "record:rules [\"…\"]": what a conflict names, and write paths know rows by. */
export function recordRef(table: Table, key: RecordKey): string {
  return `record:${table.name} ${JSON.stringify(key)}`;
}

/** What `recordRef` made; `name` is without "record:". */
export function parseRecordName(name: string): RecordName {
  const space = name.indexOf(' ');
  const table = declared.get(name.slice(0, space));
  if (table === undefined) throw new InvariantViolation(`no table is declared as ${name.slice(0, space)}`);
  return { table, key: JSON.parse(name.slice(space + 1)) as string[] };
}
