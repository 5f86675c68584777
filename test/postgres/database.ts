import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  /** Runs one statement as the server's administrator. */
  run<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** An empty database of its own on the server of this test run, or on the one named. Gone after the run. */
export async function newDatabase(
  server: string = inject('postgres').url,
  options = "ENCODING 'UTF8'",
): Promise<TestDatabase> {
  const name = `${inject('postgres').prefix}${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await once(server, `CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  return { url: url.href, run: (sql, values) => once(url.href, sql, values) };
}

async function once<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}
