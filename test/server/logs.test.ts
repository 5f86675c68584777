import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { logRules } from './log-rules.ts';

describe('logs of jobs, on SQLite', () => {
  logRules(async () => ({
    env: {},
    query: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'), { readonly: true });
      try {
        return database.prepare(sql).all() as Record<string, unknown>[];
      } finally {
        database.close();
      }
    },
  }));
});
