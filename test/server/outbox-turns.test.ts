import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { outboxRules } from './outbox-rules.ts';

describe('the outbox, on SQLite', () => {
  outboxRules(async () => ({
    env: {},
    outbox: 'outbox_rows',
    run: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'));
      try {
        const statement = database.prepare<[], Record<string, unknown>>(sql);
        if (statement.reader) return statement.all();
        statement.run();
        return [];
      } finally {
        database.close();
      }
    },
  }));
});
