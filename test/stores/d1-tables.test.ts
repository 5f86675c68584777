import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';

function databaseOf(dialect: string): InstanceType<typeof Database> {
  const folder = new URL(`../../migrations/${dialect}/`, import.meta.url);
  const database = new Database(':memory:');
  for (const file of readdirSync(folder).sort()) database.exec(readFileSync(new URL(file, folder), 'utf8'));
  return database;
}

/** Name and type: a view has no more of a column than that, and no type either. */
function columnsOf(database: InstanceType<typeof Database>, table: string): { name: string; type: string }[] {
  return database.prepare('SELECT name, type FROM pragma_table_info(?)').all(table) as never;
}

describe('the tables of D1', () => {
  const [sqlite, d1] = [databaseOf('sqlite'), databaseOf('d1')];

  const same = ['api_keys', 'attempts', 'jobs_log', 'job_items_log', 'billing_events'];
  test.each(same)('has %s as SQLite has it', (table) => {
    const definition = (database: InstanceType<typeof Database>): unknown =>
      database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(table);
    expect(definition(d1)).toEqual(definition(sqlite));
    expect(definition(d1)).toBeDefined();
  });

  test('has as job_history the columns that SQLite has, and those that its views unfold', () => {
    expect(columnsOf(d1, 'job_history')).toEqual([
      ...columnsOf(sqlite, 'job_history'), { name: 'items', type: 'TEXT' }, { name: 'billing', type: 'TEXT' },
    ]);
  });

  test.each(['job_item_history', 'billing_history'])('has as %s the columns of the view that SQLite has', (table) => {
    const names = columnsOf(d1, table).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(names).toEqual(columnsOf(sqlite, table).map(({ name }) => name));
  });
});
