import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { sagaViewTests, type Row } from '../saga-views.ts';
import { openTestStore } from './open.ts';

describe('sagas in SQL, on PostgreSQL', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** As `PGOPTIONS='-c search_path=sql,public' psql` has it. */
  async function openQueried(): Promise<{ client: pg.Client } & Awaited<ReturnType<typeof openTestStore>>> {
    const under = await openTestStore();
    closing.push(() => under.close());
    const client = new pg.Client({ connectionString: under.url, options: '-c search_path=sql,public -c TimeZone=UTC' });
    await client.connect();
    closing.push(() => client.end());
    return { ...under, client };
  }

  sagaViewTests(async () => {
    const { store, client } = await openQueried();
    return {
      store,
      query: async (sql) => (await client.query<Row>(sql)).rows.map((row) => Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
      )),
      text: (column) => `${column}::text`,
      events: 'public.domain_events',
    };
  });

  it('has the types that people know', async () => {
    const { client } = await openQueried();
    const { rows } = await client.query<{ relation: string; name: string; type: string }>(`
      SELECT c.relname AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'sql'::regnamespace`);
    const typed = (type: string): string[] => rows.filter((row) => row.type === type).map(({ name }) => name);
    expect(new Set(typed('timestamp with time zone'))).toEqual(
      new Set(['started_at', 'completed_at', 'created_at', 'updated_at', 'occurred_at']),
    );
    expect(new Set(typed('jsonb'))).toEqual(
      new Set(['metadata', 'input_data', 'output_data', 'compensation_data', 'payload']),
    );
    expect(new Set(typed('integer'))).toEqual(new Set(['step_order', 'retry_count']));
  });

  it.each([
    ["SELECT * FROM sagas WHERE correlation_id = 'a'", /jobs_open_by_parent[^]*jobs_ended_by_parent/],
    ["SELECT * FROM sagas WHERE id = 'a'", /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT * FROM saga_steps WHERE saga_id = 'a' ORDER BY step_order",
      /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT * FROM saga_audit_events WHERE saga_id = 'a' ORDER BY occurred_at",
      /domain_events_by_aggregate[^]*Index Cond: \(aggregate_id = 'a'::text\)/],
  ])('goes by an index in %s', async (sql, index) => {
    const { client } = await openQueried();
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan/);
  });
});
