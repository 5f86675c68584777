import Database from 'better-sqlite3';
import { join } from 'node:path';
import { describe } from 'vitest';
import { kindRules } from './kind-rules.ts';

describe('a job of a kind that is not in the core, on SQLite', () => {
  kindRules(async () => ({
    env: {},
    run: async (folder, sql) => {
      const database = new Database(join(folder, 'waybill.sqlite'));
      database.exec(sql);
      database.close();
    },
  }));
});
