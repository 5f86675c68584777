import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { retentionRules } from './retention-rules.ts';

describe('objects of sets that have ended, on SQLite', () => {
  retentionRules(async () => ({
    env: {},
    tables: { jobs: 'job_rows', events: 'event_rows' },
    run: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'));
      database.exec(sql);
      database.close();
    },
  }));
});
