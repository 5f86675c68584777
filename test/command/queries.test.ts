import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { queryRules } from './queries.ts';

/** PostgreSQL's ways to say it, in SQLite's. */
function inSqlite(sql: string): string {
  return sql
    .replaceAll(/::(text|json)/g, '')
    .replaceAll(/NOW\(\) - INTERVAL '(.*?)'/g, "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-$1')");
}

function query(folder: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new Database(join(folder, 'waybill.sqlite'), { readonly: true });
  try {
    return database.prepare<[], Record<string, unknown>>(sql).all();
  } finally {
    database.close();
  }
}

const texts = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));

describe('SQLite, as people query it,', () => {
  queryRules(async () => ({
    env: {},
    ask: async (folder, sql) => query(folder, inSqlite(sql)).map(texts),
    dump: async (folder) => {
      const tables = query(folder, "SELECT name FROM sqlite_master WHERE type = 'table'");
      return JSON.stringify(tables.map(({ name }) => query(folder, `SELECT * FROM "${String(name)}"`)));
    },
  }));
});
