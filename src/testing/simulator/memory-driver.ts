import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqliteDriver, SqlValue } from '../../stores/sqlite/driver.ts';

/**
 * An empty SQLite database in memory, by the SQLite that Node brings: nothing is on a disk, so that
 * everything is as durable as it will ever be at once, and scenarios come out the same every time.
 */
export function openMemorySqlite(): SqliteDriver {
  const database = new DatabaseSync(':memory:');
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const within = <T>(work: () => T): T => {
    database.exec('BEGIN');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  const none: readonly SqlValue[] = [];
  return {
    // Plain objects: Node's have no prototype, and so are not equal to any others.
    all: <Row>(sql: string, params = none) => prepare(sql).all(...params).map((row) => ({ ...row })) as Row[],
    run: (sql, params = none) => Number(prepare(sql).run(...params).changes),
    exec: (script) => database.exec(script),
    transaction: within,
    snapshot: within,
    durable: () => Promise.resolve(),
    close: async () => database.close(),
  };
}
