import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqliteDriver } from '../../../src/stores/sqlite/driver.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/store.ts';
import { sagaViewTests, type Row } from '../saga-views.ts';
import { empty, openMigrated, temporaryFile } from './open.ts';

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
    empty(driver);
    return {
      store: createSqliteStore(driver),
      query: async (sql) => driver.all<Row>(sql).map((row) => Object.fromEntries(
        Object.entries(row).map(([name, value]) => {
          return [name, json.has(name) && typeof value === 'string' ? JSON.parse(value) : value];
        }),
      )),
      text: (column) => column,
      storedLine: (sagaId) => `SELECT l.value AS line
        FROM unpacked_batches b, json_each(b.batch, '$[0]') k, json_each(b.batch, '$[1]') l
        WHERE k.value = '1 ${sagaId}' AND l.key = k.key + 1`,
      slowClock: `UPDATE event_batches SET lines = '{"at":1' || substr(lines, instr(lines, ',"actor"'))
        WHERE keys GLOB '[34] *' RETURNING id`,
    };
  });

  it.each([
    ["SELECT * FROM domain_events WHERE aggregate_id = 'a' ORDER BY occurred_at",
      /SEARCH j USING INDEX \w+ \(.*\bid=\?\)[^]*SEARCH event_batches[^]*SEARCH e USING PRIMARY KEY \(job_id=\?\)/],
    ["SELECT state FROM jobs WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM workers WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM job_log_files WHERE job_id = 'a'", /SEARCH log_files USING INDEX/],
    ["SELECT * FROM sagas WHERE correlation_id = 'a'", /USING INDEX jobs_by_parent \(parent_id=\? AND kind=\?\)/],
    ["SELECT * FROM sagas WHERE id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM saga_steps WHERE saga_id = 'a'", /SEARCH j USING INDEX \w+ \(.*\bid=\?\)/],
    ["SELECT * FROM saga_audit_events WHERE saga_id = 'a' ORDER BY occurred_at",
      /SEARCH j USING INDEX \w+ \(.*\bid=\?\)[^]*SEARCH event_batches[^]*SEARCH e USING PRIMARY KEY \(job_id=\?\)/],
    ['SELECT * FROM job_queue', /work_ready[^]*work_line[^]*work_later/],
    ['SELECT * FROM worker_bootstrap_tokens', /USING INDEX jobs_by_kind[^]*SUBQUERY[^]*SEARCH j USING [^]* \(id=\?\)/],
  ])('goes by an index in %s', (sql, index) => {
    const plan = driver.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/SCAN (e|j|event_batches|earlier_event_batches|job_rows(?! USING INDEX work_))\b/);
  });
});
