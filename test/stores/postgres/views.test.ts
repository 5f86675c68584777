import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { nothing } from '../../../src/testing/store-suite/context.ts';
import { SagaCourse } from '../saga-course.ts';
import { sagaViewTests, type Row } from '../saga-views.ts';
import { openTestStore } from './open.ts';

const slowClock = String.raw`UPDATE event_batches SET lines = regexp_replace(lines, '"at":\d+', '"at":1')
  WHERE keys ~ '^[34] '`;

describe('what PostgreSQL shows to people who query it', () => {
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
      storedLine: (sagaId) => `SELECT line FROM event_lines('${sagaId}', 0) LIMIT 1`,
      slowClock,
    };
  });

  it('has the types that people know', async () => {
    const { client } = await openQueried();
    const { rows } = await client.query<{ relation: string; name: string; type: string }>(`
      SELECT c.relname AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'sql'::regnamespace AND c.relname LIKE 'saga%'`);
    const typed = (type: string): string[] => rows.filter((row) => row.type === type).map(({ name }) => name);
    expect(new Set(typed('timestamp with time zone'))).toEqual(
      new Set(['started_at', 'completed_at', 'created_at', 'updated_at', 'occurred_at']),
    );
    expect(new Set(typed('jsonb'))).toEqual(
      new Set(['metadata', 'input_data', 'output_data', 'compensation_data', 'payload']),
    );
    expect(new Set(typed('integer'))).toEqual(new Set(['step_order', 'retry_count']));
  });

  it('has the events of all jobs in order, with times that are compared with NOW()', async () => {
    const { client, store } = await openQueried();
    const course = await SagaCourse.begin(store);
    await course.take('claim', { type: 'done', output: null }, 'claim', { type: 'done', output: '\u0000' });
    await client.query(slowClock);
    const { rows } = await client.query<Row>(`SELECT event_type, aggregate_id, occurred_at::text FROM domain_events
      WHERE aggregate_id = '${course.sagaId}' ORDER BY occurred_at`);
    expect(rows.map(({ event_type: type }) => type)).toEqual(
      ['SagaStarted', 'StepStarted', 'StepCompleted', 'StepStarted', 'StepCompleted'],
    );
    const told = await client.query<Row>(`SELECT DISTINCT payload::json ->> 'step' AS step FROM domain_events
      WHERE (correlation_id = '${course.jobId}' OR aggregate_id = '${course.sagaId}') AND event_type = 'StepCompleted'
        AND occurred_at < NOW() + INTERVAL '100 years' ORDER BY step`);
    expect(told.rows).toEqual([{ step: 'check' }, { step: 'take' }]);
  });

  it('is read by a user who may read nothing but the views', async () => {
    const { client, store } = await openQueried();
    const course = await SagaCourse.begin(store);
    await course.take('claim', { type: 'done', output: null });
    const reader = `reader_${Date.now()}`;
    // As docs/guides/sql.md says.
    await client.query(`CREATE ROLE ${reader}; GRANT USAGE ON SCHEMA sql TO ${reader};
      GRANT SELECT ON ALL TABLES IN SCHEMA sql TO ${reader}`);
    const { rows: views } = await client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'sql'::regnamespace AND relkind = 'v'",
    );
    expect(views.map(({ name }) => name)).toContain('domain_events');
    try {
      await client.query(`SET ROLE ${reader}`);
      for (const { name } of views) await client.query(`SELECT * FROM sql.${name}`);
      expect((await client.query('SELECT 1 FROM domain_events')).rows.length).toBeGreaterThanOrEqual(3);
      expect((await client.query('SELECT 1 FROM sagas WHERE actor IS NOT NULL')).rows).toHaveLength(1);
      await expect(client.query('SELECT * FROM public.jobs_open')).rejects.toThrow('permission denied');
    } finally {
      await client.query('RESET ROLE');
      await client.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
    }
  });

  it('has all events as they were committed', async () => {
    const { client, store } = await openQueried();
    const course = await SagaCourse.begin(store);
    await course.take('claim', { type: 'done', output: '\u0000' });
    const { rows } = await client.query<Row>(`SELECT event_type, aggregate_id, sequence FROM event_feed
      WHERE aggregate_id = '${course.sagaId}' ORDER BY transaction, batch, line`);
    expect(rows).toEqual(['SagaStarted', 'StepStarted', 'StepCompleted'].map((type, nth) => {
      return { event_type: type, aggregate_id: course.sagaId, sequence: nth + 1 };
    }));
  });

  it('has what is still to be said to the outside', async () => {
    const { client, store } = await openQueried();
    const message = { topic: 'webhook', jobId: 'job-1', ownerId: 'ada', payload: { n: 1 }, createdAt: 1_500 };
    expect(await store.commit({ ...nothing, outbox: [message] })).toEqual({ ok: true });
    const { rows } = await client.query<Row>(`SELECT aggregate_type, aggregate_id, event_type, payload, status,
      retry_count, last_error, created_at FROM outbox_events`);
    expect(rows).toEqual([{
      aggregate_type: 'JOB', aggregate_id: 'job-1', event_type: 'webhook', payload: { n: 1 }, status: 'PENDING',
      retry_count: 0, last_error: null, created_at: new Date(1_500),
    }]);
  });

  it.each([
    ["SELECT * FROM domain_events WHERE aggregate_id = 'a' ORDER BY occurred_at",
      /Index Cond: .*\(id = 'a'::text\)[^]*event_correlations_by_job/],
    ["SELECT * FROM domain_events WHERE correlation_id = 'a' OR aggregate_id = 'a' ORDER BY occurred_at",
      /_by_id[^]*_by_id[^]*BitmapOr[^]*event_correlations_pkey[^]*event_correlations_by_job/],
    ["SELECT event_type FROM domain_events WHERE correlation_id = 'a'", /_by_id[^]*event_correlations_pkey/],
    ["SELECT state FROM jobs WHERE id = 'a'", /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT state, provider_type FROM workers WHERE id = 'a'",
      /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT * FROM job_log_files WHERE job_id = 'a'", /Index Cond: .*\(job_id = 'a'::text\)/],
    ["SELECT * FROM sagas WHERE correlation_id = 'a'", /jobs_open_by_parent[^]*jobs_ended_by_parent/],
    ["SELECT * FROM sagas WHERE id = 'a'", /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT * FROM saga_steps WHERE saga_id = 'a' ORDER BY step_order",
      /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
    ["SELECT * FROM saga_audit_events WHERE saga_id = 'a' ORDER BY occurred_at",
      /Index Cond: .*\(id = 'a'::text\)[^]*Index Cond: .*\(id = 'a'::text\)/],
  ])('goes by an index in %s', async (sql, index) => {
    const { client } = await openQueried();
    // A table that is nearly empty is read quickest as a whole.
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan/);
  });
});
