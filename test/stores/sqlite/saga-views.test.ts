import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { sagaViewTests, type Row } from '../saga-views.ts';
import { openMigrated, temporaryFile } from './open.ts';

const json = new Set(['metadata', 'input_data', 'output_data', 'compensation_data', 'payload']);

describe('sagas in SQL, on SQLite', () => {
  const file = temporaryFile();
  let driver: SqliteDriver;
  beforeAll(() => {
    driver = openMigrated(file.path);
  });
  afterAll(async () => {
    await driver.close();
    file.remove();
  });

  sagaViewTests(async () => {
    const tables = ['job_rows', 'event_rows', 'job_labels', 'job_counts', 'owner_usage', 'work', 'work_counts'];
    driver.exec(tables.map((table) => `DELETE FROM ${table};`).join(' '));
    return {
      store: createSqliteStore(driver),
      query: async (sql) => driver.all<Row>(sql).map((row) => Object.fromEntries(
        Object.entries(row).map(([name, value]) => {
          return [name, json.has(name) && typeof value === 'string' ? JSON.parse(value) : value];
        }),
      )),
      text: (column) => column,
      storedLine: (sagaId) => `SELECT payload AS line FROM event_rows WHERE aggregate_id = '${sagaId}'`,
      slowClock: 'UPDATE event_rows SET occurred_at = occurred_at - 90000 WHERE sequence IN (3, 4) RETURNING id',
    };
  });

  it.each([
    ["SELECT * FROM domain_events WHERE correlation_id = 'a' OR aggregate_id = 'a'",
      /MULTI-INDEX OR[^]*event_rows_by_correlation[^]*domain_events_by_aggregate/],
    ["SELECT state FROM jobs WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM workers WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM job_log_files WHERE job_id = 'a'", /SEARCH log_files USING INDEX/],
    ["SELECT * FROM sagas WHERE correlation_id = 'a'", /USING INDEX jobs_by_parent \(parent_id=\? AND kind=\?\)/],
    ["SELECT * FROM sagas WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM saga_steps WHERE saga_id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM saga_audit_events WHERE saga_id = 'a' ORDER BY occurred_at",
      /SEARCH e USING INDEX domain_events_by_aggregate \(aggregate_id=\?\)/],
  ])('goes by an index in %s', (sql, index) => {
    const plan = driver.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/SCAN (e|j|job_rows|event_rows)\b/);
  });
});
