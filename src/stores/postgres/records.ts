import { assertLimit } from '../../ports/store/limits.ts';
import {
  keyOf, recordRef, type LoadedRecord, type RecordChange, type RecordFilter, type RecordKey, type RecordName,
  type RecordReads, type Table, type TableColumn, type VersionedRow,
} from '../../ports/store/tables.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { Database } from './database.ts';
import {
  arraysOf, insertAll, selectionOf, statement, unnest, type Call, type Column, type SqlValue, type Statement,
} from './statement.ts';

/** Rows of declared tables: the statements are made of the declaration, once for each table. */
interface Prepared {
  readonly columns: readonly Column<VersionedRow>[];
  /** The columns with the version that is expected, for updates. */
  readonly updated: readonly Column<RecordChange>[];
  /** The key with the version that is expected. */
  readonly named: readonly Column<RecordChange>[];
  readonly insert: Statement;
  readonly update: Statement;
  readonly remove: Statement;
  readonly load: Statement;
  readonly lists: Map<string, Statement>;
}

const prepared = new WeakMap<Table, Prepared>();

function prepare(table: Table): Prepared {
  const known = prepared.get(table);
  if (known !== undefined) return known;
  const { name } = table;
  const columns = table.columns.map(toColumn);
  const expected: Column<RecordChange> = {
    name: 'expected', type: 'bigint', of: ({ expectedVersion }) => expectedVersion,
  };
  const updated = [...columns.map((column) => ofChange(column)), expected];
  const named = [...table.key.map((property, at) => keyColumn(table, property, at)), expected];
  const keys = named.slice(0, -1).map((column) => column.name);
  /** As arrays too, so that rows are found, and locked, in the order of the primary key. */
  const isNamed = (among: readonly { readonly name: string }[]): string =>
    keys.map((key) => {
      const place = among.findIndex((column) => column.name === key) + 1;
      return `r.${key} = ANY($${place}::text[]) AND r.${key} = c.${key}`;
    }).join(' AND ');
  const sets = columns.flatMap((column) => (keys.includes(column.name) ? [] : [`${column.name} = c.${column.name}`]));
  const selection = selectionOf(columns, 'r.');
  const onConflict = `ON CONFLICT (${keys.join(', ')}) DO NOTHING RETURNING 1`;
  const wanted = named.slice(0, -1);
  const made: Prepared = {
    columns,
    updated,
    named,
    insert: statement(`record_insert_${name}`, allOrNothing(insertAll(name, columns, onConflict), columns.length + 1)),
    update: statement(
      `record_update_${name}`,
      allOrNothing(
        `UPDATE ${name} r SET ${sets.join(', ')} FROM ${unnest(updated)}
          WHERE ${isNamed(updated)} AND r.version = c.expected RETURNING 1`,
        updated.length + 1,
      ),
    ),
    remove: statement(
      `record_delete_${name}`,
      allOrNothing(
        `DELETE FROM ${name} r USING ${unnest(named)} WHERE ${isNamed(named)} AND r.version = c.expected RETURNING 1`,
        named.length + 1,
      ),
    ),
    load: statement(
      `record_load_${name}`,
      `SELECT ${selection} FROM ${name} r, ${unnest(wanted)} WHERE ${isNamed(wanted)}`,
    ),
    lists: new Map(),
  };
  prepared.set(table, made);
  return made;
}

/** In the order of their tables and keys, as everybody takes the locks. */
export function changeRecords(changes: readonly RecordChange[]): Call[] {
  const inOrder = changes.toSorted(byTableAndKey);
  const calls: Call[] = [];
  for (const [table, ofTable] of Map.groupBy(inOrder, (change) => change.table)) {
    const { columns, updated, named, insert, update, remove } = prepare(table);
    const kept = ofTable.filter(({ row }) => row !== null);
    const old = kept.filter(({ expectedVersion }) => expectedVersion > 0);
    const born = kept.flatMap(({ row, expectedVersion }) => (expectedVersion === 0 && row !== null ? [row] : []));
    const gone = ofTable.filter(({ row }) => row === null);
    if (old.length > 0) calls.push({ statement: update, values: [...arraysOf(updated, old), old.length] });
    if (gone.length > 0) calls.push({ statement: remove, values: [...arraysOf(named, gone), gone.length] });
    if (born.length > 0) calls.push({ statement: insert, values: [...arraysOf(columns, born), born.length] });
  }
  return calls;
}

function byTableAndKey(a: RecordChange, b: RecordChange): number {
  if (a.table !== b.table) return a.table.name < b.table.name ? -1 : 1;
  for (const [at, own] of a.key.entries()) {
    const other = b.key[at] ?? '';
    if (own !== other) return own < other ? -1 : 1;
  }
  return 0;
}

/** One call for each table, with what reads its answer. */
export function loadRecords(
  names: readonly RecordName[],
): readonly { readonly call: Call; readonly read: (rows: readonly unknown[]) => LoadedRecord[] }[] {
  return [...Map.groupBy(names, ({ table }) => table)].map(([table, ofTable]) => ({
    call: { statement: prepare(table).load, values: table.key.map((_, at) => ofTable.map(({ key }) => key[at] ?? '')) },
    read: (rows) =>
      rows.map((row) => {
        const decoded = decode(table, row);
        return { table, key: keyOf(table, decoded), row: decoded };
      }),
  }));
}

/** Which of the changes were not decided on what there is, given what `loadRecords` finds now. */
export function staleRecords(changes: readonly RecordChange[], found: readonly LoadedRecord[]): string[] {
  const versions = new Map(found.map(({ table, key, row }) => [recordRef(table, key), row.version]));
  return changes.flatMap(({ table, key, expectedVersion }) => {
    const name = recordRef(table, key);
    return (versions.get(name) ?? 0) === expectedVersion ? [] : [name];
  });
}

export function createRecordReads(database: Database): RecordReads {
  return {
    async get<Row extends VersionedRow>(table: Table<Row>, key: RecordKey) {
      const [row] = await database.read<object>(prepare(table).load, key.map((value) => [value]));
      return row === undefined ? null : decode(table, row);
    },
    async list<Row extends VersionedRow>(table: Table<Row>, filter: RecordFilter<Row>) {
      const { where, orderBy, descending = false, range, limit } = filter;
      assertLimit(limit, 1_000);
      const asked = Object.keys(where).map((property) => columnOf(table, property));
      const order = orderBy.map((property) => columnOf(table, property).name);
      const values = asked.map((column) => toColumn(column).of(where as VersionedRow));
      const bounds = range === undefined ? [] : [range.from, ...(range.before === undefined ? [] : [range.before])];
      const list = listOf(table, asked, { order, descending, bounds: bounds.length });
      const rows = await database.read<object>(list, [...values, ...bounds, limit]);
      return rows.map((row) => decode(table, row));
    },
  };
}

function listOf(
  table: Table,
  asked: readonly TableColumn[],
  { order, descending, bounds }: {
    readonly order: readonly string[];
    readonly descending: boolean;
    /** How many: from, or from and before. */
    readonly bounds: number;
  },
): Statement {
  const { lists, columns } = prepare(table);
  const names = asked.map((column) => column.name);
  const way = [...(descending ? ['down'] : []), ...(bounds > 0 ? [`bounds${bounds}`] : [])];
  const name = [`record_list_${table.name}`, ...names, 'by', ...order, ...way].join('_');
  const known = lists.get(name);
  if (known !== undefined) return known;
  const limits = ['>=', '<'].slice(0, bounds).map((sign, at) => `r.${order[0]} ${sign} $${asked.length + at + 1}`);
  const conditions = [...asked.map((column, at) => `r.${column.name} = $${at + 1}`), ...limits].join(' AND ');
  const by = order.map((column) => (descending ? `${column} DESC` : column)).join(', ');
  const made = statement(
    name,
    `SELECT ${selectionOf(columns, 'r.')} FROM ${table.name} r WHERE ${conditions || 'true'}
      ORDER BY ${by} LIMIT $${asked.length + bounds + 1}`,
  );
  lists.set(name, made);
  return made;
}

function columnOf({ name, columns }: Table, property: string): TableColumn {
  const column = columns.find((one) => one.property === property);
  if (column === undefined) throw new TypeError(`${name} has no column for ${property}`);
  return column;
}

function toColumn({ property, name, type }: TableColumn): Column<VersionedRow> {
  const valueOf = (row: VersionedRow): unknown => (row as unknown as Readonly<Record<string, unknown>>)[property];
  if (type === 'json') return { name, type: 'text', of: (row) => JSON.stringify(valueOf(row) ?? null) };
  return { name, type, of: (row) => valueOf(row) as string | number | boolean | null };
}

function ofChange({ name, type, of }: Column<VersionedRow>): Column<RecordChange> {
  return { name, type, of: ({ row }) => (row === null ? null : of(row)) };
}

function keyColumn(table: Table, property: string, at: number): Column<RecordChange> {
  return { name: columnOf(table, property).name, type: 'text', of: ({ key }) => key[at] ?? '' };
}

/** Selects all columns of the table, on which a condition follows. */
export function selectFrom(table: Table): string {
  return `SELECT ${selectionOf(table.columns.map(toColumn))} FROM ${table.name} WHERE`;
}

/** The row as its declaration has it; the driver reads all but JSON. */
export function decode<Row extends VersionedRow>({ columns }: Table<Row>, row: unknown): Row {
  const values = row as Readonly<Record<string, SqlValue>>;
  const entries = columns.map(({ property, type }) => {
    const value = values[property] ?? null;
    return [property, type === 'json' ? (JSON.parse(String(value)) as unknown) : value];
  });
  return Object.fromEntries(entries) as unknown as Row;
}
