import type { SqlValue } from '../sqlite/driver.ts';

/** D1, as far as it is needed. https://developers.cloudflare.com/d1/worker-api/ */
export interface D1Database {
  prepare(sql: string): D1Statement;
  /** All of them in one transaction. */
  batch(statements: readonly D1Statement[]): Promise<readonly D1Result[]>;
}

export interface D1Statement {
  bind(...values: readonly SqlValue[]): D1Statement;
  all(): Promise<D1Result>;
}

export interface D1Result {
  readonly results: readonly unknown[];
  /** Rows of indexes count as written, too. */
  readonly meta: { readonly changes: number; readonly rows_written: number };
}

/** The rows of one statement. The caller names their shape; the tables are STRICT, so that it holds. */
export async function rowsOf<Row>(
  database: D1Database,
  sql: string,
  params: readonly SqlValue[],
): Promise<readonly Row[]> {
  return (await database.prepare(sql).bind(...params).all()).results as readonly Row[];
}
