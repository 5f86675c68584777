import Database from 'better-sqlite3';
import type { SqliteDriver, SqlValue } from '../../../src/stores/sqlite/driver.ts';

/**
 * A driver over memory that refuses whatever the storage of a Durable Object refuses or silently
 * alters: more than 100 parameters, other values than text, bytes and exact numbers, numbered parameters,
 * PRAGMA and BEGIN, 100 KB of SQL, compound selects of more than 5 terms, nested transactions.
 */
export function openLimited(): SqliteDriver & { readonly seen: ReadonlySet<string> } {
  const db = new Database(':memory:');
  const seen = new Set<string>();
  let depth = 0;
  const prepare = (sql: string, params: readonly SqlValue[]): Database.Statement => {
    if (!seen.has(sql)) assertStatement(sql);
    assertParameters(params, sql);
    seen.add(sql);
    return db.prepare(sql);
  };
  const transaction = <T>(work: () => T): T => {
    if (depth > 0) throw new Error('transactions are not nested');
    depth += 1;
    try {
      const result = db.transaction(work)();
      if (result instanceof Promise) throw new Error('a transaction is synchronous');
      return result;
    } finally {
      depth -= 1;
    }
  };
  return {
    seen,
    all: <Row>(sql: string, params: readonly SqlValue[] = []) => prepare(sql, params).all(params) as Row[],
    run: (sql, params = []) => prepare(sql, params).run(params).changes,
    exec(script) {
      assertStatement(script);
      db.exec(script);
    },
    transaction,
    snapshot: transaction,
    durable: () => Promise.resolve(),
    close: async () => void db.close(),
  };
}

function refusing(sql: string): (why: string) => never {
  return (why) => {
    throw new Error(`A Durable Object refuses this, ${why}: ${sql}`);
  };
}

function assertStatement(sql: string): void {
  const refuse = refusing(sql);
  const statements = sql.replaceAll(/--.*$/gm, '');
  if (/\b(PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|ATTACH|VACUUM)\b/i.test(statements)) refuse('it is not for programs');
  if (/\?\d/.test(statements)) refuse('its parameters have numbers');
  if (sql.length > 100_000) refuse('it is longer than 100 KB');
  if ((statements.match(/\b(UNION|INTERSECT|EXCEPT)\b/gi)?.length ?? 0) >= 5) refuse('it has more than 5 terms');
}

function assertParameters(params: readonly SqlValue[], sql: string): void {
  const refuse = refusing(sql);
  if (params.length > 100) refuse(`it has ${params.length} parameters`);
  for (const value of params) {
    if (value === null || typeof value === 'string' || value instanceof Uint8Array) continue;
    if (typeof value !== 'number') refuse(`a ${typeof value} is bound`);
    if (!Number.isFinite(value) || Math.abs(value as number) > Number.MAX_SAFE_INTEGER) refuse(`${value} is bound`);
  }
}
