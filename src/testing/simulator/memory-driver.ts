import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqliteDriver, SqlValue } from '../../stores/sqlite/driver.ts';

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

/**
 * An empty SQLite database in memory, by the SQLite that Node brings: nothing is on a disk, so that
 * everything is as durable as it will ever be at once, and scenarios come out the same every time.
 */
export function openMemorySqlite(): SqliteDriver {
  const database = new DatabaseSync(':memory:');
  const statements = new Map<string, Prepared>();
  const prepare = (sql: string): Prepared => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    statements.set(sql, prepared);
    return prepared;
  };
  const all = <Row>(sql: string, params: readonly SqlValue[]): Row[] => {
    const { statement, columns } = prepare(sql);
    return (statement.all(...params) as unknown as SqlValue[][]).map((values) => {
      const row: Record<string, SqlValue> = {};
      for (let at = 0; at < columns.length; at++) row[columns[at]!] = values[at]!;
      return row as Row;
    });
  };
  const within = <T>(work: () => T): T => {
    prepare('BEGIN').statement.run();
    try {
      const result = work();
      prepare('COMMIT').statement.run();
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  const none: readonly SqlValue[] = [];
  return {
    all: <Row>(sql: string, params = none) => all<Row>(sql, params),
    run: (sql, params = none) => Number(prepare(sql).statement.run(...params).changes),
    exec: (script) => database.exec(script),
    transaction: within,
    snapshot: within,
    durable: () => Promise.resolve(),
    close: async () => database.close(),
  };
}
