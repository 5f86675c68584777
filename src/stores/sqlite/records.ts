import { assertLimit } from '../../ports/store/limits.ts';
import {
  recordRef, type LoadedRecord, type RecordChange, type RecordFilter, type RecordKey, type RecordName,
  type RecordReads, type Table, type TableColumn, type VersionedRow,
} from '../../ports/store/tables.ts';
import type { SqliteDriver, SqlValue } from './driver.ts';

/** Rows of declared tables: the statements are made of the declaration, once for each table. */
interface Statements {
  readonly insert: string;
  readonly update: string;
  readonly remove: string;
  readonly select: string;
  readonly byKey: string;
}

type Values = Readonly<Record<string, unknown>>;

/** As it is selected. */
export type RecordRow = Readonly<Record<string, SqlValue>>;

const made = new WeakMap<Table, Statements>();

function statementsOf(table: Table): Statements {
  const known = made.get(table);
  if (known !== undefined) return known;
  const { name, columns } = table;
  const names = columns.map((column) => column.name);
  const isKey = (column: TableColumn): boolean => table.key.includes(column.property);
  const keys = keyColumns(table).map((column) => column.name);
  const byKey = keys.map((key) => `${key} = ?`).join(' AND ');
  const sets = columns.filter((column) => !isKey(column)).map((column) => `${column.name} = ?`);
  const select = selectFrom(table);
  const statements = {
    insert: `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
      ON CONFLICT (${keys.join(', ')}) DO NOTHING`,
    update: `UPDATE ${name} SET ${sets.join(', ')} WHERE ${byKey} AND version = ?`,
    remove: `DELETE FROM ${name} WHERE ${byKey} AND version = ?`,
    select,
    byKey: `${select} ${byKey}`,
  };
  made.set(table, statements);
  return statements;
}

/** All columns of the table, on which a condition follows. */
export function selectFrom({ name, columns }: Table): string {
  return `SELECT ${columns.map((column) => column.name).join(', ')} FROM ${name} WHERE`;
}

/** In the order of the key. */
function keyColumns(table: Table): TableColumn[] {
  return table.key.map((property) => columnOf(table, property));
}

function columnOf({ name, columns }: Table, property: string): TableColumn {
  const column = columns.find((one) => one.property === property);
  if (column === undefined) throw new TypeError(`${name} has no column for ${property}`);
  return column;
}

/** In a transaction. Answers the names of those that are not at the expected version. */
export function changeRecords(driver: SqliteDriver, changes: readonly RecordChange[]): string[] {
  return changes.flatMap((change) => (changeRecord(driver, change) ? [] : [recordRef(change.table, change.key)]));
}

function changeRecord(driver: SqliteDriver, { table, key, expectedVersion, row }: RecordChange): boolean {
  const { insert, update, remove } = statementsOf(table);
  if (row === null) return driver.run(remove, [...key, expectedVersion]) === 1;
  const values = row as unknown as Values;
  if (expectedVersion === 0) return driver.run(insert, table.columns.map((column) => encode(column, values))) === 1;
  const changing = table.columns.filter(({ property }) => !table.key.includes(property));
  const set = changing.map((column) => encode(column, values));
  return driver.run(update, [...set, ...key, expectedVersion]) === 1;
}

/** In a snapshot. */
export function loadRecords(driver: SqliteDriver, names: readonly RecordName[]): LoadedRecord[] {
  return names.flatMap(({ table, key }) => {
    const row = findRecord(driver, table, key);
    return row === null ? [] : [{ table, key, row }];
  });
}

function findRecord(driver: SqliteDriver, table: Table, key: RecordKey): VersionedRow | null {
  const [row] = driver.all<RecordRow>(statementsOf(table).byKey, key);
  return row === undefined ? null : decode(table, row);
}

export function createRecordReads(driver: SqliteDriver): RecordReads {
  return {
    async get<Row extends VersionedRow>(table: Table<Row>, key: RecordKey) {
      const row = findRecord(driver, table, key);
      await driver.durable();
      return row as Row | null;
    },
    async list<Row extends VersionedRow>(table: Table<Row>, filter: RecordFilter<Row>) {
      const { where, orderBy, descending = false, range, limit } = filter;
      assertLimit(limit, 1_000);
      const asked = Object.keys(where).map((property) => columnOf(table, property));
      const order = orderBy.map((property) => columnOf(table, property).name);
      const between = range === undefined ? [] : [range.from, ...(range.before === undefined ? [] : [range.before])];
      const bounds = between.map((_, at) => `${order[0]} ${at === 0 ? '>=' : '<'} ?`);
      const conditions = [...asked.map(({ name }) => `${name} = ?`), ...bounds].join(' AND ');
      const by = order.map((name) => (descending ? `${name} DESC` : name)).join(', ');
      const sql = `${statementsOf(table).select} ${conditions || 'true'} ORDER BY ${by} LIMIT +?`;
      const params = [...asked.map((column) => encode(column, where as Values)), ...between, limit];
      const rows = driver.all<RecordRow>(sql, params).map((row) => decode(table, row));
      await driver.durable();
      return rows;
    },
  };
}

function encode({ property, type }: TableColumn, row: Values): SqlValue {
  const value = row[property];
  if (type === 'json') return JSON.stringify(value ?? null);
  return type === 'boolean' ? Number(value) : (value as SqlValue);
}

/** The row as its declaration has it. */
export function decode<Row extends VersionedRow>({ columns }: Table<Row>, row: RecordRow): Row {
  const entries = columns.map(({ property, name, type }) => {
    const value = row[name] ?? null;
    if (type === 'json') return [property, JSON.parse(String(value)) as unknown];
    return [property, type === 'boolean' ? value === 1 : value];
  });
  return Object.fromEntries(entries) as unknown as Row;
}
