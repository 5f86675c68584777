import pg from 'pg';
import type { TestDatabase } from '../../postgres/database.ts';

/** Somebody else's connection to the same database, which can hold a transaction open. */
export interface Session {
  run<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

export async function openSession({ url }: TestDatabase): Promise<Session> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return {
    run: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows,
    end: () => client.end(),
  };
}

/** Resolves with the process number of a connection of Waybill's that waits for a lock. */
export async function untilBlocked({ run }: TestDatabase): Promise<number> {
  for (;;) {
    const [waiting] = await run<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    if (waiting !== undefined) return waiting.pid;
  }
}
