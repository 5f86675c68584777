import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { retentionRules } from './retention-rules.ts';

describe('objects of sets that have ended, on SQLite', () => {
  retentionRules(async () => ({
    env: {},
    jobs: 'job_rows',
    moveEvents: (from, to) => `UPDATE event_rows SET aggregate_id = '${to}' WHERE aggregate_id = '${from}'`,
    run: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'));
      database.exec(sql);
      database.close();
    },
  }));
});
