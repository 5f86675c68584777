import { InvariantViolation } from '../../domain/errors.ts';
import type { SqliteDriver, SqlValue } from '../sqlite/driver.ts';

/** The storage of a Durable Object, as far as it is needed. */
export interface DurableObjectStorage {
  readonly sql: {
    exec(query: string, ...bindings: (SqlValue | ArrayBuffer)[]): Cursor;
    /** Bytes. */
    readonly databaseSize: number;
  };
  transactionSync<T>(work: () => T): T;
}

interface Cursor {
  toArray(): unknown[];
  /** Those of indexes too. What is paid for. */
  readonly rowsWritten: number;
}

/**
 * SQLite inside a Durable Object. Nothing that leaves the object (an answer, a call, a queue message) does
 * so before what was written is durable: the runtime's output gate sees to that, so `durable` need not wait.
 *
 * `onWrite` is called after each write in the same turn, so that an alarm it sets is stored with the write
 * or not at all: writes without anything awaited between them are stored together.
 */
export function createDurableObjectDriver(storage: DurableObjectStorage, onWrite: () => void): SqliteDriver {
  const { sql } = storage;
  let inTransaction = false;
  const exec = (query: string, params: readonly SqlValue[] = []): Cursor => {
    for (const value of params) assertBindable(value);
    return sql.exec(query, ...params.map(asBound));
  };
  return {
    all: <Row>(query: string, params?: readonly SqlValue[]) =>
      (exec(query, params).toArray() as Record<string, unknown>[]).map(withBytes) as Row[],
    run: (query, params) => {
      const cursor = exec(query, params);
      cursor.toArray();
      if (!inTransaction) onWrite();
      // Rows of indexes count, too: up to one it is known without asking.
      if (cursor.rowsWritten <= 1) return cursor.rowsWritten;
      return (sql.exec('SELECT changes() AS n').toArray() as { n: number }[])[0]?.n ?? 0;
    },
    exec: (script) => void sql.exec(script).toArray(),
    transaction: (work) => {
      inTransaction = true;
      try {
        const result = storage.transactionSync(work);
        if (result instanceof Promise) throw new InvariantViolation('a transaction must be synchronous');
        onWrite();
        return result;
      } finally {
        inTransaction = false;
      }
    },
    // Nothing else runs in the object before a synchronous function returns.
    snapshot: (work) => work(),
    durable: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

/** The runtime makes text of booleans and dates without a word, and rounds what is no safe integer. */
function assertBindable(value: SqlValue): void {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return;
  if (typeof value === 'number' && Number.isFinite(value) && Number.isSafeInteger(Math.trunc(value))) return;
  throw new InvariantViolation(`a ${typeof value} cannot be bound: ${String(value)}`);
}

/** The runtime's own sort of bytes, and none that lie behind or before these. */
function asBound(value: SqlValue): SqlValue | ArrayBuffer {
  return value instanceof Uint8Array ? new Uint8Array(value).buffer : value;
}

function withBytes(row: Record<string, unknown>): Record<string, unknown> {
  for (const name in row) if (row[name] instanceof ArrayBuffer) row[name] = new Uint8Array(row[name]);
  return row;
}
