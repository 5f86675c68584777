import { describe } from 'vitest';
import { retentionRules } from '../server/retention-rules.ts';
import { newDatabase } from './database.ts';

describe('objects of sets that have ended, on PostgreSQL', () => {
  retentionRules(async () => {
    const database = await newDatabase();
    return {
      env: { DATABASE_URL: database.url }, run: async (_folder, sql) => void (await database.run(sql)),
      jobs: 'jobs', moveEvents: (from, to) => `UPDATE event_batches SET keys = replace(keys, '${from}', '${to}')`,
    };
  });
});
