import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { retentionRules } from './retention-rules.ts';

describe('objects of sets that have ended, on SQLite', () => {
  retentionRules(async () => ({
    env: {},
    jobs: 'job_rows',
    moveEvents: (from, to) => `UPDATE event_batches SET keys = replace(keys, '${from}', '${to}')`,
    run: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'));
      database.exec(sql);
      database.close();
    },
  }));
});
