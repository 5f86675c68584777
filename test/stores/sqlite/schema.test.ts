import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrate } from '../../../src/stores/sqlite/migrate.ts';
import { readMigrations } from '../../../src/stores/sqlite/node-migrations.ts';
import { openSqlite } from '../../../src/stores/sqlite/node-driver.ts';
import { temporaryFile } from './open.ts';

/** Whoever changes the schema reads in the difference what became of it, and of the other dialect's beside it. */
const advice = 'if the schema is meant to be so: npm test -- test/stores/sqlite/schema.test.ts -u';

interface Relation {
  readonly name: string;
  readonly type: 'table' | 'view';
  readonly wr: number;
  readonly strict: number;
  readonly sql: string;
}

it('the schema of SQLite is the one in golden/sqlite.txt', async () => {
  const file = temporaryFile();
  const driver = openSqlite(file.path);
  migrate(driver, readMigrations());
  driver.close();
  const database = new Database(file.path, { readonly: true });
  await expect(dump(database), advice).toMatchFileSnapshot('../golden/sqlite.txt');
  database.close();
  file.remove();
});

function dump(database: InstanceType<typeof Database>): string {
  const relations = database.prepare(`SELECT l.name, l.type, l.wr, l.strict, s.sql FROM pragma_table_list l
    JOIN sqlite_schema s USING (name) WHERE l.name NOT LIKE 'sqlite%' ORDER BY l.type, l.name`).all() as Relation[];
  return `${relations.map((relation) => describeOne(database, relation)).join('\n\n')}\n`;
}

function describeOne(database: InstanceType<typeof Database>, { name, type, wr, strict, sql }: Relation): string {
  const options = [strict === 1 && 'strict', wr === 1 && 'without rowid', /AUTOINCREMENT/.test(sql) && 'autoincrement'];
  const lines = [[type, name, ...options.filter((option) => option !== false)].join(' ')];
  const columns = database.prepare('SELECT * FROM pragma_table_xinfo(?)').all(name) as
    { name: string; type: string; notnull: number; dflt_value: string | null; pk: number }[];
  if (type === 'view') {
    const body = sql.replace(/\s+/g, ' ').replace(/^CREATE VIEW \w+ (\([^)]*\))? ?AS /, '');
    return [...lines, `  columns ${columns.map((column) => column.name).join(', ')}`, `  as ${body}`].join('\n');
  }
  for (const column of columns) {
    const notNull = column.notnull === 1 ? ' not null' : '';
    const standard = column.dflt_value === null ? '' : ` default ${column.dflt_value}`;
    lines.push(`  ${column.name} ${column.type.toLowerCase()}${notNull}${standard}`);
  }
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  lines.push(`  primary key (${key.map((column) => column.name).join(', ')})`);
  lines.push(...[...sql.matchAll(/CHECK \([^)]*\)/g)].map(([check]) => `  ${check.replace('CHECK', 'check')}`));
  const indexes = database.prepare(`SELECT l.name, l."unique" AS isUnique, s.sql FROM pragma_index_list(?) l
    JOIN sqlite_schema s USING (name) WHERE l.origin <> 'pk' ORDER BY l.name`).all(name) as
    { name: string; isUnique: number; sql: string | null }[];
  for (const index of indexes) {
    const on = index.sql?.replace(/\s+/g, ' ').replace(/^CREATE (UNIQUE )?INDEX \w+ ON \w+ /, '');
    const of = on ?? `(${indexedColumns(database, index.name).join(', ')})`;
    lines.push(`  ${index.isUnique === 1 ? 'unique ' : ''}index ${index.sql === null ? '' : `${index.name} `}${of}`);
  }
  return lines.join('\n');
}

function indexedColumns(database: InstanceType<typeof Database>, index: string): string[] {
  const rows = database.prepare('SELECT name FROM pragma_index_info(?) ORDER BY seqno').all(index);
  return (rows as { name: string }[]).map(({ name }) => name);
}
