/** What may be bound. Never booleans, dates or BigInt: not every SQLite takes them, and some alter them. */
export type SqlValue = string | number | null | Uint8Array;

/**
 * The little of SQLite that the store needs, synchronous, so that the same store runs over a file
 * in Node and over the storage of a Durable Object. Statements keep to what both take: `?` without
 * a number, at most 100 of them, compound selects of at most 5 terms, no PRAGMA and no BEGIN. A number
 * of rows is bound as `LIMIT +?`: from 3.49 on SQLite plans a statement with a bare `LIMIT ?` anew each
 * time that one is bound, which takes several times as long as a short query itself. So it does where it compares
 * a parameter with an index's condition, as for the order of rows: there `+?` is what conditions have too.
 */
export interface SqliteDriver {
  /** The rows of a statement. The caller names their shape; the tables are STRICT, so that it holds. */
  all<Row>(sql: string, params?: readonly SqlValue[]): Row[];
  /** How many rows a statement changed. Only for statements that return none. */
  run(sql: string, params?: readonly SqlValue[]): number;
  /** Runs a script of several statements. */
  exec(script: string): void;
  /** All that `work` writes, or nothing if it throws. `work` is synchronous. Not to be nested. */
  transaction<T>(work: () => T): T;
  /** Several reads that see one state, whatever another process commits between them. */
  snapshot<T>(work: () => T): T;
  /**
   * Resolves when all that was committed before the call survives a loss of power. Whoever answers
   * what it wrote or read waits for this first. Rejects when that can no longer be promised.
   */
  durable(): Promise<void>;
  /** Nothing may be under way. */
  close(): Promise<void>;
}
